from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.customers.api.contacts import ContactViewSet
from apps.customers.api.views import MeViewSet

router = SimpleRouter()
router.register("me/contacts", ContactViewSet, basename="contact")
urlpatterns = [
    path("me/", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("me/verification/", MeViewSet.as_view({"post": "verification"}), name="me-verification"),
    *router.urls,
]
