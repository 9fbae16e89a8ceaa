"""What answers look like, for the API's description."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.core.schema import problems

REFUSALS = problems(
    _400="The body or the Idempotency-Key is malformed or missing, or a reason is.",
    _403="It does not wait for the caller, or is somebody else's request.",
    _404="There is no such approval, or the caller may not read it.",
    _409="Somebody was faster, or it is decided already.",
    _422="The Idempotency-Key was used for another request.",
)

_BRIEF: dict[str, Any] = {
    "id": 12,
    "number": "XY20261122000012",
    "kind": "billing.credit_limit",
    "kind_label": "额度提升",
    "title": "观澜数据有限公司 信用额度提升到 ¥200,000.00",
    "status": "running",
    "status_label": "审批中",
    "applicant": "冯溪",
    "current_step": "财务复核",
    "holders": ["郑宁"],
    "started_at": "2026-11-22T14:05:00+08:00",
    "finished_at": None,
}
LISTED = OpenApiExample("Waits for finance", value=_BRIEF, response_only=True)
APPROVAL = OpenApiExample(
    "Waits for finance, with everything",
    value={
        **_BRIEF,
        "form": [{"name": "amount", "label": "新额度", "text": "¥200,000.00"}],
        "warnings": ["客户有 1 张账单逾期。"],
        "steps": [
            {
                "key": "head",
                "name": "部门负责人",
                "status": "approved",
                "status_label": "已同意",
                "people": ["王川"],
                "reason": "部门负责人，第 1 级。",
            },
            {
                "key": "finance",
                "name": "财务复核",
                "status": "open",
                "status_label": "审批中",
                "people": ["郑宁"],
                "reason": "拥有角色“财务”的人员。",
            },
        ],
        "timeline": [
            {
                "at": "2026-11-22T14:05:00+08:00",
                "verb": "submit",
                "label": "提交",
                "actor": "冯溪",
                "on_behalf_of": "",
                "note": "",
            }
        ],
        "comments": [],
        "attachments": [],
        "verbs": [{"verb": "approve", "is_allowed": True, "reason": ""}],
    },
    response_only=True,
    status_codes=["200"],
)
DECIDED = OpenApiExample(
    "It goes on to the next step",
    value={
        "id": 12,
        "number": "XY20261122000012",
        "status": "running",
        "status_label": "审批中",
    },
    response_only=True,
    status_codes=["200"],
)
PATH = OpenApiExample(
    "Two steps, one of them skipped",
    value={
        "steps": [
            {
                "key": "head",
                "name": "部门负责人",
                "outcome": "asked",
                "mode": "any",
                "people": ["王川"],
                "reasons": ["总是需要。"],
            },
            {
                "key": "boss",
                "name": "总经理",
                "outcome": "skipped",
                "mode": "any",
                "people": [],
                "reasons": ["条件不满足。"],
            },
        ]
    },
    response_only=True,
    status_codes=["200"],
)
KIND = OpenApiExample(
    "A credit limit",
    value={
        "code": "billing.credit_limit",
        "label": "额度提升",
        "fields": [
            {
                "name": "amount",
                "label": "新额度",
                "type": "money",
                "choices": [],
                "is_required": True,
                "is_condition": True,
            }
        ],
        "involves_money": True,
        "allows_bulk": False,
        "intro": "",
        "asks": [
            {
                "name": "amount",
                "label": "新的信用额度",
                "help": "目前为 ¥0.00。",
                "type": "money",
                "choices": [],
                "is_required": True,
                "max_length": None,
                "initial": "",
            }
        ],
    },
    response_only=True,
)
ASK = OpenApiExample(
    "Another credit limit",
    value={
        "kind": "billing.credit_limit",
        "form": {"amount": "200000.00", "reason": "双十一备货"},
        "attachments": [],
    },
    request_only=True,
)
STAND_IN = OpenApiExample(
    "A week off",
    value={
        "id": 3,
        "person": "郑宁",
        "stand_in": "周岚",
        "starts_at": "2026-12-01T00:00:00+08:00",
        "ends_at": "2026-12-08T00:00:00+08:00",
        "kinds": [],
        "reason": "年假",
        "ended_at": None,
    },
    response_only=True,
)
