from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.rbac.api import views

router = SimpleRouter()
router.register("tokens", views.TokenViewSet, basename="token")
router.register("sign-ins", views.SignInViewSet, basename="sign-in")
urlpatterns = [*router.urls, path("step-up/", views.StepUpView.as_view(), name="step-up")]
