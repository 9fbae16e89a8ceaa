"""Flows as versioned data (APR-1)."""

import pytest
from django.utils import translation

from apps.approvals import kinds, services
from apps.approvals.engine.conditions import Comparison, Operator
from apps.approvals.engine.graph import Approvers, Graph, Node, OnEmpty
from apps.approvals.enums import VersionStatus
from apps.approvals.errors import FormIsInvalid, GraphIsInvalid, KindIsUnknown, VersionIsNotDraft
from apps.approvals.models import Approval, FlowDefinition, FlowVersion
from apps.approvals.selectors import flow_of, simulate
from apps.core.errors import Forbidden, NotFound
from tests.approvals.reading import waits_for
from tests.factories.approvals import MONDAY, ask, kind_with
from tests.factories.rbac import DepartmentFactory, StaffFactory, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(people):
    return kind_with(Node("boss", "主管", Approvers.superior()))


@pytest.fixture
def editor(people):
    return people["wu"]


def graph(*nodes: Node) -> dict:
    return Graph(nodes).to_json()


def default_flow() -> FlowDefinition:
    return FlowDefinition.objects.get(kind="tests.refund", tenant=None)


def test_the_standard_flows_are_installed_once_and_never_overwritten(kind, editor):
    assert services.install_standard_flows(now=MONDAY) == len(kinds.all_kinds())
    flow = default_flow()
    draft = services.save_draft(
        definition=flow,
        graph=graph(Node("n", "新", Approvers.superior(2))),
        actor=editor,
        now=MONDAY,
    )
    services.publish_version(version=draft, actor=editor, now=MONDAY)

    assert services.install_standard_flows(now=MONDAY) == 0

    flow.refresh_from_db()
    assert flow.current == draft


def test_what_runs_stays_on_its_version(kind, people, editor):
    before = ask(people["zhao"], kind)
    draft = services.save_draft(
        definition=default_flow(),
        graph=graph(Node("books", "会计", Approvers.people(people["li"].pk))),
        actor=editor,
        now=MONDAY,
        note="财务直接审批",
    )
    services.publish_version(version=draft, actor=editor, now=MONDAY)

    after = ask(people["zhao"], kind)

    assert (before.version.number, waits_for(before)) == (1, ["钱经理"])
    assert (after.version.number, waits_for(after)) == (2, ["李会计"])
    before.version.refresh_from_db()
    assert before.version.status == VersionStatus.RETIRED
    services.send_back(
        approval=before, actor=people["qian"], to_node="applicant", note="改", now=MONDAY
    )
    services.resubmit(approval=before, actor=people["zhao"], now=MONDAY)
    assert waits_for(before) == ["钱经理"]


def test_a_published_version_is_not_published_again(kind, people, editor):
    ask(people["zhao"], kind)

    with pytest.raises(VersionIsNotDraft):
        services.publish_version(version=default_flow().current, actor=editor, now=MONDAY)


def test_there_is_one_draft_at_a_time(kind, people, editor):
    ask(people["zhao"], kind)
    nodes = [graph(Node("a", name, Approvers.superior())) for name in ("甲", "乙")]

    first, second = (
        services.save_draft(definition=default_flow(), graph=g, actor=editor, now=MONDAY)
        for g in nodes
    )

    assert (first.pk, second.number) == (second.pk, 2)
    assert FlowVersion.objects.get(pk=second.pk).graph_data == nodes[1]


@pytest.mark.parametrize(
    ("nodes", "word"),
    [
        ([], "No step asks"),
        ([Node("a", "A", Approvers.superior(), on_empty=OnEmpty.AUTOMATIC)], "never pass"),
        ([Node("a", "A", Approvers.people(999_999))], "person 999999"),
        ([Node("a", "A", Approvers.role("ghosts"))], "ghosts"),
    ],
)
def test_a_faulty_flow_is_not_published(nodes, word, kind, people, editor):
    ask(people["zhao"], kind)
    flow = default_flow()
    draft = services.save_draft(definition=flow, graph=graph(*nodes), actor=editor, now=MONDAY)

    with translation.override("en"), pytest.raises(GraphIsInvalid) as refused:
        services.publish_version(version=draft, actor=editor, now=MONDAY)

    flow.refresh_from_db()
    draft.refresh_from_db()
    assert draft.status == VersionStatus.DRAFT
    assert flow.current != draft
    assert word in refused.value.context["complaints"]


def test_what_is_no_flow_is_not_even_kept(kind, people, editor):
    ask(people["zhao"], kind)

    with pytest.raises(GraphIsInvalid):
        services.save_draft(
            definition=default_flow(), graph={"nodes": [{"key": "a"}]}, actor=editor, now=MONDAY
        )

    assert default_flow().versions.count() == 1


def test_a_tenants_own_flow_goes_before_the_default(kind, people, editor, distributor, platform):
    ask(people["zhao"], kind)
    flow = services.create_flow(kind=kind.code, tenant=distributor, actor=editor, now=MONDAY)
    services.publish_version(version=flow.versions.get(), actor=editor, now=MONDAY)

    assert flow_of(kind.code, distributor) == flow.versions.get()
    assert flow_of(kind.code, platform) == default_flow().current
    again = services.create_flow(kind=kind.code, tenant=distributor, actor=editor, now=MONDAY)
    assert again == flow


def test_a_distributor_edits_his_own_flow_and_not_the_default(
    kind, people, distributor, rival, roles
):
    ask(people["zhao"], kind)
    admin = give_role(StaffFactory(tenant=distributor), "administrator")

    with pytest.raises(Forbidden):
        services.save_draft(definition=default_flow(), graph=graph(), actor=admin, now=MONDAY)
    with pytest.raises(NotFound):
        services.create_flow(kind=kind.code, tenant=rival, actor=admin, now=MONDAY)
    services.create_flow(kind=kind.code, tenant=distributor, actor=admin, now=MONDAY)

    assert default_flow().versions.count() == 1


@pytest.mark.parametrize("verb", ["create", "draft", "publish"])
def test_without_the_permission_nothing_is_edited(verb, kind, people, clerk):
    ask(people["zhao"], kind)
    flow = default_flow()
    acts = {
        "create": lambda: services.create_flow(
            kind=kind.code, tenant=clerk.tenant, actor=clerk, now=MONDAY
        ),
        "draft": lambda: services.save_draft(
            definition=flow, graph=graph(), actor=clerk, now=MONDAY
        ),
        "publish": lambda: services.publish_version(version=flow.current, actor=clerk, now=MONDAY),
    }

    with pytest.raises((Forbidden, NotFound)):
        acts[verb]()

    assert FlowVersion.objects.count() == 1


def test_the_simulator_says_the_path_of_a_draft_with_reasons(kind, people):
    big = Comparison("amount", Operator.AT_LEAST, 50000)
    draft = graph(
        Node("boss", "主管", Approvers.superior()),
        Node("top", "总经理", Approvers.superior(2), condition=big),
    )

    small, large = (
        simulate(kind=kind.code, form={"amount": amount}, applicant=people["zhao"], graph=draft)
        for amount in ("49999.99", "50000.00")
    )

    assert [(n.outcome, n.people) for n in small] == [("asked", ["钱经理"]), ("skipped", [])]
    assert [(n.outcome, n.people) for n in large] == [("asked", ["钱经理"]), ("asked", ["孙总"])]
    assert len(small[1].reasons) == 1
    assert Approval.objects.count() == 0


def test_the_department_of_the_applicant_is_a_condition(people, platform):
    sales = DepartmentFactory(tenant=platform)
    kind = kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node(
            "sales",
            "销售会签",
            Approvers.people(people["li"].pk),
            condition=Comparison("department", Operator.EQUAL, str(sales.pk)),
        ),
    )
    inside, outside = people["zhao"], people["qian"]
    inside.department = sales
    inside.save(update_fields=["department"])

    keys = [
        [
            n.key
            for n in simulate(kind=kind.code, form={"amount": "1.00"}, applicant=who)
            if n.outcome == "asked"
        ]
        for who in (inside, outside)
    ]

    assert keys[0] == ["boss", "sales"]
    assert "sales" in keys[1]  # without a department nobody knows: better asked than skipped


def test_an_unknown_kind_is_refused(people):
    with pytest.raises(KindIsUnknown):
        services.submit(
            kind="tests.ghost", title="x", form={}, applicant=people["zhao"], now=MONDAY
        )


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": "１２"}, "amount"),
        ({"amount": "1.00", "reason": "x" * 2001}, "reason"),
        ({"amount": "1.00", "evil": "1"}, "evil"),
    ],
)
def test_a_wrong_form_is_refused_field_by_field(form, field, kind, people):
    with pytest.raises(FormIsInvalid) as refused:
        services.submit(kind=kind.code, title="x", form=form, applicant=people["zhao"], now=MONDAY)

    assert set(refused.value.fields) == {field}
    assert Approval.objects.count() == 0
