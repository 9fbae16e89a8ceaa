"""Price agreements from the draft to their end (AGR-1)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.approvals import selectors as approvals
from apps.approvals.enums import EffectStatus
from apps.approvals.errors import AttachmentTypeIsRefused
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.notifications.models import Message
from apps.products import services as products
from apps.products.agreement_enums import AgreementKind, AgreementStatus, CommitmentKind, OnExpiry
from apps.products.agreement_errors import (
    AgreementHasExpired,
    AgreementHasNextVersion,
    AgreementHasNoPrices,
    AgreementIsNotDraft,
    AgreementIsNotInForce,
    AgreementIsNotSigned,
)
from apps.products.errors import PeriodIsEmpty
from apps.products.models import AgreementPrice, PriceAgreement, Quote
from apps.products.selectors import blocking_agreement
from apps.products.services.agreements.gate import ensure_may_buy
from tests.factories.agreements import END, AgreementPriceFactory, PriceAgreementFactory
from tests.factories.products import PriceFactory, ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, refuse

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 signed"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def salesman(clerk, customer):
    customer.owner = clerk
    customer.save()
    return clerk


@pytest.fixture
def sku(platform):
    """Sold at 100.00, bought at 60.00."""
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return sku


def open_one(customer, actor, **changes):
    asked = {
        "name": "2027 年度框架协议",
        "starts_on": timezone.localdate(NOW),
        "ends_on": date(2027, 11, 21),
        "now": NOW,
    }
    return products.open_agreement(customer=customer, actor=actor, **{**asked, **changes})


def signed(agreement, actor, **price):
    AgreementPriceFactory(agreement=agreement, **price)
    file = SimpleUploadedFile("协议.pdf", PDF)
    return products.keep_signed_file(agreement=agreement, file=file, actor=actor, now=NOW)


def submit(agreement, actor, now=NOW):
    return products.submit_agreement(agreement=agreement, reason="年框", actor=actor, now=now)


def price_of(sku, customer, boss, at, **more):
    line = products.QuoteLineIn(sku.pk)
    return products.preview_quote(customer=customer, lines=[line], actor=boss, now=at, **more).total


class TestWriting:
    def test_its_term_is_whole_days_in_shanghai(self, salesman, customer):
        agreement = open_one(customer, salesman)

        assert agreement.valid_from == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
        assert agreement.valid_until == datetime(2027, 11, 21, 16, 0, tzinfo=UTC)
        assert (agreement.starts_on, agreement.ends_on) == ("2026-11-22", "2027-11-21")
        assert (agreement.version, agreement.status) == (1, AgreementStatus.DRAFT)

    def test_a_term_that_ends_before_it_starts_is_none(self, salesman, customer):
        with pytest.raises(PeriodIsEmpty):
            open_one(customer, salesman, ends_on=date(2026, 11, 21))

        assert not PriceAgreement.objects.exists()

    def test_a_stranger_and_another_s_clerk_write_none(self, stranger, clerk, customer):
        with pytest.raises(NotFound):
            open_one(customer, stranger)
        with pytest.raises(NotFound):
            open_one(customer, clerk)

        assert not PriceAgreement.objects.exists()

    def test_the_signed_file_is_kept_by_its_digest(self, salesman, customer):
        agreement = signed(open_one(customer, salesman), salesman)

        with agreement.signed_file.open() as file:
            assert file.read() == PDF
        assert "协议" not in agreement.signed_file.name
        assert (agreement.signed_file_name, len(agreement.signed_file_sha256)) == ("协议.pdf", 64)

    def test_a_program_is_no_signed_file(self, salesman, customer):
        file = SimpleUploadedFile("协议.pdf", b"MZ\x90\x00")

        with pytest.raises(AttachmentTypeIsRefused):
            products.keep_signed_file(
                agreement=open_one(customer, salesman), file=file, actor=salesman, now=NOW
            )

        assert not PriceAgreement.objects.exclude(signed_file="").exists()


class TestApproval:
    def test_puts_its_prices_in_force(self, salesman, customer, boss, sku, approvers):
        agreement = signed(open_one(customer, salesman), salesman)
        assert price_of(sku, customer, boss, NOW) == Decimal("100.00")

        agreed = agree(submit(agreement, salesman), NOW)

        assert agreed == [approvers["sales-manager"], approvers["finance"]]
        agreement.refresh_from_db()
        assert (agreement.status, agreement.approved_at) == (AgreementStatus.IN_FORCE, NOW)
        assert agreement.valid_from == NOW  # nothing is changed in arrears
        assert price_of(sku, customer, boss, NOW) == Decimal("85.00")
        assert AuditEntry.objects.filter(verb="priceagreement.in_force").count() == 1

    def test_needs_prices_and_the_signed_file(self, salesman, customer):
        agreement = open_one(customer, salesman)
        with pytest.raises(AgreementHasNoPrices):
            submit(agreement, salesman)
        AgreementPriceFactory(agreement=agreement)
        with pytest.raises(AgreementIsNotSigned):
            submit(agreement, salesman)

        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.DRAFT

    def test_a_refusal_makes_it_a_draft_again(self, salesman, customer, boss, sku):
        agreement = signed(open_one(customer, salesman), salesman)

        refuse(submit(agreement, salesman), NOW)

        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.DRAFT
        assert price_of(sku, customer, boss, NOW) == Decimal("100.00")

    def test_what_waits_is_not_written(self, salesman, customer):
        agreement = signed(open_one(customer, salesman), salesman)
        submit(agreement, salesman)

        with pytest.raises(AgreementIsNotDraft):
            signed(agreement, salesman)

    def test_deep_prices_ask_operations(self, salesman, customer, sku, approvers):
        agreement = signed(open_one(customer, salesman), salesman, rate=Decimal("0.62"))

        assert approvers["operations"] in agree(submit(agreement, salesman), NOW)

    def test_the_card_shows_margins_to_those_who_may_see_the_cost(
        self, salesman, customer, sku, approvers
    ):
        agreement = signed(open_one(customer, salesman), salesman)
        approval = submit(agreement, salesman)

        def changes(user):
            card = approvals.decision(approval, user, now=NOW).card
            return {str(one.label): (one.before, one.after) for one in card.changes}

        assert len(changes(salesman)) < len(changes(approvers["finance"]))
        assert any("8.5 折" in after for _before, after in changes(salesman).values())

    def test_one_whose_term_passed_meanwhile_is_held(self, salesman, customer):
        agreement = signed(open_one(customer, salesman, ends_on=timezone.localdate(NOW)), salesman)
        approval = submit(agreement, salesman)

        agree(approval, NOW + 2 * DAY)

        assert approval.effect == EffectStatus.HELD
        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.PENDING


class TestPrices:
    def test_a_draft_prices_nothing(self, customer, boss, sku):
        AgreementPriceFactory(agreement__customer=customer)

        assert price_of(sku, customer, boss, NOW) == Decimal("100.00")

    def test_they_begin_and_end_to_the_second(self, customer, boss, sku):
        agreement = PriceAgreementFactory(customer=customer, in_force=True)
        AgreementPriceFactory(agreement=agreement)

        second = timedelta(seconds=1)
        prices = [
            price_of(sku, customer, boss, moment)
            for moment in (agreement.valid_until - second, agreement.valid_until)
        ]
        assert prices == [Decimal("85.00"), Decimal("100.00")]

    def test_nobody_else_gets_them(self, platform, customer, boss, sku):
        AgreementPriceFactory(agreement=PriceAgreementFactory(in_force=True))

        assert price_of(sku, customer, boss, NOW) == Decimal("100.00")

    def test_grace_keeps_them_for_some_days(self, customer, boss, sku):
        agreement = PriceAgreementFactory(
            customer=customer, in_force=True, on_expiry=OnExpiry.GRACE, grace_days=10
        )
        AgreementPriceFactory(agreement=agreement)

        assert price_of(sku, customer, boss, END + 9 * DAY) == Decimal("85.00")
        assert price_of(sku, customer, boss, END + 10 * DAY) == Decimal("100.00")


class TestVersions:
    def test_the_next_one_takes_over_where_it_starts(self, salesman, customer, boss, sku):
        first = PriceAgreementFactory(customer=customer, in_force=True)
        AgreementPriceFactory(agreement=first)
        second = products.revise_agreement(agreement=first, actor=salesman, now=NOW)
        AgreementPrice.objects.filter(agreement=second).update(rate=Decimal("0.80"))
        file = SimpleUploadedFile("续签.pdf", PDF)
        products.keep_signed_file(agreement=second, file=file, actor=salesman, now=NOW)

        agree(submit(second, salesman), NOW)

        first.refresh_from_db()
        assert (second.number, second.version) == (first.number, 2)
        assert first.status == AgreementStatus.IN_FORCE  # until its last day
        assert price_of(sku, customer, boss, END - DAY) == Decimal("85.00")
        assert price_of(sku, customer, boss, END) == Decimal("80.00")
        products.expire_agreements(now=END)
        first.refresh_from_db()
        assert first.status == AgreementStatus.SUPERSEDED

    def test_one_that_starts_earlier_supersedes_at_once(self, salesman, customer, boss, sku):
        first = PriceAgreementFactory(customer=customer, in_force=True)
        AgreementPriceFactory(agreement=first)
        second = products.revise_agreement(agreement=first, actor=salesman, now=NOW)
        PriceAgreement.objects.filter(pk=second.pk).update(valid_from=NOW - DAY)
        AgreementPrice.objects.filter(agreement=second).update(rate=Decimal("0.90"))
        file = SimpleUploadedFile("变更.pdf", PDF)
        products.keep_signed_file(agreement=second, file=file, actor=salesman, now=NOW)

        agree(submit(second, salesman), NOW)

        first.refresh_from_db()
        assert (first.status, first.prices_until) == (AgreementStatus.SUPERSEDED, NOW)
        assert price_of(sku, customer, boss, NOW) == Decimal("90.00")
        assert price_of(sku, customer, boss, NOW - DAY) == Decimal("85.00")

    def test_there_is_one_next_version(self, salesman, customer):
        first = PriceAgreementFactory(customer=customer, in_force=True)
        products.revise_agreement(agreement=first, actor=salesman, now=NOW)

        with pytest.raises(AgreementHasNextVersion):
            products.revise_agreement(agreement=first, actor=salesman, now=NOW)


class TestEnding:
    def test_terminating_ends_the_prices(self, customer, boss, sku):
        agreement = PriceAgreementFactory(customer=customer, in_force=True)
        AgreementPriceFactory(agreement=agreement)

        products.terminate_agreement(agreement=agreement, actor=boss, now=NOW)

        agreement.refresh_from_db()
        assert (agreement.status, agreement.ended_at) == (AgreementStatus.TERMINATED, NOW)
        assert price_of(sku, customer, boss, NOW) == Decimal("100.00")
        assert price_of(sku, customer, boss, NOW - DAY) == Decimal("85.00")
        with pytest.raises(AgreementIsNotInForce):
            products.terminate_agreement(agreement=agreement, actor=boss, now=NOW)

    def test_one_that_never_began_never_holds(self, customer, boss, sku):
        agreement = PriceAgreementFactory(
            customer=customer, in_force=True, valid_from=END, valid_until=END + 30 * DAY
        )
        AgreementPriceFactory(agreement=agreement)

        products.terminate_agreement(agreement=agreement, actor=boss, now=NOW)

        assert price_of(sku, customer, boss, END + DAY) == Decimal("100.00")

    def test_sales_do_not_terminate_what_is_in_force(self, salesman, customer):
        agreement = PriceAgreementFactory(customer=customer, in_force=True)

        with pytest.raises(Forbidden):
            products.terminate_agreement(agreement=agreement, actor=salesman, now=NOW)

        agreement.refresh_from_db()
        assert agreement.status == AgreementStatus.IN_FORCE

    def test_the_sweep_may_come_twice_and_late(self, customer):
        agreement = PriceAgreementFactory(customer=customer, in_force=True)

        counts = [products.expire_agreements(now=END + n * DAY) for n in (-1, 3, 4)]

        agreement.refresh_from_db()
        assert counts == [0, 1, 0]
        assert (agreement.status, agreement.ended_at) == (AgreementStatus.EXPIRED, END)

    def test_no_purchases_until_it_is_renewed(self, customer, boss, sku):
        agreement = PriceAgreementFactory(
            customer=customer, in_force=True, on_expiry=OnExpiry.NO_PURCHASES
        )
        AgreementPriceFactory(agreement=agreement)
        lines = [products.QuoteLineIn(sku.pk)]

        with pytest.raises(AgreementHasExpired):
            products.create_quote(customer=customer, lines=lines, actor=boss, now=END)

        assert not Quote.objects.exists()
        products.create_quote(customer=customer, lines=lines, actor=boss, now=END - DAY)
        ensure_may_buy(customer=customer, at=END, order_type="renew")
        PriceAgreementFactory(
            customer=customer, in_force=True, valid_from=END, valid_until=END + 30 * DAY
        )
        assert blocking_agreement(customer=customer, at=END) is None

    def test_one_of_a_project_blocks_that_project_alone(self, customer):
        agreement = PriceAgreementFactory(
            customer=customer,
            in_force=True,
            kind=AgreementKind.PROJECT,
            project="P-1",
            on_expiry=OnExpiry.NO_PURCHASES,
        )

        assert blocking_agreement(customer=customer, at=END) is None
        assert blocking_agreement(customer=customer, at=END, project="P-1") == agreement


class TestNotices:
    @pytest.fixture
    def agreement(self, customer, salesman, member):
        return PriceAgreementFactory(customer=customer, in_force=True)

    def told(self, user):
        return Message.objects.filter(user=user, kind__contains="agreement_expiring").count()

    def sweep(self, now):
        due = products.agreements_to_notice(now=now)
        for _again in range(2):
            for pk in due:
                products.tell_of_expiry(agreement_id=pk, now=now)

    def test_come_60_30_and_7_days_ahead_once_each(self, agreement, member, salesman):
        counts = []
        for days in (61, 60, 59, 31, 30, 29, 8, 7, 6, 1, 0):
            self.sweep(END - days * DAY)
            counts.append((self.told(member), self.told(salesman)))

        assert [count for count, _staff in counts] == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3]
        assert all(count == staff for count, staff in counts)

    def test_a_late_job_tells_of_the_nearest_alone(self, agreement, member):
        self.sweep(END - 5 * DAY)

        assert self.told(member) == 1
        agreement.refresh_from_db()
        assert agreement.noticed_days == 7

    def test_whose_next_version_is_agreed_hears_nothing(self, agreement, member):
        PriceAgreementFactory(
            customer=agreement.customer,
            in_force=True,
            previous=agreement,
            valid_from=END,
            valid_until=END + 300 * DAY,
        )

        self.sweep(END - 30 * DAY)

        assert self.told(member) == 0


def test_a_commitment_needs_its_amount(customer, db):
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceAgreementFactory(customer=customer, commitment_kind=CommitmentKind.MONTHLY)
