"""10,000 open approvals: what the to-do page of an approver takes, as a page, by API and bare."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from statistics import quantiles
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.approvals import kinds, selectors, services
from apps.approvals.kinds import Approvers, FieldType, FormField, Graph, Kind, Node
from apps.approvals.models import Approval, FlowVersion, Step, Task
from apps.rbac.enums import UserKind
from apps.rbac.models import Department, Role, Tenant, User, UserRole
from apps.rbac.services import install_standard_roles
from benchmarks.harness import Report, timed
from kboss.garbage import collect_seldom

OPEN, APPROVERS, PAGE, TIMES = 10_000, 50, 20, 100


class Expense(Kind):
    code = "bench.expense"
    label = "Expense"
    fields = (FormField("amount", "Amount", FieldType.MONEY, is_condition=True),)
    involves_money = True
    default_graph = Graph((Node("finance", "Finance", Approvers.role("finance")),))


def run(*, quick: bool) -> Report:
    total = OPEN // 5 if quick else OPEN
    report = Report(f"{total:,} open approvals, {APPROVERS} approvers", quick)
    kinds.register(Expense())
    staff = _staff()
    version = _version()
    _add(APPROVERS * (PAGE + 1), staff, version)  # a second page for each, as later
    few = {name: _queries(act) for name, act in _reads(staff[0]).items()}
    _add(total - APPROVERS * (PAGE + 1), staff, version)
    collect_seldom()  # as the servers do
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE approvals_approval, approvals_task, approvals_step")
    report.add("open tasks of the approver", selectors.todo_count(staff[0]), "")

    for name, act in _reads(staff[0]).items():
        milliseconds = _p95(act, TIMES // 5 if quick else TIMES)
        many = _queries(act)
        report.add(f"{name}, p95", milliseconds, "ms", f"{many} queries")
        report.goal(f"{name}: ms p95", milliseconds, at_most=60)
        report.goal(f"{name}: more queries than for {PAGE + 1}", many - few[name], at_most=0)
    everything = partial(_all_box, staff[0])
    report.add("admin, all approvals, p95", _p95(everything, TIMES // 5), "ms")
    board = partial(selectors.waiting_now, staff[0], now=timezone.now())
    report.add("board of what waits, 500 rows, p95", _p95(board, 20), "ms")
    return report


def _reads(user: User) -> dict[str, Callable[[], object]]:
    client = Client()
    client.force_login(user)

    def page(address: str) -> Any:
        return _answer(client, address)

    return {
        "to-do page of the admin": partial(page, "/admin/approvals/approval/?box=todo"),
        "to-do list of the API": partial(page, f"/api/v1/approvals/?box=todo&page_size={PAGE}"),
        "to-do selector": lambda: list(selectors.todo(User.objects.get(pk=user.pk))[:PAGE]),
    }


def _all_box(user: User) -> None:
    client = Client()
    client.force_login(user)
    _answer(client, "/admin/approvals/approval/?box=all")


def _answer(client: Client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return answer


def _p95(act: Callable[[], object], times: int) -> float:
    act()
    return quantiles((timed(act)[0] for _ in range(times)), n=20)[-1] * 1000


def _queries(act: Callable[[], object]) -> int:
    act()
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def _staff() -> list[User]:
    platform = Tenant.objects.add_root({"name": "Bench", "code": "bench", "kind": "platform"})
    department = Department.objects.add_root({"tenant": platform, "name": "Finance"})
    install_standard_roles()
    role = Role.objects.get(code="finance")
    people = [
        User.objects.create_user(
            f"approver{number}@bench.test",
            display_name=f"Approver {number}",
            kind=UserKind.STAFF,
            tenant=platform,
            department=department,
        )
        for number in range(APPROVERS)
    ]
    UserRole.objects.bulk_create(UserRole(user=person, role=role) for person in people)
    return people


def _version() -> FlowVersion:
    services.install_standard_flows(now=timezone.now())
    return FlowVersion.objects.get(definition__kind=Expense.code)


def _add(count: int, staff: list[User], version: FlowVersion) -> None:
    """Rows as submitting leaves them; one in ten has a second approver, so that tasks differ."""
    now = timezone.now()
    first = Approval.objects.count()
    approvals = Approval.objects.bulk_create(
        (_approval(first + number, staff, version, now) for number in range(count)),
        batch_size=1000,
    )
    steps = Step.objects.bulk_create(
        (
            Step(
                approval=approval,
                position=1,
                node_key="finance",
                name="Finance",
                status="open",
                opened_at=approval.started_at,
            )
            for approval in approvals
        ),
        batch_size=1000,
    )
    Task.objects.bulk_create(
        (
            Task(
                approval=step.approval,
                step=step,
                assignee=staff[(first + number) % len(staff)],
                seat=1,
                status="open",
                opened_at=step.opened_at,
                due_at=now + timedelta(days=1),
            )
            for number, step in enumerate(steps)
        ),
        batch_size=1000,
    )


def _approval(number: int, staff: list[User], version: FlowVersion, now: datetime) -> Approval:
    applicant = staff[(number + 7) % len(staff)]
    return Approval(
        number=f"APR20261116{number:06}",
        kind=Expense.code,
        tenant=applicant.tenant,
        applicant=applicant,
        title=f"Expense {number}",
        form={"amount": f"{number}.00"},
        form_hash="0" * 64,
        version=version,
        started_at=now - timedelta(minutes=number),
    )
