"""Flows in the admin: who sees them, how they are drawn, edited, published and tried out."""

import pytest
from django.urls import reverse

from apps.approvals import kinds
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import VersionStatus
from apps.approvals.models import FlowDefinition
from apps.approvals.services.flows import install_standard_flow
from tests.factories.approvals import MONDAY, Leave, ask, kind_with
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db
LIST = "/admin/approvals/flowdefinition/"


@pytest.fixture
def flow(people):
    """Li decides, then finance together."""
    kind = kind_with(
        Node("first", "经理", Approvers.people(people["li"].pk)),
        Node("all", "会签", Approvers.role("support"), mode=Mode.ALL),
    )
    return install_standard_flow(kind=kind, now=MONDAY).definition


def address(name, *args):
    return reverse(f"admin:approvals_flowdefinition_{name}", args=args)


def node(number, **fields):
    """What the browser sends for one node."""
    data = {
        "key": "",
        "name": "步骤",
        "type": "approve",
        "by": "role",
        "roles": ["finance"],
        "level": "1",
        "mode": "any",
        "share": "60",
        "join": "all",
        "on_empty": "administrator",
        "on_self": "superior",
        "on_repeat": "first",
        "remind_after": "8",
        "escalate_after": "16",
        "ORDER": str(number + 1),
        **fields,
    }
    return {f"nodes-{number}-{name}": value for name, value in data.items()}


def form(*nodes, **more):
    merged = {"nodes-TOTAL_FORMS": str(len(nodes)), "nodes-INITIAL_FORMS": "0", **more}
    for one in nodes:
        merged |= one
    return merged


def draft_of(client, flow):
    answer = client.post(address("draft", flow.pk))
    return flow.versions.get(status=VersionStatus.DRAFT), answer


def test_the_page_draws_the_published_flow(flow, boss, browse):
    page = browse(boss).get(address("change", flow.pk))

    assert page.status_code == 200
    assert [box.name for box in page.context["page"]["flow"].boxes] == ["经理", "会签"]
    assert "李会计" in page.content.decode()


def test_a_draft_begins_as_what_is_published_and_is_edited_node_by_node(flow, boss, browse):
    client = browse(boss)
    draft, answer = draft_of(client, flow)
    page = client.get(answer.headers["Location"])
    assert [one.initial["name"] for one in page.context["page"]["formset"]] == ["经理", "会签"]

    first = node(0, key="first", name="部门负责人", by="superior", level="2", ORDER="2")
    second = node(1, name="财务", field_0="amount", op_0=">=", value_0="50,000", ORDER="1")
    saved = client.post(address("version", flow.pk, draft.number), form(first, second, do="save"))

    assert saved.status_code == 302
    draft.refresh_from_db()
    names = [(one.key, one.name, one.approvers.level) for one in draft.graph.nodes]
    assert names == [("step-1", "财务", 1), ("first", "部门负责人", 2)]
    assert draft.graph_data["nodes"][0]["condition"] == {
        "all": [{"field": "amount", "op": ">=", "value": "50000"}]
    }
    assert flow.current.graph_data["nodes"][0]["name"] == "经理"


def test_publishing_is_for_what_comes_after(flow, people, boss, browse):
    old = ask(people["zhao"], kinds.get(flow.kind))
    client = browse(boss)
    draft, _answer = draft_of(client, flow)

    client.post(
        address("version", flow.pk, draft.number), form(node(0, roles=["support"]), do="publish")
    )

    flow.refresh_from_db()
    draft.refresh_from_db()
    assert (flow.current_id, draft.status) == (draft.pk, VersionStatus.PUBLISHED)
    old.refresh_from_db()
    assert old.version.number == 1
    page = client.get(address("change", flow.pk)).context["page"]
    assert [one["row"].running for one in page["versions"]] == [0, 1]


def test_money_never_passes_by_itself_and_the_page_says_so(flow, boss, browse):
    client = browse(boss)
    draft, _answer = draft_of(client, flow)

    answer = client.post(
        address("version", flow.pk, draft.number),
        form(node(0, on_empty="automatic"), do="publish"),
    )

    assert answer.status_code == 200
    assert answer.context["page"]["problems"]
    draft.refresh_from_db()
    assert draft.status == VersionStatus.DRAFT


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"field_0": "amount", "op_0": ">=", "value_0": "viel"}, {"by": "nobody"}],
)
def test_a_faulty_node_is_shown_where_the_fault_is(flow, boss, browse, wrong):
    client = browse(boss)
    draft, _answer = draft_of(client, flow)
    before = draft.graph_data

    answer = client.post(
        address("version", flow.pk, draft.number), form(node(0, **wrong), do="save")
    )

    assert answer.status_code == 200
    assert answer.context["page"]["formset"].forms[0].errors
    draft.refresh_from_db()
    assert draft.graph_data == before


def test_the_drawing_follows_the_form(flow, boss, browse):
    client = browse(boss)
    draft_of(client, flow)

    drawn = client.post(address("preview", flow.pk), form(node(0, name="新步骤", mode="share")))

    assert "新步骤" in drawn.content.decode()
    assert "60" in drawn.content.decode()


def test_a_removed_node_is_gone(flow, boss, browse):
    client = browse(boss)
    draft, _answer = draft_of(client, flow)
    kept, removed = node(0, name="留下"), node(1, name="删掉", DELETE="on")

    client.post(address("version", flow.pk, draft.number), form(kept, removed, do="save"))

    draft.refresh_from_db()
    assert [one.name for one in draft.graph.nodes] == ["留下"]


def test_readers_look_and_do_not_edit(flow, people, boss, browse, platform):
    auditor = give_role(StaffFactory(tenant=platform), "auditor")
    client = browse(auditor)

    assert client.get(address("change", flow.pk)).status_code == 200
    assert client.post(address("draft", flow.pk)).status_code == 403
    assert flow.versions.count() == 1
    assert browse(people["zhao"]).get(LIST).status_code == 403


def test_the_default_belongs_to_the_platform(flow, rival, browse, roles):
    chief = give_role(StaffFactory(tenant=rival), "operations")
    client = browse(chief)

    assert client.get(address("change", flow.pk)).status_code == 200
    assert client.post(address("draft", flow.pk)).status_code == 403
    assert flow.versions.count() == 1


def test_a_tenant_gets_a_flow_of_its_own(flow, distributor, boss, browse):
    answer = browse(boss).post(f"{LIST}add/", {"kind": flow.kind, "tenant": distributor.pk})

    own = FlowDefinition.objects.get(tenant=distributor)
    assert answer.headers["Location"] == address("change", own.pk)
    assert own.versions.get().status == VersionStatus.DRAFT


def test_the_simulator_says_which_way_and_why(flow, people, boss, browse):
    client = browse(boss)
    asked = {"kind": flow.kind, "applicant": people["zhao"].pk, "amount": "12.50"}

    page = client.get(address("simulator"), asked)

    boxes = page.context["flow"].boxes
    assert (boxes[0].name, [person.name for person in boxes[0].people]) == (
        "经理",
        ["李会计"],
    )
    assert all(box.reason for box in boxes)
    assert client.get(address("simulator")).context["has_kind"] is False
    assert client.get(address("simulator"), {**asked, "amount": "x"}).context.get("flow") is None
    assert browse(people["zhao"]).get(address("simulator")).status_code == 403


def test_the_list_costs_the_same_for_one_row_and_ten(
    flow, boss, browse, django_assert_max_num_queries
):
    client = browse(boss)
    client.get(LIST)
    with django_assert_max_num_queries(40) as few:
        client.get(LIST)
    for number in range(9):
        other = type(f"Leave{number}", (Leave,), {"code": f"tests.leave{number}"})
        kind = kind_with(Node("q", "经理", Approvers.role("finance")), of=other)
        install_standard_flow(kind=kind, now=MONDAY)

    with django_assert_max_num_queries(len(few)):
        assert len(client.get(LIST).context["cl"].result_list) == 10


def test_a_draft_is_tried_out_before_it_is_published(flow, people, boss, browse):
    client = browse(boss)
    draft, _answer = draft_of(client, flow)
    nodes = form(node(0, name="草稿节点", roles=["support"]), do="save")
    client.post(address("version", flow.pk, draft.number), nodes)
    asked = {"kind": flow.kind, "applicant": people["zhao"].pk, "amount": "12.50"}

    tried = client.get(address("simulator"), {**asked, "version": draft.pk}).context["flow"]
    in_force = client.get(address("simulator"), asked).context["flow"]

    assert [box.name for box in tried.boxes] == ["草稿节点"]
    assert [box.name for box in in_force.boxes] == ["经理", "会签"]
