from rest_framework.routers import SimpleRouter

from apps.approvals.api.views import ApprovalViewSet, DelegationViewSet, KindViewSet

router = SimpleRouter()
router.register("approvals", ApprovalViewSet, basename="approval")
router.register("approval-kinds", KindViewSet, basename="approval-kind")
router.register("delegations", DelegationViewSet, basename="delegation")
urlpatterns = router.urls
