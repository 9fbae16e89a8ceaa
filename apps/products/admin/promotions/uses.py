from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from apps.core.modeladmin import ReadOnlyAdmin, money_column
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.products.models import RuleClaim


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
        "rule_key",
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

    @display(description=pgettext_lazy("pricing", "counts"), boolean=True)
    def is_held(self, claim: RuleClaim) -> bool:
        return claim.released_at is None
