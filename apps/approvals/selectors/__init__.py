from apps.approvals.selectors.boxes import (
    copied_to,
    current_nodes,
    decided_by,
    started_by,
    todo,
    todo_count,
    visible,
)
from apps.approvals.selectors.decision import (
    Decision,
    card_of,
    chain_of,
    decision,
    is_chain_whole,
    last_approved,
)
from apps.approvals.selectors.flows import flow_of
from apps.approvals.selectors.simulation import SimulatedNode, simulate
from apps.approvals.selectors.times import kind_label, time_statistics, waiting_now
from apps.approvals.selectors.turns import turn_of

__all__ = [
    "Decision",
    "SimulatedNode",
    "card_of",
    "chain_of",
    "copied_to",
    "current_nodes",
    "decided_by",
    "decision",
    "flow_of",
    "is_chain_whole",
    "kind_label",
    "last_approved",
    "simulate",
    "started_by",
    "time_statistics",
    "todo",
    "todo_count",
    "turn_of",
    "visible",
    "waiting_now",
]
