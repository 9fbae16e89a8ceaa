"""People, kinds and requests for the tests of approvals."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from apps.approvals import kinds, services
from apps.approvals.engine.graph import Approvers, Graph, Node
from apps.approvals.enums import VersionStatus
from apps.approvals.kinds import FieldType, FormField, Kind
from apps.approvals.models import (
    Approval,
    Attachment,
    CalendarDay,
    Comment,
    Copy,
    Delegation,
    FlowDefinition,
    FlowVersion,
    Step,
    Task,
)
from apps.approvals.models.flows import key_of
from apps.core.errors import Conflict
from apps.rbac.models import User
from tests.factories.rbac import StaffFactory, give_role

# A Monday morning: office hours ahead.
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class Refund(Kind):
    """The kind of the tests: money, and a book of what happened to it."""

    code = "tests.refund"
    label = "退款"
    number_prefix = "TST"
    fields = (
        FormField("amount", "金额", FieldType.MONEY, is_condition=True),
        FormField("reason", "原因", is_required=False),
    )
    involves_money = True
    default_graph = Graph((Node("finance", "财务", Approvers.role("finance")),))

    def __init__(self) -> None:
        self.barred: set[int] = set()
        self.outcomes: list[tuple[str, str]] = []
        self.problem: Conflict | None = None

    def segregated(self, approval: Approval) -> set[int]:
        return self.barred

    def on_approved(self, approval: Approval, now: datetime) -> None:
        if self.problem:
            raise self.problem
        self.outcomes.append(("approved", approval.number))

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        self.outcomes.append(("rejected", approval.number))

    def on_withdrawn(self, approval: Approval, now: datetime) -> None:
        self.outcomes.append(("withdrawn", approval.number))


class Leave(Refund):
    """A kind without money: policies may let it pass."""

    code = "tests.leave"
    label = "请假"
    fields = (FormField("days", "天数", FieldType.NUMBER, is_condition=True),)
    involves_money = False
    allows_bulk = True


def kind_with(*nodes: Node, of: type[Refund] = Refund) -> Refund:
    """Register a kind with these nodes and publish its flow when it is first used."""
    kind = of()
    kind.default_graph = Graph(nodes)
    kinds.register(kind)
    return kind


def approver(name: str, **fields: Any) -> User:
    """Staff who may decide; the tenant must be given."""
    return give_role(StaffFactory(display_name=name, **fields), "support")


def ask(applicant: User, kind: Kind, *, now: datetime = MONDAY, **more: Any) -> Approval:
    """Submit a request of a kind of the tests."""
    form = {"days": "3"} if isinstance(kind, Leave) else {"amount": "100.00"}
    form |= more.pop("form", {})
    return services.submit(
        kind=kind.code, title=f"{kind.label}", form=form, applicant=applicant, now=now, **more
    )


class FlowDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = FlowDefinition

    kind = "tests.refund"
    tenant = None
    key = factory.LazyAttribute(lambda o: key_of(o.kind, o.tenant.pk if o.tenant else None))
    created_at = MONDAY


class FlowVersionFactory(DjangoModelFactory):
    """A published version; `graph_data` is the kind's own unless given."""

    class Meta:
        model = FlowVersion

    definition = factory.SubFactory(FlowDefinitionFactory)
    number = factory.Sequence(lambda n: n + 1)
    graph_data = factory.LazyAttribute(
        lambda o: kinds.get(o.definition.kind).default_graph.to_json()
    )
    status = VersionStatus.PUBLISHED
    created_at = MONDAY
    published_at = MONDAY


class ApprovalFactory(DjangoModelFactory):
    """A bare row, for lists; `ask` makes one that works."""

    class Meta:
        model = Approval

    class Params:
        finished = factory.Trait(status="approved", finished_at=MONDAY)

    number = factory.Sequence("TST20261116{:06d}".format)
    kind = "tests.refund"
    applicant = factory.SubFactory(StaffFactory)
    tenant = factory.SelfAttribute("applicant.tenant")
    title = "退款"
    form = factory.LazyFunction(lambda: {"amount": "100.00"})
    form_hash = "0" * 64
    version = factory.SubFactory(FlowVersionFactory)
    started_at = MONDAY


class StepFactory(DjangoModelFactory):
    class Meta:
        model = Step

    approval = factory.SubFactory(ApprovalFactory)
    position = factory.Sequence(lambda n: n % 30000 + 1)
    node_key = "finance"
    name = "财务"
    status = "open"
    opened_at = MONDAY


class TaskFactory(DjangoModelFactory):
    """An open task of a bare approval."""

    class Meta:
        model = Task

    step = factory.SubFactory(StepFactory)
    approval = factory.SelfAttribute("step.approval")
    assignee = factory.SubFactory(StaffFactory)
    seat = 1
    status = "open"
    opened_at = MONDAY
    due_at = MONDAY + timedelta(days=1)


class DelegationFactory(DjangoModelFactory):
    class Meta:
        model = Delegation

    person = factory.SubFactory(StaffFactory)
    stand_in = factory.SubFactory(StaffFactory)
    starts_at = MONDAY
    ends_at = MONDAY + timedelta(days=7)
    created_by = factory.SelfAttribute("person")
    created_at = MONDAY


class CommentFactory(DjangoModelFactory):
    class Meta:
        model = Comment

    approval = factory.SubFactory(ApprovalFactory)
    author = factory.SubFactory(StaffFactory)
    text = "请补充合同"
    at = MONDAY


class CopyFactory(DjangoModelFactory):
    class Meta:
        model = Copy

    approval = factory.SubFactory(ApprovalFactory)
    user = factory.SubFactory(StaffFactory)
    copied_at = MONDAY


class AttachmentFactory(DjangoModelFactory):
    class Meta:
        model = Attachment

    approval = factory.SubFactory(ApprovalFactory)
    name = "合同.pdf"
    file = "approvals/2026/11/none.pdf"
    content_type = "application/pdf"
    size = 5
    sha256 = "0" * 64
    uploaded_by = factory.SubFactory(StaffFactory)
    at = MONDAY


class CalendarDayFactory(DjangoModelFactory):
    class Meta:
        model = CalendarDay
        django_get_or_create = ("day",)

    day = "2031-10-01"
    name = "国庆节"
