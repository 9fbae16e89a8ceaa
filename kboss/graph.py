"""The GraphQL gateway: what the apps let be read, as one schema."""

from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry_django.optimizer import DjangoOptimizerExtension

from apps.billing.api.graph import BillQuery
from apps.clouds.api.graph import ResourceQuery
from apps.core.graph.limits import Limits
from apps.core.graph.rows import YUAN, Yuan
from apps.core.graph.views import Graph, GraphView
from apps.orders.api.graph import OrderQuery
from apps.products.api.graph import CatalogueQuery

graph = Graph(
    query=merge_types("Query", (CatalogueQuery, OrderQuery, ResourceQuery, BillQuery)),
    config=StrawberryConfig(scalar_map={Yuan: YUAN}),
    extensions=[
        Limits,
        # Without `.only()`: labels and texts are made of columns that no query names.
        lambda: DjangoOptimizerExtension(enable_only_optimization=False),
    ],
)


class Gateway(GraphView):
    graph = graph
