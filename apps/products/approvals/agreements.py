from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FactKind, FieldType, FormField, Kind
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.products import services as products
from apps.products.agreement_enums import AgreementKind, CommitmentKind
from apps.products.approvals.margins import REASON, below_cost, if_deep_or_thin, in_percent, in_yuan
from apps.products.approvals.pricing import VALID_FROM
from apps.products.enums import ProductPerm
from apps.products.models import PriceAgreement
from apps.products.selectors.agreement_card import (
    Effect,
    changed_prices,
    effect_of,
    terms_of,
)


class AgreementPricing(Kind):
    """价格协议: what is agreed goes into force once everybody whom it concerns has agreed."""

    code = "products.price_agreement"
    label = gettext_lazy("Price agreement")
    number_prefix = "PAG"
    involves_money = True
    submit_permission = ProductPerm.REQUEST_PRICING
    fields = (
        FormField("agreement", gettext_lazy("Agreement")),
        FormField(
            "kind",
            gettext_lazy("Kind"),
            FieldType.CHOICE,
            tuple(AgreementKind.choices),
            is_condition=True,
        ),
        FormField(
            "commitment",
            gettext_lazy("Amount committed"),
            FieldType.MONEY,
            is_required=False,
            is_condition=True,
        ),
        VALID_FROM,
        FormField("valid_until", gettext_lazy("Valid until"), FieldType.DATE),
        REASON,
    )
    default_graph = standard.flow(
        standard.sales_manager(), standard.finance(), if_deep_or_thin(standard.operations())
    )

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        effect = effect_of(self._of(subject), at=timezone.now())
        return {
            "discount": effect.deepest,
            "margin": effect.margin_after,
            "tier": str(getattr(self._of(subject).customer, "tier", "")) or None,
        }

    def segregated(self, approval: Approval) -> set[int]:
        """Whoever looks after the customer, and whoever wrote it, never agrees last."""
        agreement = self._of(approval.subject)
        people = {agreement.customer.owner_id, agreement.created_by_id}
        return {person for person in people if person}

    def card(self, approval: Approval) -> Card:
        agreement = self._of(approval.subject)
        effect = effect_of(agreement, at=approval.started_at)
        return Card(
            facts=(*_facts(agreement), Fact("reason", _("Reason"), approval.form["reason"])),
            changes=tuple(_changes(agreement, effect)),
            warnings=tuple(_warnings(agreement, effect)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        products.put_in_force(
            agreement=self._of(approval.subject),
            actor=decider_of(approval),
            now=now,
            reason=f"{approval.number}: {approval.form['reason']}",
        )

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        products.return_to_draft(
            agreement=self._of(approval.subject), actor=None, reason=approval.number
        )

    def _of(self, subject: tuple[str, int] | None) -> PriceAgreement:
        rows = PriceAgreement.objects.select_related("customer__owner", "customer__tenant")
        return rows.select_related("previous", "tenant").get(pk=subject[1] if subject else 0)


def _facts(agreement: PriceAgreement) -> list[Fact]:
    customer = agreement.customer
    facts = [
        Fact("customer", _("Customer"), f"{customer.name} ({customer.number})"),
        Fact("agreement", _("Agreement"), f"{agreement} · {agreement.name}"),
        Fact("kind", _("Kind"), str(agreement.get_kind_display())),
        Fact("term", _("Term"), f"{agreement.starts_on} – {agreement.ends_on}"),
        Fact("on_expiry", _("When it expires"), str(agreement.get_on_expiry_display())),
        Fact("file", _("Signed file"), agreement.signed_file_name or "—"),
    ]
    if agreement.commitment_kind != CommitmentKind.NONE:
        words = f"{agreement.get_commitment_kind_display()}"
        facts += [
            Fact("commitment_kind", _("Minimum commitment"), words),
            Fact("commitment", _("Amount committed"), agreement.commitment, FactKind.MONEY),
        ]
    if not agreement.counts_use:
        facts.append(Fact("counts_use", _("Metered use"), _("does not count")))
    return facts


def _changes(agreement: PriceAgreement, effect: Effect) -> list[Change]:
    """The usual basket in money, each price, and what is new since the version in force."""
    changes = [
        Change(_("Usual basket (90 days)"), in_yuan(effect.before), in_yuan(effect.after)),
        Change(
            _("Margin on it"),
            in_percent(effect.margin_before),
            in_percent(effect.margin_after),
            ProductPerm.VIEW_COST,
        ),
    ]
    for line in effect.lines:
        changes.append(Change(line.name, in_yuan(line.before), in_yuan(line.after)))
        changes.append(
            Change(
                _("{name}: margin").format(name=line.name),
                in_percent(line.margin_before),
                in_percent(line.margin_after),
                ProductPerm.VIEW_COST,
            )
        )
    changes += [Change(one.name, one.before, one.after) for one in changed_prices(agreement)]
    return changes + [Change(one.name, one.before, one.after) for one in terms_of(agreement)]


def _warnings(agreement: PriceAgreement, effect: Effect) -> list[str]:
    found = []
    if not effect.lines:
        found.append(_("The customer bought nothing within 90 days: there is no usual basket."))
    found += below_cost(effect.margin_after)
    others = PriceAgreement.objects.in_force_at(agreement.valid_from).filter(
        customer=agreement.customer_id
    )
    for other in others.exclude(pk__in=[agreement.pk, agreement.previous_id or 0])[:5]:
        found.append(_("{agreement} is in force at the same time.").format(agreement=other))
    return found
