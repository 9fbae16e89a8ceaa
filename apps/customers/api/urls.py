from django.urls import path

from apps.customers.api.views import MeViewSet

urlpatterns = [
    path("me/", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    path("me/verification/", MeViewSet.as_view({"post": "verification"}), name="me-verification"),
]
