"""What the database holds true of every pricing rule."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.products.enums import ChangeType, DiscountScope

TARGETS = tuple(scope.value for scope in DiscountScope if scope is not DiscountScope.ALL)


def target_matches_scope() -> Q:
    """The scope names the one column that is filled."""
    matches = Q()
    for scope in DiscountScope.values:
        filled = {f"{column}__isnull": column != scope for column in TARGETS}
        matches |= Q(scope=scope, **filled)
    return matches


def rule_constraints(name: str) -> list[models.BaseConstraint]:
    """For the Meta of a subclass; `name` is that of the model, in lower case."""
    by_steps = Q(change__in=[ChangeType.TIERS, ChangeType.SPEND_AND_SAVE])
    by_amount = Q(change__in=[ChangeType.AMOUNT_OFF, ChangeType.FACE_VALUE])
    return [
        models.CheckConstraint(
            condition=by_steps
            | by_amount & Q(amount__isnull=False)
            | Q(change=ChangeType.PERCENT, rate__isnull=False)
            | Q(change=ChangeType.FIXED_PRICE, unit_price__isnull=False),
            name=f"{name}_change_is_filled",
            violation_error_message=_("Fill in how much the rule changes the price."),
        ),
        models.CheckConstraint(
            condition=Q(rate__isnull=True) | Q(rate__gte=0, rate__lte=1),
            name=f"{name}_rate_is_a_discount",
            violation_error_message=_("A rate lies between 0 and 1."),
        ),
        models.CheckConstraint(
            condition=_positive("amount") & _positive("unit_price") & _positive("threshold"),
            name=f"{name}_amounts_not_negative",
            violation_error_message=_("Amounts are not negative."),
        ),
        models.CheckConstraint(
            condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            name=f"{name}_period_not_empty",
            violation_error_message=_("The period must end after it starts."),
        ),
        models.CheckConstraint(
            condition=target_matches_scope(),
            name=f"{name}_target_fits_scope",
            violation_error_message=_("Fill the one field that the scope names, no other."),
        ),
        models.CheckConstraint(
            condition=_positive("min_margin") & _positive("cap_budget"),
            name=f"{name}_limits_not_negative",
            violation_error_message=_("Limits are not negative."),
        ),
    ]


def _positive(column: str) -> Q:
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__gte": 0})


def validate_texts(value: Any) -> None:
    if not isinstance(value, list) or any(not isinstance(text, str) or not text for text in value):
        raise ValidationError(_("A list of texts is expected."))


def validate_steps(value: Any) -> None:
    """`[{"from": "10", "rate": "0.9"}]`; in place of rate also unit_price or off."""
    try:
        for step in value:
            if set(step) - {"from"} not in ({"rate"}, {"unit_price"}, {"off"}):
                raise ValidationError(_("A step is “from”, and one of rate, unit_price and off."))
            if any(not Decimal(str(amount)).is_finite() for amount in step.values()):
                raise ValidationError(_("The steps hold something that is not a number."))
    except (TypeError, ValueError, InvalidOperation) as error:
        raise ValidationError(_("The steps hold something that is not a number.")) from error
