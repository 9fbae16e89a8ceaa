from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.core.modeladmin import ReadOnlyAdmin, money_column
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.products.models import RuleClaim, Voucher
from apps.products.selectors.limits import limits_of
from apps.products.selectors.vouchers import VOUCHER


class RuleClaimResource(ScopedResource):
    class Meta:
        model = RuleClaim
        fields = (
            "rule_key",
            "key",
            "customer__number",
            "customer__name",
            "quote__number",
            "day",
            "units",
            "amount",
            "released_at",
        )
        export_order = fields


@admin.register(RuleClaim)
class RuleClaimAdmin(SafeExportMixin, ReadOnlyAdmin):
    """Which order took how much of which promotion or voucher."""

    resource_classes = (RuleClaimResource,)
    list_display = (
        "rule",
        "customer",
        "quote",
        "day",
        "units",
        "given",
        "is_held",
        "claimed_at",
    )
    list_select_related = ("customer", "quote")
    list_filter = ("day", "released_at")
    search_fields = ("rule_key__exact", "key__istartswith", "quote__number__istartswith")
    search_help_text = _("Rule, such as promotion:12, or number of the order or quote")
    given = money_column("amount", _("given away"))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The rules of the page by their names: one query for each kind."""
        changelist = super().get_changelist_instance(request)
        claims = list(changelist.result_list)
        names = _names_of({claim.rule_key for claim in claims})
        for claim in claims:
            claim.rule_name = names.get(claim.rule_key, "")
        changelist.result_list = claims
        return changelist

    @display(description=_("Rule"), ordering="rule_key")
    def rule(self, claim: RuleClaim) -> str:
        name = getattr(claim, "rule_name", "")
        if not name:
            return claim.rule_key
        return format_html('{}<br><small class="text-subtle">{}</small>', name, claim.rule_key)

    @display(description=pgettext_lazy("pricing", "counts"), boolean=True)
    def is_held(self, claim: RuleClaim) -> bool:
        return claim.released_at is None


def _names_of(keys: set[str]) -> dict[str, str]:
    """Of promotions, and of the batches of vouchers."""
    vouchers = [int(key.partition(":")[2]) for key in keys if key.startswith(f"{VOUCHER}:")]
    batches = Voucher.objects.filter(pk__in=vouchers).values_list("pk", "batch__name")
    names = {key: limit.name for key, limit in limits_of(keys).items()}
    return names | {f"{VOUCHER}:{pk}": name for pk, name in batches}
