from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.notifications.api.live import LiveView
from apps.notifications.api.views import MessageViewSet, PreferencesViewSet

router = SimpleRouter()
router.register("me/messages", MessageViewSet, basename="message")
urlpatterns = [
    *router.urls,
    path(
        "me/notification-preferences/",
        PreferencesViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="notification-preferences",
    ),
    path("live/", LiveView.as_view(), name="live"),
]
