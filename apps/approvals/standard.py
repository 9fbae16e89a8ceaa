"""What kinds of many apps share: steps of their standard flows, and types."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.files import File

from apps.approvals.engine.conditions import Comparison, Operator
from apps.approvals.kinds import Approvers, Graph, Node

type Attachments = Sequence[File[Any]]

LARGE = Decimal(100_000)  # yuan: from here on operations look as well


def head() -> Node:
    return Node("head", "部门主管", Approvers.department_head())


def finance() -> Node:
    return Node("finance", "财务复核", Approvers.role("finance"))


def operations() -> Node:
    return Node("operations", "运营审核", Approvers.role("operations"))


def sales_manager() -> Node:
    return Node("sales-manager", "销售经理", Approvers.role("sales-manager"))


def large_amounts(field: str = "amount", least: Decimal = LARGE) -> Node:
    """Operations decide as well from `least` on."""
    return Node(
        "large",
        "大额审核",
        Approvers.role("operations"),
        condition=Comparison(field, Operator.AT_LEAST, least),
    )


def flow(*nodes: Node) -> Graph:
    return Graph(nodes)
