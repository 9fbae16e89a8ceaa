"""The admin's sidebar: groups of pages, each shown to those who may see something in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals.enums import ApprovalPerm
from apps.insights import badges
from apps.products.agreement_enums import ContractPerm

type Badge = Callable[[HttpRequest], int]


@dataclass(frozen=True)
class Page:
    """A list page of the admin: "orders.order"; `route` is another page of the same door, and
    `permission` what it needs beside the door's own."""

    model: str
    title: StrOrPromise
    icon: str
    route: str = ""
    badge: Badge | None = None
    permission: str = ""


@dataclass(frozen=True)
class Group:
    title: StrOrPromise
    pages: tuple[Page, ...]


GROUPS = (
    Group(
        _("Customers"),
        (
            Page(
                "customers.customer",
                _("Customers"),
                "apartment",
                badge=badges.customers_to_verify,
            ),
            Page("customers.contact", _("Contacts"), "contacts"),
            Page("customers.customertag", _("Customer tags"), "label"),
        ),
    ),
    Group(
        _("Products"),
        (
            Page("products.product", _("Products"), "inventory_2"),
            Page("products.sku", _("SKUs"), "memory"),
            Page("products.catalogueimport", _("Imports of sheets"), "upload_file"),
            Page("products.category", _("Categories"), "category"),
            Page("products.vendor", _("Vendors"), "factory"),
            Page("products.supplier", _("Suppliers"), "local_shipping"),
            Page("products.suppliercontact", _("Suppliers' contacts"), "contact_phone"),
            Page("products.supplieraccount", _("Suppliers' accounts"), "account_balance"),
            Page("products.greyrelease", _("Grey releases"), "gradient"),
            Page("products.taxclass", _("Tax classes"), "receipt"),
            Page("products.cloudregion", _("Regions"), "public"),
        ),
    ),
    Group(
        _("Prices"),
        (
            Page("products.price", _("Prices"), "sell"),
            Page(
                "products.pricechange",
                _("Price changes to decide"),
                "price_change",
                badge=badges.prices_to_submit,
            ),
            Page("products.priceband", _("Price bands"), "width"),
            Page("products.customerdiscount", _("Customer discounts"), "percent"),
            Page("products.priceagreement", _("Price agreements"), "contract"),
            Page("products.pricelist", _("Price lists"), "list_alt"),
            Page("products.supplierterm", _("Suppliers' terms"), "handshake"),
            Page("products.ruledryrun", _("Rule dry runs"), "science"),
            Page("products.quote", _("Quotes"), "request_quote"),
            Page(
                "products.manualdiscount",
                _("New quote for a customer"),
                "calculate",
                route="admin:products_manualdiscount_workbench",
                permission=ContractPerm.GIVE_DISCOUNT,
            ),
            Page("products.manualdiscount", _("Discounts by hand"), "edit_note"),
            Page("products.discountauthority", _("Discount authority"), "gavel"),
        ),
    ),
    Group(
        _("Promotions"),
        (
            Page("products.campaign", _("Campaigns"), "campaign"),
            Page("products.promotion", _("Promotion rules"), "bolt"),
            Page("products.voucherbatch", _("Voucher batches"), "local_activity"),
            Page("products.voucher", _("Vouchers"), "confirmation_number"),
            Page("products.voucherissue", _("Handing out of vouchers"), "outbox"),
            Page("products.ruleclaim", _("Uses of promotions"), "receipt"),
        ),
    ),
    Group(
        _("Orders"),
        (
            Page("orders.order", _("Orders"), "shopping_cart", badge=badges.orders_held),
            Page("orders.saga", _("Work on orders"), "account_tree"),
        ),
    ),
    Group(
        _("Resources"),
        (
            Page(
                "clouds.resource",
                _("Cloud resources"),
                "dns",
                badge=badges.resources_drifting,
            ),
            Page("clouds.cloudaccount", _("Cloud accounts"), "cloud"),
            Page("clouds.pricesync", _("Fetched price lists"), "cloud_download"),
            Page("clouds.subaccount", _("Sub-accounts"), "link", badge=badges.accounts_unmapped),
        ),
    ),
    Group(
        _("Finance"),
        (
            Page("billing.walletbalance", _("Wallets"), "account_balance_wallet"),
            Page("billing.recharge", _("Recharges"), "add_card"),
            Page("billing.entry", _("Ledger"), "menu_book"),
            Page("billing.account", _("Accounts"), "account_balance"),
            Page("billing.payoutstop", _("Payout stops"), "block", badge=badges.payouts_stopped),
            Page("billing.paymentnotice", _("Payment notices"), "notifications"),
            Page("billing.bill", _("Bills"), "receipt_long"),
            Page("billing.billitem", _("Bill items"), "list_alt"),
            Page("clouds.billimport", _("Vendor bills"), "upload_file"),
            Page("clouds.billperiod", _("Billing months"), "calendar_month"),
            Page("clouds.vendorbillline", _("Vendor bill lines"), "table_rows"),
            Page("clouds.usagerating", _("Rated usage"), "price_check"),
            Page("clouds.exchangerate", _("Exchange rates"), "currency_exchange"),
        ),
    ),
    Group(
        _("Approval centre"),
        (
            Page(
                "approvals.approval",
                _("Approvals to do"),
                "approval",
                badge=badges.approvals_to_do,
            ),
            Page("approvals.task", _("My decisions"), "fact_check"),
            Page("approvals.delegation", _("Stand-ins"), "supervisor_account"),
            Page(
                "approvals.approval",
                _("Waiting now"),
                "hourglass_top",
                route="admin:approvals_approval_board",
                permission=ApprovalPerm.ANALYZE,
            ),
            Page(
                "approvals.approval",
                _("Time analysis"),
                "timer",
                route="admin:approvals_approval_times",
                permission=ApprovalPerm.ANALYZE,
            ),
            Page("approvals.flowdefinition", _("Approval flows"), "schema"),
            Page(
                "approvals.flowdefinition",
                _("Simulator of flows"),
                "route",
                route="admin:approvals_flowdefinition_simulator",
            ),
            Page("approvals.calendarday", _("Holidays"), "calendar_month"),
        ),
    ),
    Group(
        _("System"),
        (
            Page("rbac.user", _("Users"), "person"),
            Page("rbac.role", _("Roles"), "badge"),
            Page(
                "rbac.role",
                _("Effective permissions"),
                "policy",
                route="admin:rbac_effective_permissions",
            ),
            Page("rbac.rolegrant", _("Role grants"), "how_to_reg", badge=badges.grants_waiting),
            Page("rbac.rolepermissionchange", _("Changes of roles"), "rule"),
            Page("rbac.department", _("Departments"), "lan"),
            Page("rbac.tenant", _("Tenants"), "corporate_fare"),
            Page("rbac.signinevent", _("Sign-ins"), "login"),
            Page("rbac.apitoken", _("API tokens"), "key"),
            Page("core.auditentry", _("Audit log"), "history"),
            Page("notifications.delivery", _("Messages sent"), "mail"),
            Page("notifications.templatetext", _("Texts of messages"), "edit_note"),
            Page("notifications.dingtalksettings", _("DingTalk"), "chat"),
            Page("notifications.dingtalkuser", _("People at DingTalk"), "person_pin"),
            Page("notifications.dingtalkdepartment", _("Departments at DingTalk"), "account_tree"),
            Page("notifications.dingtalkinstance", _("Approvals at DingTalk"), "sync_alt"),
            Page("notifications.dingtalkevent", _("DingTalk events"), "bolt"),
        ),
    ),
)


INBOX = Page("notifications.message", _("My messages"), "inbox", badge=badges.messages_unread)


@dataclass(frozen=True)
class SidebarPage:
    title: StrOrPromise
    icon: str
    link: str
    badge: int = 0
    is_open: bool = False


@dataclass(frozen=True)
class SidebarGroup:
    title: StrOrPromise
    pages: tuple[SidebarPage, ...]
    is_collapsible: bool = True

    @property
    def is_open(self) -> bool:
        return any(page.is_open for page in self.pages)

    @property
    def badge(self) -> int:
        """What waits in a group that is folded up."""
        return sum(page.badge for page in self.pages)


def sidebar(request: HttpRequest) -> list[SidebarGroup]:
    """The admin's navigation for this person: what he may not see is not there."""
    doors = {model._meta.label_lower: door for model, door in admin.site._registry.items()}
    home = SidebarPage(_("My day"), "home", reverse("admin:index"))
    has_inbox = doors[INBOX.model].has_view_permission(request)
    mine = (home, _shown(INBOX, request)) if has_inbox else (home,)
    groups = [SidebarGroup(_("Workbench"), mine, is_collapsible=False)]
    for group in GROUPS:
        pages = tuple(
            _shown(page, request)
            for page in group.pages
            if page.model in doors
            and doors[page.model].has_view_permission(request)
            and (not page.permission or request.user.has_perm(page.permission))
        )
        if pages:
            groups.append(SidebarGroup(group.title, pages))
    return _lit(groups, request.path)


def _lit(groups: list[SidebarGroup], path: str) -> list[SidebarGroup]:
    """Light the one page that the address belongs to: a page may lie below another's address."""
    home, *links = (page.link for group in groups for page in group.pages)
    longest = max((link for link in links if path.startswith(link)), key=len, default="")
    longest = home if path == home else longest
    return [
        replace(
            group,
            pages=tuple(replace(page, is_open=page.link == longest) for page in group.pages),
        )
        for group in groups
    ]


def _shown(page: Page, request: HttpRequest) -> SidebarPage:
    link = _address(page.route or f"admin:{page.model.replace('.', '_')}_changelist")
    return SidebarPage(page.title, page.icon, link, page.badge(request) if page.badge else 0)


@cache
def _address(route: str) -> str:
    """Routes do not change while a process lives, and each page of the admin asks for forty."""
    return reverse(route)
