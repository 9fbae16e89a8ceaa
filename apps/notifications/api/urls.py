from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.notifications.api.live import LiveView

router = SimpleRouter()
urlpatterns = [*router.urls, path("live/", LiveView.as_view(), name="live")]
