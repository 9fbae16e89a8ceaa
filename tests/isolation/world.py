"""One row of everything, owned by one tenant, that another tenant must never see (S1).

A new admin page or API route fails the isolation tests until its row is listed here.
"""

from collections.abc import Callable

from django.db.models import Model

from apps.approvals.models import FlowDefinition
from apps.billing.enums import Channel, NoticeOutcome
from apps.billing.models import Entry, PaymentNotice
from apps.core import audit
from apps.customers.models import Customer
from apps.notifications.models import DingtalkSettings
from apps.orders.models import Order, OrderLine, Saga
from tests.factories import (
    agreements,
    approvals,
    billing,
    bills,
    clouds,
    dingtalk,
    notifications,
    products,
    promotions,
    rbac,
)
from tests.factories.customers import ContactFactory, CustomerFactory, CustomerTagFactory

CANARY = "机密甲"  # in the name of whatever the victim owns
KIND = "billing.credit_limit"  # any kind of approval that an app has

# The catalogue and the standard vocabulary are meant to be read down the tenant tree.
SHARED = {
    "approvals.CalendarDay",
    "products.Vendor",
    "products.TaxClass",
    "products.CloudRegion",
    "products.Category",
    "products.Product",
    "products.Sku",
    "products.Price",
    "rbac.Role",
}
# Words of a tenant, which all its staff use, whatever their data scope.
VOCABULARY = {"customers.CustomerTag"}
# The library's own pages: only a superuser gets there, and they name no business row.
FOREIGN = {
    "django_celery_beat.ClockedSchedule",
    "django_celery_beat.CrontabSchedule",
    "django_celery_beat.IntervalSchedule",
    "django_celery_beat.PeriodicTask",
    "django_celery_beat.SolarSchedule",
}

type Maker = Callable[[Customer], Model]


def victim(tenant: object) -> Customer:
    """The customer whose rows are the canaries."""
    return CustomerFactory(tenant=tenant, name=f"{CANARY}有限公司", verified=True)


def order(customer: Customer) -> Order:
    quote = products.QuoteLineFactory(quote__customer=customer).quote
    row = Order.objects.create(
        number=f"ORD{CANARY}{quote.pk}",
        tenant=customer.tenant,
        customer=customer,
        quote=quote,
        list_total=quote.list_total,
        total=quote.total,
        placed_by=quote.created_by,
        placed_at=quote.created_at,
    )
    line = quote.lines.get()
    OrderLine.objects.create(
        order=row,
        position=1,
        sku=line.sku,
        name=CANARY,
        quantity=1,
        periods=1,
        billing_mode=line.billing_mode,
        list_amount=line.list_amount,
        amount=line.amount,
    )
    return row


def saga(customer: Customer) -> Saga:
    placed = order(customer)
    return Saga.objects.create(order=placed, started_at=placed.placed_at)


def audit_entry(customer: Customer) -> Model:
    return audit.record(actor=None, verb="customer.tested", thing=customer)


def entry(customer: Customer) -> Model:
    billing.fund(customer, "10.00")
    return Entry.objects.latest("pk")


def notice(customer: Customer) -> Model:
    return PaymentNotice.objects.create(
        provider=Channel.ALIPAY,
        event="canary",
        recharge=billing.RechargeFactory(customer=customer),
        outcome=NoticeOutcome.REFUSED,
        reason=CANARY,
        received_at=bills.MOMENT,
    )


def of_tenant(factory: Callable[..., Model], **facts: object) -> Maker:
    return lambda customer: factory(tenant=customer.tenant, **facts)


def of_user(factory: Callable[..., Model], **facts: object) -> Maker:
    def make(customer: Customer) -> Model:
        user = rbac.StaffFactory(tenant=customer.tenant, display_name=CANARY)
        return factory(user=user, **facts)

    return make


def dingtalk_settings(customer: Customer) -> Model:
    return DingtalkSettings.objects.filter(
        tenant=customer.tenant
    ).first() or dingtalk.DingtalkSettingsFactory(tenant=customer.tenant, agent_id=CANARY)


def product(customer: Customer) -> Model:
    return products.ProductFactory(tenant=customer.tenant)


def approval_flow(customer: Customer) -> Model:
    found = FlowDefinition.objects.filter(tenant=customer.tenant).first()
    return found or approvals.FlowDefinitionFactory(kind=KIND, tenant=customer.tenant)


def approval(customer: Customer) -> Model:
    flow = approval_flow(customer)
    version = flow.versions.first() or approvals.FlowVersionFactory(definition=flow)
    return approvals.ApprovalFactory(
        kind=KIND,
        tenant=customer.tenant,
        customer_id=customer.pk,
        title=f"{CANARY}的申请",
        version=version,
    )


def approval_task(customer: Customer) -> Model:
    asked = approval(customer)
    return approvals.TaskFactory(step__approval=asked, approval=asked)


WORLD: dict[str, Maker] = {
    "approvals.Approval": approval,
    "approvals.CalendarDay": lambda c: approvals.CalendarDayFactory(),
    "approvals.Delegation": lambda c: approvals.DelegationFactory(
        person__tenant=c.tenant, person__display_name=CANARY, stand_in__tenant=c.tenant
    ),
    "approvals.FlowDefinition": approval_flow,
    "approvals.Task": approval_task,
    "billing.Account": lambda c: entry(c).transfers.first().credit,
    "billing.Bill": lambda c: billing.bill(c, "10.00"),
    "billing.BillItem": lambda c: billing.bill(c, "10.00").items.get(),
    "billing.Entry": entry,
    "billing.PaymentNotice": notice,
    "billing.PayoutStop": lambda c: billing.PayoutStopFactory(findings=[CANARY]),
    "billing.Recharge": lambda c: billing.RechargeFactory(customer=c),
    "billing.WalletBalance": lambda c: billing.WalletBalanceFactory(customer=c),
    "clouds.BillImport": of_tenant(bills.BillImportFactory, file_name=f"{CANARY}.csv"),
    "clouds.BillPeriod": of_tenant(bills.BillPeriodFactory, billing_account_id=CANARY),
    "clouds.CloudAccount": of_tenant(clouds.CloudAccountFactory, name=CANARY),
    "clouds.PriceSync": of_tenant(clouds.PriceSyncFactory, problem=CANARY),
    "clouds.ExchangeRate": of_tenant(bills.ExchangeRateFactory, source=CANARY),
    "clouds.Resource": lambda c: clouds.ResourceFactory(customer=c, name=CANARY),
    "clouds.SubAccount": lambda c: bills.SubAccountFactory(tenant=c.tenant, customer=c),
    "clouds.UsageRating": lambda c: bills.UsageRatingFactory(customer=c),
    "clouds.VendorBillLine": of_tenant(bills.VendorBillLineFactory, resource_id=CANARY),
    "core.AuditEntry": audit_entry,
    "customers.Contact": lambda c: ContactFactory(customer=c, name=CANARY),
    "customers.Customer": lambda c: c,
    "customers.CustomerTag": of_tenant(CustomerTagFactory, name=CANARY),
    "notifications.Delivery": of_tenant(notifications.DeliveryFactory, subject=CANARY),
    "notifications.Message": of_user(notifications.MessageFactory, subject=CANARY),
    "notifications.TemplateText": lambda c: notifications.TemplateTextFactory(subject=CANARY),
    "notifications.DingtalkDepartment": lambda c: dingtalk.DingtalkDepartmentFactory(
        settings=dingtalk_settings(c),
        department=rbac.DepartmentFactory(tenant=c.tenant, name=CANARY),
    ),
    "notifications.DingtalkEvent": lambda c: dingtalk.DingtalkEventFactory(
        settings=dingtalk_settings(c), process_instance_id=CANARY
    ),
    "notifications.DingtalkInstance": lambda c: dingtalk.DingtalkInstanceFactory(
        settings=dingtalk_settings(c), number=CANARY
    ),
    "notifications.DingtalkSettings": lambda c: dingtalk_settings(c),
    "notifications.DingtalkUser": lambda c: dingtalk.DingtalkUserFactory(
        settings=dingtalk_settings(c), userid=CANARY
    ),
    "orders.Order": order,
    "orders.Saga": saga,
    "products.CatalogueImport": lambda c: products.CatalogueImportFactory(
        tenant=c.tenant, file_name=CANARY
    ),
    "products.Category": lambda c: products.CategoryFactory(),
    "products.CustomerDiscount": lambda c: products.CustomerDiscountFactory(customer=c),
    "products.Price": lambda c: products.PriceFactory(sku__product=product(c)),
    "products.PriceBand": lambda c: products.PriceBandFactory(),
    "products.PriceChange": lambda c: products.PriceChangeFactory(
        sku__product=product(c), reason=CANARY
    ),
    "products.DiscountAuthority": lambda c: agreements.DiscountAuthorityFactory(
        tenant=c.tenant, role__name=CANARY
    ),
    "products.ManualDiscount": lambda c: agreements.ManualDiscountFactory(
        customer=c, reason=CANARY
    ),
    "products.PriceAgreement": lambda c: agreements.PriceAgreementFactory(
        customer=c, in_force=True, name=CANARY
    ),
    "products.Product": product,
    "products.Campaign": lambda c: promotions.CampaignFactory(tenant=c.tenant, name=CANARY),
    "products.Promotion": lambda c: promotions.PromotionFactory(
        campaign__tenant=c.tenant, name=CANARY, customers=[c]
    ),
    "products.RuleClaim": lambda c: promotions.RuleClaimFactory(customer=c, rule_key=CANARY),
    "products.Voucher": lambda c: promotions.VoucherFactory(customer=c, code=CANARY),
    "products.VoucherBatch": lambda c: promotions.VoucherBatchFactory(tenant=c.tenant, name=CANARY),
    "products.VoucherIssue": lambda c: promotions.VoucherIssueFactory(
        batch__tenant=c.tenant, problem=CANARY
    ),
    "products.PriceList": of_tenant(agreements.PriceListFactory, name=CANARY),
    "products.SupplierTerm": of_tenant(agreements.SupplierTermFactory, name=CANARY),
    "products.RuleDryRun": of_tenant(agreements.RuleDryRunFactory, subject_name=CANARY),
    "products.Quote": lambda c: products.QuoteFactory(customer=c),
    "products.Sku": lambda c: products.SkuFactory(product=product(c)),
    "products.StockReservation": lambda c: products.StockReservationFactory(
        sku__product=product(c)
    ),
    "products.CloudRegion": lambda c: products.CloudRegionFactory(),
    "products.GreyRelease": lambda c: products.GreyReleaseFactory(product=product(c)),
    "products.Supplier": of_tenant(products.SupplierFactory, name=CANARY),
    "products.SupplierContact": lambda c: products.SupplierContactFactory(
        supplier__tenant=c.tenant, name=CANARY
    ),
    "products.SupplierAccount": lambda c: products.SupplierAccountFactory(
        supplier__tenant=c.tenant, supplier__name=CANARY
    ),
    "products.TaxClass": lambda c: products.TaxClassFactory(),
    "products.Vendor": lambda c: products.VendorFactory(),
    "rbac.ApiToken": of_user(rbac.ApiTokenFactory),
    "rbac.Department": of_tenant(rbac.DepartmentFactory, name=CANARY),
    "rbac.KnownDevice": of_user(rbac.KnownDeviceFactory),
    "rbac.Role": of_tenant(rbac.RoleFactory, name=CANARY),
    "rbac.RoleGrant": of_user(rbac.RoleGrantFactory),
    "rbac.RolePermissionChange": lambda c: rbac.RolePermissionChangeFactory(
        role=rbac.RoleFactory(tenant=c.tenant, name=CANARY)
    ),
    "rbac.SignInEvent": of_user(rbac.SignInEventFactory),
    "rbac.Tenant": lambda c: c.tenant,
    "rbac.User": of_tenant(rbac.StaffFactory, display_name=CANARY),
}

# Rows of the API alone: people's own, for which the admin has no page.
PERSONAL: dict[str, Maker] = {
    "products.CartLine": lambda c: products.CartLineFactory(customer=c, sku__product=product(c)),
    "products.Favorite": lambda c: products.FavoriteFactory(customer=c, product=product(c)),
}
