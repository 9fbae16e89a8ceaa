from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from kboss import portal
from kboss.graph import Gateway

API_APPS = [
    "core",
    "rbac",
    "notifications",
    "approvals",
    "customers",
    "products",
    "billing",
    "clouds",
    "orders",
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("_allauth/", include("apps.rbac.api.sign_in.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    *(path("api/v1/", include(f"apps.{name}.api.urls")) for name in API_APPS),
    path("graphql/", Gateway.as_view(), name="graphql"),
    path("callbacks/", include("apps.billing.api.callbacks")),
    path("callbacks/", include("apps.notifications.api.callbacks")),
    path("", include(portal)),
]
