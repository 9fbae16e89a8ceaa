"""Kinds of approval that are billing's, from the request to what it does (APR-3, APR-5)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.approvals import kinds
from apps.approvals import services as approvals
from apps.approvals.enums import ApprovalStatus, EffectStatus
from apps.approvals.errors import SubjectIsPending
from apps.approvals.models import Approval
from apps.billing import services as billing
from apps.billing.errors import LimitIsTheSame, ReversalIsTooHigh
from apps.billing.models import Entry, Recharge
from apps.billing.selectors import verify_ledger, wallet_of
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from apps.rbac.enums import UserKind
from tests.factories.billing import NOON, fund, spend
from tests.factories.customers import MembershipFactory
from tests.factories.rbac import StaffFactory, UserFactory, give_role
from tests.support.approvals import agree, finish, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    """One person for each role that the standard flows name."""
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def salesman(clerk, customer):
    customer.owner = clerk
    customer.save()
    return clerk


def ask_limit(customer, actor, amount="5000.00"):
    return billing.request_credit_limit(
        customer=customer, amount=Decimal(amount), reason="双十一", actor=actor, now=NOON
    )


def facts(name):
    return [event.payload for event in OutboxEvent.objects.filter(kind=name)]


class TestCreditLimit:
    def test_is_set_once_all_agree(self, salesman, customer, approvers):
        approval = ask_limit(customer, salesman)

        assert approval.number.startswith("CRL")
        assert agree(approval, NOON) == [approvers["sales-manager"], approvers["finance"]]
        assert approval.effect == EffectStatus.DONE
        assert wallet_of(customer).credit_limit == Decimal("5000.00")
        entry = AuditEntry.objects.get(verb="wallet.credit_limit_set")
        assert entry.actor_id == approvers["finance"].pk
        assert entry.reason == f"{approval.number}: 双十一"

    def test_a_large_one_asks_operations_as_well(self, salesman, customer, approvers):
        approval = ask_limit(customer, salesman, "100000.00")

        assert agree(approval, NOON)[-1] == approvers["operations"]

    def test_the_card_tells_what_it_costs(self, salesman, customer):
        fund(customer, "40.00")

        card = kinds.get("billing.credit_limit").card(ask_limit(customer, salesman))

        changes = [(change.before, change.after) for change in card.changes]
        assert changes == [
            ("¥0.00", "¥5,000.00"),
            ("¥40.00", "¥5,040.00"),
            ("¥0.00", "¥5,000.00"),
        ]
        assert len(card.warnings) == 1  # more than three times what was paid in

    def test_a_refusal_changes_nothing(self, salesman, customer):
        approval = ask_limit(customer, salesman)

        refuse(approval, NOON)

        assert wallet_of(customer).credit_limit == 0
        assert approval.effect == EffectStatus.DONE

    def test_taken_back_it_changes_nothing(self, salesman, customer):
        approval = ask_limit(customer, salesman)

        approvals.withdraw(approval=approval, actor=salesman, now=NOON)
        finish(approval, NOON)

        assert wallet_of(customer).credit_limit == 0

    def test_a_change_meanwhile_voids_it(self, salesman, customer, boss):
        approval = ask_limit(customer, salesman)

        billing.set_credit_limit(customer=customer, limit=Decimal(10), actor=boss, now=NOON)

        approval.refresh_from_db()
        assert approval.status == ApprovalStatus.VOIDED
        assert wallet_of(customer).credit_limit == Decimal(10)

    def test_the_owner_of_the_customer_is_never_the_last(self, salesman, customer, boss):
        approval = ask_limit(customer, boss)

        assert salesman.pk in approval.segregated

    def test_one_at_a_time(self, salesman, customer):
        ask_limit(customer, salesman)

        with pytest.raises(SubjectIsPending):
            ask_limit(customer, salesman, "6000.00")

    def test_the_same_limit_is_refused(self, salesman, customer):
        with pytest.raises(LimitIsTheSame):
            ask_limit(customer, salesman, "0.00")

    def test_strangers_may_not_ask(self, stranger, customer, rival_boss):
        for person in (stranger, rival_boss):
            with pytest.raises((Forbidden, NotFound)):
                ask_limit(customer, person)

        assert not Approval.objects.exists()


class TestAdjustment:
    def ask(self, entry, actor, amount="50.00"):
        return billing.request_adjustment(
            entry=entry, amount=Decimal(amount), reason="重复扣费", actor=actor, now=NOON
        )

    @pytest.fixture
    def purchase(self, customer):
        fund(customer, "100.00")
        spend(customer, "50.00")
        return Entry.objects.get(kind="purchase")

    def test_reverses_the_entry(self, purchase, customer, boss):
        approval = self.ask(purchase, boss)

        agree(approval, NOON)

        assert wallet_of(customer).cash == Decimal("100.00")
        reversal = Entry.objects.get(kind="reversal")
        assert (reversal.key, reversal.reverses) == (f"adjustment:{approval.number}", purchase)
        assert verify_ledger().is_clean

    def test_the_card_shows_the_balance_after_it(self, purchase, boss):
        [change] = kinds.get("billing.adjustment").card(self.ask(purchase, boss)).changes

        assert (change.before, change.after) == ("¥50.00", "¥100.00")

    def test_the_card_tells_of_the_gift_that_goes_with_it(self, purchase, customer, boss):
        billing.give_gift(
            customer=customer,
            amount=Decimal("10.00"),
            key="gift",
            earned_by=purchase.key,
            now=NOON,
            note="满赠",
        )

        card = kinds.get("billing.adjustment").card(self.ask(purchase, boss))

        [change] = card.changes
        assert (change.before, change.after) == ("¥60.00", "¥100.00")
        assert [str(warning) for warning in card.warnings if "¥10.00" in str(warning)]

    def test_what_was_given_back_meanwhile_holds_the_outcome(self, purchase, customer, boss):
        approval = self.ask(purchase, boss)
        billing.refund_charge(
            key_of_charge=purchase.key, amount=Decimal("20.00"), key="r", now=NOON
        )

        agree(approval, NOON)

        assert approval.effect == EffectStatus.HELD
        assert "¥30.00" in approval.effect_problem
        assert wallet_of(customer).cash == Decimal("70.00")

    def test_no_more_than_is_left_may_be_asked(self, purchase, boss):
        with pytest.raises(ReversalIsTooHigh):
            self.ask(purchase, boss, "50.01")

    def test_a_refusal_changes_nothing(self, purchase, customer, boss):
        refuse(self.ask(purchase, boss), NOON)

        assert wallet_of(customer).cash == Decimal("50.00")
        assert not Entry.objects.filter(kind="reversal").exists()

    def test_sales_see_no_ledger_and_may_not_ask(self, purchase, salesman):
        with pytest.raises(NotFound):
            self.ask(purchase, salesman)


class TestOfflineRecharge:
    def ask(self, customer, actor, reference="ICBC20261120-7"):
        return billing.request_offline_recharge(
            customer=customer,
            amount=Decimal("800.00"),
            payer=customer.name,
            reference=reference,
            received_on=date(2026, 11, 20),
            reason="对公转账",
            actor=actor,
            now=NOON,
        )

    def test_credits_the_transfer(self, salesman, customer, approvers):
        approval = self.ask(customer, salesman)

        assert agree(approval, NOON) == [approvers["finance"]]
        assert wallet_of(customer).cash == Decimal("800.00")
        assert Recharge.objects.get().channel_trade_no == "ICBC20261120-7"
        assert verify_ledger().is_clean

    def test_a_transfer_is_credited_once(self, salesman, customer):
        first, second = self.ask(customer, salesman), self.ask(customer, salesman)
        agree(first, NOON)

        warnings = kinds.get("billing.offline_recharge").card(second).warnings
        agree(second, NOON)

        assert len(warnings) == 1
        assert second.effect == EffectStatus.HELD
        assert wallet_of(customer).cash == Decimal("800.00")


class TestDecisionsThatAreTold:
    def test_an_invoice(self, member, customer):
        approval = billing.request_invoice(
            customer=customer,
            amount=Decimal("100.00"),
            invoice_kind="general",
            title=customer.name,
            tax_number="91350100M000100Y43",
            email="cw@customer.test",
            reason="报销",
            actor=member,
            now=NOON,
        )

        agree(approval, NOON)

        assert facts("billing.InvoiceApproved") == [
            {"approval_id": approval.pk, "customer_id": customer.pk, "amount": "100.00"}
        ]

    def test_a_withdrawal(self, member, customer, approvers):
        fund(customer, "100.00")
        approval = billing.request_withdrawal(
            customer=customer,
            amount=Decimal("60.00"),
            route="original",
            reason="不再使用",
            actor=member,
            now=NOON,
        )

        assert agree(approval, NOON) == [approvers["finance"], approvers["operations"]]
        assert [fact["amount"] for fact in facts("billing.WithdrawalApproved")] == ["60.00"]
        assert wallet_of(customer).cash == Decimal("100.00")  # paying out is not ours yet

    def test_a_refused_withdrawal_is_not_told(self, member, customer):
        approval = billing.request_withdrawal(
            customer=customer,
            amount=Decimal("60.00"),
            route="original",
            reason="不再使用",
            actor=member,
            now=NOON,
        )

        refuse(approval, NOON)

        assert facts("billing.WithdrawalApproved") == []

    def test_a_settlement_with_a_supplier(self, boss, platform):
        approval = billing.request_supplier_settlement(
            tenant=platform,
            supplier="云厂商",
            month=date(2026, 10, 1),
            amount=Decimal("900.00"),
            billed=Decimal("950.00"),
            charged=Decimal("800.00"),
            reason="十月账单",
            actor=boss,
            now=NOON,
        )

        warnings = kinds.get("billing.supplier_settlement").card(approval).warnings
        agree(approval, NOON)

        assert len(warnings) == 2  # another amount than billed, and a loss
        assert [fact["month"] for fact in facts("billing.SupplierSettlementApproved")] == [
            "2026-10"
        ]

    def test_sales_may_not_pay_suppliers(self, salesman, platform):
        with pytest.raises(Forbidden):
            billing.request_supplier_settlement(
                tenant=platform,
                supplier="云厂商",
                month=date(2026, 10, 1),
                amount=Decimal("900.00"),
                reason="x",
                actor=salesman,
                now=NOON,
            )


def test_the_applicant_is_never_his_own_last_approver(customer, approvers):
    approval = ask_limit(customer, approvers["finance"])

    agreed = agree(approval, NOON)

    assert agreed
    assert approvers["finance"] not in agreed


def test_colleagues_see_what_their_company_asked_for(member, outsider, customer, platform):
    colleague = give_role(UserFactory(tenant=platform, kind=UserKind.PORTAL), "portal-finance")
    MembershipFactory(customer=customer, user=colleague)
    approval = billing.request_withdrawal(
        customer=customer,
        amount=Decimal("60.00"),
        route="original",
        reason="不再使用",
        actor=member,
        now=NOON,
    )

    def sees(user):
        return Approval.objects.visible_to(user).filter(pk=approval.pk).exists()

    assert [sees(user) for user in (member, colleague, outsider)] == [True, True, False]
