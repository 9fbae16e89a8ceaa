"""Requests of the last weeks: decided ones, some on their way, one sent back, and a stand-in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.approvals import services as approvals
from apps.approvals.models import Approval, Task
from apps.billing import services as billing
from apps.billing.enums import InvoiceKind, WithdrawalRoute
from apps.customers.models import Customer
from apps.rbac.models import Department, User
from kboss.demo.business import at
from kboss.demo.customers import Account
from kboss.demo.people import Company

HEADS = {
    "总经办": "boss@kboss.example",
    "运营部": "operations@kboss.example",
    "财务部": "finance@kboss.example",
    "销售部": "sales-manager@kboss.example",
    "华北组": "sales-manager@kboss.example",
    "华南组": "sales-manager@kboss.example",
    "客服部": "support@kboss.example",
}
HOUR = timedelta(hours=1)
type Ask = Callable[[datetime], Approval]


@dataclass(frozen=True)
class Desk:
    """Who asks in the demo, for whom, and until when it is told."""

    company: Company
    accounts: list[Account]
    until: datetime

    def staff(self, name: str) -> User:
        return self.company.staff[f"{name}@kboss.example"]

    def morning(self, days_ago: int) -> datetime:
        """Ten o'clock of the working day that lies about `days_ago` back."""
        day = timezone.localtime(self.until - timedelta(days=days_ago))
        day -= timedelta(days=max(0, day.weekday() - 4))
        return day.replace(hour=10, minute=5 + days_ago % 40, second=0, microsecond=0)


def load_approvals(company: Company, accounts: list[Account], *, until: datetime) -> None:
    """The demo's approvals, by the services that people use."""
    _appoint(company)
    approvals.install_standard_flows(now=until - timedelta(days=90))
    verified = [account for account in accounts if account.customer.verified_at]
    desk = Desk(company=company, accounts=verified, until=until)
    _credit_limits(desk)
    _requests_of_customers(desk)
    _talk(desk)
    _stand_in(desk)


def _appoint(company: Company) -> None:
    """Departments get their heads, and people their superiors."""
    for name, email in HEADS.items():
        Department.objects.filter(tenant=company.platform, name=name).update(
            head=company.staff[email]
        )
    for user in company.staff.values():
        head = HEADS.get(user.department.name) if user.department else None
        superior = company.staff[head] if head and head != user.email else company.boss
        if superior != user and user.tenant_id == company.platform.pk:
            User.objects.filter(pk=user.pk).update(superior=superior)


def _credit_limits(desk: Desk) -> None:
    """Six weeks of them: who asks, how much, and how far it came."""
    for number, (days, amount, decided) in enumerate(
        (
            (38, 20_000, 9),
            (31, 50_000, 9),
            (24, 150_000, 9),
            (17, 30_000, -1),
            (10, 80_000, 9),
            (6, 300_000, 1),
            (3, 40_000, 1),
            (1, 60_000, 0),
        )
    ):
        account = desk.accounts[number % len(desk.accounts)]
        seller = account.customer.owner or desk.staff("sales")

        def ask(
            now: datetime,
            customer: Customer = account.customer,
            amount: int = amount,
            seller: User = seller,
        ) -> Approval:
            return billing.request_credit_limit(
                customer=customer,
                amount=Decimal(amount),
                reason="年度框架协议，月均用量持续上升，申请提高信用额度。",
                actor=seller,
                now=now,
            )

        _story(desk.morning(days), ask, decided=decided)


def _requests_of_customers(desk: Desk) -> None:
    """What the customer of the demo's login asked for in the portal."""
    account = desk.accounts[0]

    def invoice(now: datetime) -> Approval:
        return billing.request_invoice(
            customer=account.customer,
            amount=Decimal("5000.00"),
            invoice_kind=InvoiceKind.GENERAL,
            title=account.customer.name,
            tax_number="91110108MA01KBOSS0",
            email="finance@customer.example",
            reason="十月消费开票",
            actor=account.owner,
            now=now,
        )

    def withdrawal(now: datetime) -> Approval:
        return billing.request_withdrawal(
            customer=account.customer,
            amount=Decimal("800.00"),
            route=WithdrawalRoute.ORIGINAL,
            reason="项目结束，余额退回对公账户",
            actor=account.owner,
            now=now,
        )

    _story(desk.morning(14), invoice, decided=9)
    _story(desk.morning(2), withdrawal, decided=0)
    given_up = _story(desk.morning(1), invoice, decided=0)
    with at(desk.morning(1) + 2 * HOUR) as now:
        approvals.withdraw(approval=given_up, actor=account.owner, reason="抬头有误", now=now)


def _story(moment: datetime, ask: Ask, *, decided: int) -> Approval:
    """Ask, then let `decided` steps agree, each some hours later; -1: the first one refuses."""
    with at(moment) as now:
        approval = ask(now)
    for turn in range(abs(decided)):
        # The boss has every role; those whose job it is come later in the company's list.
        task = Task.objects.open().filter(approval=approval).order_by("-assignee").first()
        if task is None:
            break
        with at(moment + (turn + 1) * HOUR * (1 + approval.pk % 3)) as now:
            if decided < 0:
                note = "客户有逾期账单，请先结清"
                approvals.reject(approval=approval, actor=task.assignee, note=note, now=now)
            else:
                note = "同意，回款稳定" if turn == 0 else ""
                approvals.approve(approval=approval, actor=task.assignee, note=note, now=now)
            approvals.run_effect(approval_id=approval.pk, now=now)
    approval.refresh_from_db()
    return approval


def _talk(desk: Desk) -> None:
    """A question, and the copy for the boss, on the newest request."""
    newest = Approval.objects.running().order_by("-pk").first()
    if newest is None:
        return
    with at(desk.until - HOUR) as now:
        applicant, boss = newest.applicant, desk.company.boss
        text = "合同已签，扫描件稍后补上。"
        approvals.comment(approval=newest, actor=applicant, text=text, now=now)
        approvals.copy_to(approval=newest, actor=applicant, users=[boss], now=now)


def _stand_in(desk: Desk) -> None:
    """Operations is away next week."""
    with at(desk.until - 5 * HOUR) as now:
        approvals.delegate(
            person=desk.staff("operations"),
            stand_in=desk.company.boss,
            starts_at=now + timedelta(days=5),
            ends_at=now + timedelta(days=12),
            reason="年假",
            actor=desk.staff("operations"),
            now=now,
        )
