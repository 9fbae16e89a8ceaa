from rest_framework.routers import SimpleRouter

from apps.products.api import agreements, carts, manual_discounts, prices, promotions, views

router = SimpleRouter()
router.register("categories", views.CategoryViewSet, basename="category")
router.register("vendors", views.VendorViewSet, basename="vendor")
router.register("products", views.ProductViewSet, basename="product")
router.register("quotes", views.QuoteViewSet, basename="quote")
router.register("cart/lines", carts.CartLineViewSet, basename="cart-line")
router.register("cart", carts.CartViewSet, basename="cart")
router.register("favorites", carts.FavoriteViewSet, basename="favorite")
router.register("skus", prices.SkuViewSet, basename="sku")
router.register("price-changes", prices.PriceChangeViewSet, basename="price-change")
router.register("promotions", promotions.PromotionViewSet, basename="promotion")
router.register("vouchers", promotions.VoucherViewSet, basename="voucher")
router.register(
    "manual-discounts", manual_discounts.ManualDiscountViewSet, basename="manual-discount"
)
router.register("my-prices", agreements.MyPriceViewSet, basename="my-price")
urlpatterns = router.urls
