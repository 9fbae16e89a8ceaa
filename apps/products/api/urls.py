from rest_framework.routers import SimpleRouter

from apps.products.api import views

router = SimpleRouter()
router.register("categories", views.CategoryViewSet, basename="category")
router.register("vendors", views.VendorViewSet, basename="vendor")
router.register("products", views.ProductViewSet, basename="product")
router.register("quotes", views.QuoteViewSet, basename="quote")
urlpatterns = router.urls
