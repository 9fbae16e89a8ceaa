from datetime import UTC, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.core.encryption import mask_id
from apps.products.enums import (
    BillingMode,
    DiscountScope,
    PriceChangeSource,
    ProductStatus,
)
from apps.products.models import (
    AddOn,
    CartLine,
    CatalogueImport,
    Category,
    CloudRegion,
    CustomerDiscount,
    Favorite,
    GreyRelease,
    Price,
    PriceBand,
    PriceChange,
    PriceChangeBatch,
    Product,
    ProductInvitation,
    Quote,
    QuoteLine,
    Sku,
    StockReservation,
    Supplier,
    SupplierAccount,
    SupplierContact,
    TaxClass,
    TaxRate,
    Vendor,
    Zone,
)
from tests.factories.customers import CustomerFactory
from tests.factories.rbac import TenantFactory, UserFactory

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class VendorFactory(DjangoModelFactory):
    class Meta:
        model = Vendor

    code = factory.Sequence("vendor{}".format)
    name = factory.Sequence("云厂商 {}".format)


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    slug = factory.Sequence("category{}".format)
    name = factory.Sequence("品类 {}".format)


class ProductFactory(DjangoModelFactory):
    """A product on sale; `draft=True` one that never was; `grey=30` in release to 30 percent."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    class Params:
        draft = factory.Trait(status=ProductStatus.DRAFT, on_sale_at=None)
        stopped = factory.Trait(status=ProductStatus.NO_NEW_SALES, sales_stopped_at=LONG_AGO)
        in_review = factory.Trait(
            status=ProductStatus.REVIEW, submitted_at=LONG_AGO, on_sale_at=None
        )
        frozen = factory.Trait(status=ProductStatus.FROZEN, frozen_at=LONG_AGO)
        retired = factory.Trait(status=ProductStatus.RETIRED, retired_at=LONG_AGO)

    tenant = factory.SubFactory(TenantFactory)
    vendor = factory.SubFactory(VendorFactory)
    category = factory.SubFactory(CategoryFactory)
    code = factory.Sequence("product{}".format)
    name = factory.Sequence("云服务器 {}".format)
    status = ProductStatus.ON_SALE
    on_sale_at = LONG_AGO

    @factory.post_generation
    def grey(self, create: bool, extracted: int | None, **_: object) -> None:
        if extracted is not None:
            GreyReleaseFactory(product=self, percent=extracted)
            facts = {"status": ProductStatus.GREY, "grey_at": LONG_AGO, "on_sale_at": None}
            for name, value in facts.items():
                setattr(self, name, value)
            Product.objects.filter(pk=self.pk).update(**facts)


class SupplierFactory(DjangoModelFactory):
    class Meta:
        model = Supplier

    tenant = factory.SubFactory(TenantFactory)
    code = factory.Sequence("supplier{}".format)
    name = factory.Sequence("示例供应商 {}".format)


class SupplierContactFactory(DjangoModelFactory):
    class Meta:
        model = SupplierContact

    supplier = factory.SubFactory(SupplierFactory)
    name = factory.Sequence("供应商联系人 {}".format)


class SupplierAccountFactory(DjangoModelFactory):
    class Meta:
        model = SupplierAccount

    supplier = factory.SubFactory(SupplierFactory)
    holder = factory.SelfAttribute("supplier.name")
    bank = "示例银行"
    number = factory.Sequence("62220210010{:08d}".format)
    number_masked = factory.LazyAttribute(lambda account: mask_id(account.number))


class TaxClassFactory(DjangoModelFactory):
    class Meta:
        model = TaxClass

    code = factory.Sequence("30402{:014d}".format)
    name = factory.Sequence("信息系统服务 {}".format)
    short_name = "信息技术服务"


class TaxRateFactory(DjangoModelFactory):
    class Meta:
        model = TaxRate

    tax_class = factory.SubFactory(TaxClassFactory)
    rate = Decimal("0.06")
    valid_from = LONG_AGO


class CloudRegionFactory(DjangoModelFactory):
    class Meta:
        model = CloudRegion

    code = factory.Sequence("cn-region{}".format)
    name = factory.Sequence("地域 {}".format)
    name_en = factory.Sequence("Region {}".format)


class ZoneFactory(DjangoModelFactory):
    class Meta:
        model = Zone

    region = factory.SubFactory(CloudRegionFactory)
    vendor = factory.SubFactory(VendorFactory)
    code = factory.Sequence("zone-{}".format)
    name = factory.Sequence("可用区 {}".format)


class AddOnFactory(DjangoModelFactory):
    class Meta:
        model = AddOn

    product = factory.SubFactory(ProductFactory)
    sku = factory.SubFactory("tests.factories.products.SkuFactory")


class GreyReleaseFactory(DjangoModelFactory):
    class Meta:
        model = GreyRelease

    product = factory.SubFactory(ProductFactory)
    percent = 0
    started_at = LONG_AGO


class ProductInvitationFactory(DjangoModelFactory):
    class Meta:
        model = ProductInvitation

    product = factory.SubFactory(ProductFactory)


class SkuFactory(DjangoModelFactory):
    """A SKU without a price; `price="12.00"` gives it one that always was."""

    class Meta:
        model = Sku
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence("sku{}".format)
    name = factory.Sequence("2 核 4 GiB {}".format)
    specification = factory.LazyFunction(lambda: {"vcpu": 2, "memory_gib": 4})
    region = "cn-beijing"
    billing_mode = BillingMode.MONTHLY

    @factory.post_generation
    def price(self, create: bool, extracted: str | None, **_: object) -> None:
        if extracted is not None:
            PriceFactory(sku=self, unit_price=Decimal(extracted))


class PriceFactory(DjangoModelFactory):
    class Meta:
        model = Price

    sku = factory.SubFactory(SkuFactory)
    unit_price = Decimal("100.00")
    valid_from = LONG_AGO


class CatalogueImportFactory(DjangoModelFactory):
    class Meta:
        model = CatalogueImport

    tenant = factory.SubFactory(TenantFactory)
    sheet = "products"
    file_name = "products.csv"
    fingerprint = factory.Sequence("{:064d}".format)
    created_by = factory.SubFactory(UserFactory)
    created_at = LONG_AGO


class PriceBandFactory(DjangoModelFactory):
    """A band that is switched on: five percent either way."""

    class Meta:
        model = PriceBand

    vendor = factory.SubFactory(VendorFactory)
    list_up = list_down = cost_up = cost_down = Decimal(5)
    is_active = True


class PriceChangeBatchFactory(DjangoModelFactory):
    class Meta:
        model = PriceChangeBatch

    tenant = factory.SubFactory(TenantFactory)
    reason = "厂商调价"
    created_by = factory.SubFactory(UserFactory)
    created_at = LONG_AGO


class PriceChangeFactory(DjangoModelFactory):
    """A proposal of ten percent more."""

    class Meta:
        model = PriceChange

    sku = factory.SubFactory(SkuFactory, price="100.00")
    source = PriceChangeSource.VENDOR
    before_price = Decimal("100.00")
    unit_price = Decimal("110.00")
    percent = Decimal(10)
    effective_from = LONG_AGO
    proposed_at = LONG_AGO
    open_key = factory.SelfAttribute("sku.pk")


class CustomerDiscountFactory(DjangoModelFactory):
    """15 % off everything; the scope follows from a target that is given."""

    class Meta:
        model = CustomerDiscount

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence("框架折扣 {}".format)
    rate = Decimal("0.85")
    valid_from = LONG_AGO
    sku = product = category = vendor = None

    @factory.lazy_attribute
    def scope(self) -> str:
        targets = ("sku", "product", "category", "vendor")
        return next((t for t in targets if getattr(self, t) is not None), DiscountScope.ALL)


class QuoteFactory(DjangoModelFactory):
    """A quote of one line, as it lies in the database; services.create_quote makes real ones."""

    class Meta:
        model = Quote

    number = factory.Sequence("QTE20261120{:06d}".format)
    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    list_total = Decimal("100.00")
    total = Decimal("85.00")
    snapshot = '{"lines":[],"list_total":"100.00","savings":"15.00","total":"85.00"}'
    created_by = factory.SubFactory(UserFactory)
    created_at = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    expires_at = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


class QuoteLineFactory(DjangoModelFactory):
    class Meta:
        model = QuoteLine

    quote = factory.SubFactory(QuoteFactory)
    position = factory.Sequence(lambda n: n + 1)
    sku = factory.SubFactory(SkuFactory)
    quantity = 1
    periods = 1
    billing_mode = BillingMode.MONTHLY
    unit_price = Decimal("100.00")
    list_amount = Decimal("100.00")
    amount = Decimal("85.00")


class StockReservationFactory(DjangoModelFactory):
    class Meta:
        model = StockReservation

    key = factory.Sequence("order:{}:reserve".format)
    sku = factory.SubFactory(SkuFactory)
    quantity = 1
    is_counted = True


class CartLineFactory(DjangoModelFactory):
    class Meta:
        model = CartLine

    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)
    sku = factory.SubFactory(SkuFactory)
    quantity = 1
    periods = 1
    added_at = LONG_AGO


class FavoriteFactory(DjangoModelFactory):
    class Meta:
        model = Favorite

    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)
    product = factory.SubFactory(ProductFactory)
    created_at = LONG_AGO
