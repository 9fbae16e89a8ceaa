"""代金券: made in batches, approved, handed out as often as they may be, ended in time (VCH-1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.approvals import kinds
from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.notifications.models import Message
from apps.products import services as products
from apps.products.campaigns import BatchStatus, IssueStatus, VoucherStatus
from apps.products.errors import (
    BatchIsEmpty,
    BatchIsFrozen,
    BatchIsNotOpen,
    CodeIsUnknown,
    EnoughVouchers,
    NobodyIsChosen,
)
from apps.products.models import Voucher, VoucherIssue
from apps.products.services.vouchers import note_batch_edit
from tests.factories.customers import CustomerFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.promotions import VoucherBatchFactory, VoucherFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, refuse
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def operations(platform, roles):
    return give_role(StaffFactory(tenant=platform), "operations")


@pytest.fixture
def batch(platform):
    return VoucherBatchFactory(tenant=platform)


def left(batch):
    batch.refresh_from_db()
    return batch.total - batch.issued


class TestApproval:
    @pytest.fixture(autouse=True)
    def approvers(self, platform, roles):
        codes = ("sales-manager", "finance")
        return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}

    @pytest.fixture
    def draft(self, platform):
        sku = SkuFactory(product=ProductFactory(tenant=platform))
        PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
        return VoucherBatchFactory(tenant=platform, draft=True)

    def ask(self, draft, actor, now):
        return products.request_batch(batch=draft, reason="新客", actor=actor, now=now)

    def test_lets_them_be_handed_out(self, draft, customer, operations, now):
        agree(self.ask(draft, operations, now), now)

        voucher = products.issue_voucher(batch=draft, customer=customer, actor=operations, now=now)

        assert (voucher.status, voucher.customer) == (VoucherStatus.AVAILABLE, customer)

    def test_refused_it_is_a_draft_again(self, draft, customer, operations, now):
        refuse(self.ask(draft, operations, now), now)

        draft.refresh_from_db()
        assert draft.status == BatchStatus.DRAFT
        with pytest.raises(BatchIsNotOpen):
            products.issue_voucher(batch=draft, customer=customer, actor=operations, now=now)

    def test_the_card_says_what_all_are_worth(self, draft, operations, now):
        approval = self.ask(draft, operations, now)

        card = kinds.get("products.voucher_batch").card(approval)

        assert approval.form["amount"] == "300.00"
        assert [(change.before, change.after) for change in card.changes] == [("40.0 %", "14.3 %")]

    def test_an_edit_voids_it_and_handed_out_ones_are_not_edited(self, draft, operations, now):
        self.ask(draft, operations, now)

        note_batch_edit(batch=draft, now=now)

        draft.refresh_from_db()
        assert draft.status == BatchStatus.DRAFT
        with pytest.raises(BatchIsFrozen):
            note_batch_edit(batch=VoucherBatchFactory(tenant=draft.tenant), now=now)

    @pytest.mark.parametrize(
        ("who", "error"),
        [("clerk", Forbidden), ("stranger", NotFound), ("rival_boss", NotFound)],
    )
    def test_others_ask_for_nothing(self, who, error, draft, now, request):
        with pytest.raises(error):
            self.ask(draft, request.getfixturevalue(who), now)


class TestHandOut:
    def test_lives_as_many_days_as_the_batch_says(self, platform, customer, operations, now):
        batch = VoucherBatchFactory(tenant=platform, valid_days=30)

        voucher = products.issue_voucher(batch=batch, customer=customer, actor=operations, now=now)

        assert (voucher.valid_from, voucher.valid_until) == (now, now + timedelta(days=30))
        assert len(voucher.code) == 12

    def test_no_more_than_one_customer_can_have(self, batch, customer, operations, now):
        products.issue_voucher(batch=batch, customer=customer, actor=operations, now=now)

        with pytest.raises(EnoughVouchers):
            products.issue_voucher(batch=batch, customer=customer, actor=operations, now=now)

        assert left(batch) == 9

    def test_no_more_than_there_are(self, platform, customer, operations, now):
        batch = VoucherBatchFactory(tenant=platform, total=1)
        products.issue_voucher(batch=batch, customer=customer, actor=operations, now=now)

        with pytest.raises(BatchIsEmpty):
            products.issue_voucher(
                batch=batch,
                customer=CustomerFactory(tenant=platform),
                actor=operations,
                now=now,
            )

        assert Voucher.objects.count() == 1

    @pytest.mark.parametrize(
        ("who", "error"),
        [("clerk", Forbidden), ("stranger", NotFound), ("rival_boss", NotFound)],
    )
    def test_is_for_operations(self, who, error, batch, customer, now, request):
        with pytest.raises(error):
            products.issue_voucher(
                batch=batch, customer=customer, actor=request.getfixturevalue(who), now=now
            )

        assert not Voucher.objects.exists()

    def test_printed_codes_belong_to_who_redeems_them_first(
        self, batch, customer, member, outsider, operations, now
    ):
        codes = [
            voucher.code
            for voucher in products.make_codes(batch=batch, count=2, actor=operations, now=now)
        ]

        mine = products.redeem_code(code=codes[0], customer=customer, actor=member, now=now)

        assert (mine.customer, left(batch)) == (customer, 8)
        other = outsider.memberships.get().customer
        with pytest.raises(CodeIsUnknown):
            products.redeem_code(code=codes[0], customer=other, actor=outsider, now=now)
        with pytest.raises(EnoughVouchers):
            products.redeem_code(code=codes[1], customer=customer, actor=member, now=now)
        with pytest.raises(NotFound):
            products.redeem_code(code=codes[1], customer=customer, actor=outsider, now=now)

    def test_a_closed_batch_gives_none(self, batch, customer, member, boss, now):
        batch.claim_code = "GO"
        batch.save()
        products.close_batch(batch=batch, actor=boss, now=now)

        with pytest.raises(CodeIsUnknown):
            products.redeem_code(code="GO", customer=customer, actor=member, now=now)


class TestManyAtOnce:
    def test_all_get_theirs_and_are_told(self, batch, platform, customer, member, operations, now):
        others = [CustomerFactory(tenant=platform) for _ in range(3)]
        products.issue_voucher(batch=batch, customer=others[0], actor=operations, now=now)

        issue = products.start_issue(
            batch=batch, customers=[customer, *others], actor=operations, now=now
        )
        products.run_issue(issue_id=issue.pk, now=now)

        issue.refresh_from_db()
        assert (issue.status, issue.percent) == (IssueStatus.DONE, 100)
        assert (issue.handled, issue.issued, issue.skipped) == (4, 3, 1)
        assert Message.objects.filter(user=member, kind="products.voucher_received").exists()

    def test_it_stops_when_there_are_no_more(self, platform, operations, now):
        batch = VoucherBatchFactory(tenant=platform, total=2)
        customers = [CustomerFactory(tenant=platform) for _ in range(3)]

        issue = products.start_issue(batch=batch, customers=customers, actor=operations, now=now)
        products.run_issue(issue_id=issue.pk, now=now)

        issue.refresh_from_db()
        assert (issue.status, issue.handled, left(batch)) == (IssueStatus.STOPPED, 2, 0)
        assert issue.problem

    def test_run_twice_it_hands_out_once(self, batch, platform, operations, now):
        customers = [CustomerFactory(tenant=platform) for _ in range(3)]
        issue = products.start_issue(batch=batch, customers=customers, actor=operations, now=now)

        for _ in range(2):
            products.run_issue(issue_id=issue.pk, now=now)

        assert Voucher.objects.count() == 3
        assert products.waiting_issues() == []

    def test_strangers_to_the_batch_are_nobody(self, rival, operations, platform, now):
        batch = VoucherBatchFactory(tenant=platform)
        outside = CustomerFactory()

        with pytest.raises(NobodyIsChosen):
            products.start_issue(batch=batch, customers=[outside], actor=operations, now=now)

        assert not VoucherIssue.objects.exists()


class TestEnd:
    def test_comes_on_its_second(self, customer, now):
        voucher = VoucherFactory(customer=customer, valid_until=now)
        used = VoucherFactory(
            customer=customer, valid_until=now, status=VoucherStatus.USED, used_at=now
        )

        assert products.expire_vouchers(now=now - timedelta(seconds=1)) == 0
        assert products.expire_vouchers(now=now) == 1

        voucher.refresh_from_db()
        used.refresh_from_db()
        assert (voucher.status, used.status) == (VoucherStatus.EXPIRED, VoucherStatus.USED)

    def test_is_told_once_seven_days_before(self, customer, member, now):
        for days in (3, 5, 30):
            VoucherFactory(customer=customer, valid_until=now + timedelta(days=days))

        told = [products.remind_of_vouchers(now=now) for _ in range(2)]

        assert told == [1, 0]
        message = Message.objects.get(kind="products.vouchers_expiring", user=member)
        assert "2" in message.subject
        assert "¥60.00" in message.text

    def test_staff_void_what_is_not_used(self, customer, boss, clerk, now):
        voucher = VoucherFactory(customer=customer)

        with pytest.raises((Forbidden, NotFound)):
            products.void_voucher(voucher=voucher, actor=clerk, now=now)
        products.void_voucher(voucher=voucher, actor=boss, now=now)

        voucher.refresh_from_db()
        assert voucher.status == VoucherStatus.VOID
        with pytest.raises(IllegalTransition):
            products.void_voucher(voucher=voucher, actor=boss, now=now)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_32_customers_at_once_get_exactly_the_10_there_are(platform, operations, now):
    batch = VoucherBatchFactory(tenant=platform)
    customers = [CustomerFactory(tenant=platform) for _ in range(32)]

    answers = at_once(
        32,
        lambda n: products.issue_voucher(
            batch=batch, customer=customers[n], actor=operations, now=now
        ),
    )

    assert sum(isinstance(answer, Voucher) for answer in answers) == 10
    assert sum(isinstance(answer, BatchIsEmpty) for answer in answers) == 22
    assert left(batch) == 0
