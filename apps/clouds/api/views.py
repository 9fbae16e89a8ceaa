from drf_spectacular.utils import extend_schema, extend_schema_view

from apps.clouds.api import examples
from apps.clouds.api.filters import ResourceFilter
from apps.clouds.api.serializers import ResourceDetailOut, ResourceOut
from apps.clouds.models import Resource
from apps.core.drf import ScopedReadOnlyViewSet
from apps.core.schema import problems


@extend_schema_view(
    list=extend_schema(
        summary="Cloud resources",
        description=(
            "Everything that your customers have at every cloud, the newest first. A resource "
            "being created has neither an address nor a cloud's id yet."
        ),
        examples=[examples.RESOURCE_EXAMPLE],
    ),
    retrieve=extend_schema(
        summary="One cloud resource",
        responses={
            200: ResourceDetailOut,
            **problems(_404="There is no such resource, or it is not yours."),
        },
        examples=[examples.DETAIL_EXAMPLE, examples.NOT_FOUND_EXAMPLE],
    ),
)
class ResourceViewSet(ScopedReadOnlyViewSet):
    """All clouds on one board."""

    queryset = Resource.objects.with_product().order_by("-pk")
    serializer_class = ResourceOut
    filterset_class = ResourceFilter

    def get_serializer_class(self) -> type[ResourceOut]:
        return ResourceOut if self.action == "list" else ResourceDetailOut
