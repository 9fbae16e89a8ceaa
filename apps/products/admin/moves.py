"""The moves of a product on the shelf: buttons of its page and actions of the list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import IllegalTransition
from apps.products import services
from apps.products.admin.bases import service_button
from apps.products.enums import PRODUCT_FLOW, ProductStatus
from apps.products.errors import GreyReleaseIsMissing, ListingNeedsReview
from apps.products.models import GreyRelease, Product


@dataclass(frozen=True)
class Move:
    """`is_rare`: the button is there only when it can be pressed. `start` narrows the flow."""

    label: Any
    service: Callable[..., Any]
    to: ProductStatus
    icon: str
    is_rare: bool = False
    start: frozenset[ProductStatus] = frozenset(ProductStatus)

    @property
    def button(self) -> str:
        return f"{self.service.__name__}_button"

    def as_button(self) -> Callable[..., None]:
        return service_button(
            self.label, self.service, arg="product", permission="publish", icon=self.icon
        )

    def why_not(self, product: Product) -> str:
        """The reason why there is no such move for this product now; "" if there is."""
        current = ProductStatus(product.status)
        if current not in self.start or not PRODUCT_FLOW.may(current, self.to):
            names = {"current": current.label, "to": self.to.label}
            return str(IllegalTransition(thing=product, **names))
        if self.to == ProductStatus.ON_SALE and not product.was_released:
            return str(ListingNeedsReview(product=product))
        if self.to == ProductStatus.GREY and not _was_grey(product):
            return str(GreyReleaseIsMissing(product=product))
        return ""


def _was_grey(product: Product) -> bool:
    return GreyRelease.objects.filter(product=product).exists()


SOLD = frozenset({ProductStatus.ON_SALE, ProductStatus.GREY})
PUBLISH = Move(
    _("Put on the shelf again"), services.resume_sales, ProductStatus.ON_SALE, "storefront"
)
STOP = Move(
    _("Stop new sales"), services.stop_sales, ProductStatus.NO_NEW_SALES, "block", start=SOLD
)
RETIRE = Move(_("Retire"), services.retire_product, ProductStatus.RETIRED, "archive")
FREEZE = Move(_("Freeze"), services.freeze_product, ProductStatus.FROZEN, "ac_unit", is_rare=True)
THAW = Move(
    _("Thaw"),
    services.thaw_product,
    ProductStatus.NO_NEW_SALES,
    "sunny",
    is_rare=True,
    start=frozenset({ProductStatus.FROZEN}),
)
ROLL_BACK = Move(
    _("Roll the grey release back"),
    services.roll_back_grey_release,
    ProductStatus.NO_NEW_SALES,
    "undo",
    is_rare=True,
    start=frozenset({ProductStatus.GREY}),
)
GO_ON = Move(
    _("Go on with the grey release"),
    services.resume_grey_release,
    ProductStatus.GREY,
    "redo",
    is_rare=True,
    start=frozenset({ProductStatus.NO_NEW_SALES}),
)
MOVES = (PUBLISH, STOP, FREEZE, THAW, ROLL_BACK, GO_ON, RETIRE)
BY_BUTTON = {move.button: move for move in MOVES}
