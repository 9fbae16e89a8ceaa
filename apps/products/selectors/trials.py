"""The rules of what can be tried on past orders, read from their rows."""

from apps.products.models import (
    AgreementPrice,
    PriceAgreement,
    PriceList,
    PriceListPrice,
    Promotion,
)
from apps.products.models.promotions import Campaign
from apps.products.rule_subjects import Trial, register_subject, trial_of
from apps.products.selectors.promotions import rule_of

__all__ = ["register_subjects", "trial_of"]


def register_subjects() -> None:
    register_subject("products.PriceAgreement", _agreement)
    register_subject("products.PriceList", _price_list)
    register_subject("products.Campaign", _campaign)


def _agreement(pk: int) -> Trial | None:
    agreement = PriceAgreement.objects.select_related("tenant").filter(pk=pk).first()
    if agreement is None:
        return None
    prices = AgreementPrice.objects.with_targets().select_related("agreement")
    older = prices.filter(agreement=agreement.previous_id or 0)
    return Trial(
        name=f"{agreement} · {agreement.name}",
        tenant=agreement.tenant,
        rules=tuple(price.to_rule() for price in prices.filter(agreement=agreement)),
        replaces=frozenset(price.to_rule().key for price in older),
        customers=frozenset({agreement.customer_id}),
    )


def _price_list(pk: int) -> Trial | None:
    listed = PriceList.objects.select_related("tenant").filter(pk=pk).first()
    if listed is None:
        return None
    prices = PriceListPrice.objects.with_targets().select_related("price_list__tenant")
    return Trial(
        name=listed.name,
        tenant=listed.tenant,
        rules=tuple(price.to_rule() for price in prices.filter(price_list=listed)),
    )


def _campaign(pk: int) -> Trial | None:
    campaign = Campaign.objects.select_related("tenant").filter(pk=pk).first()
    if campaign is None:
        return None
    promotions = Promotion.objects.filter(campaign=campaign).select_related("campaign")
    audiences = promotions.with_targets().prefetch_related("tags", "customers", "distributors")
    return Trial(
        name=campaign.name,
        tenant=campaign.tenant,
        rules=tuple(rule_of(promotion) for promotion in audiences),
    )
