from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.billing.api import views

router = SimpleRouter()
router.register("recharges", views.RechargeViewSet, basename="recharge")
router.register("bills", views.BillViewSet, basename="bill")
urlpatterns = [
    path("wallet/", views.WalletViewSet.as_view({"get": "retrieve"}), name="wallet"),
    path("wallet/entries/", views.EntryViewSet.as_view({"get": "list"}), name="wallet-entries"),
    *router.urls,
]
