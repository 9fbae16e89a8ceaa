"""Two servers, for which sales take ten percent more off by hand."""

from drf_spectacular.utils import OpenApiExample

from apps.products.api import examples

_LINES = [{"sku": 11, "quantity": 2, "periods": 3, "percent": "90"}]
_BASKET = {"customer": 3, "lines": _LINES}
_PROBLEM = {"title": "Conflict", "status": 409, "request_id": "0d6f…"}

ASKED = OpenApiExample(
    "Ten percent off by hand",
    value={**_BASKET, "project": "", "reason": "续签前的让利"},
    request_only=True,
)
QUOTED = OpenApiExample("The quote", value=examples.QUOTE, response_only=True, status_codes=["201"])
BEYOND = OpenApiExample(
    "Beyond authority",
    value={
        **_PROBLEM,
        "type": "urn:kboss:problem:products.discount_is_beyond_authority",
        "code": "products.discount_is_beyond_authority",
        "detail": "折扣超出您的权限。2 核 8 GiB：目录价的 76.50 %；销售最低可到 80 %。",
        "instance": "/api/v1/manual-discounts/",
    },
    response_only=True,
    status_codes=["409"],
)
LOOKED_AT = OpenApiExample(
    "Ten percent off", value={**_BASKET, "rule": "promotion:12"}, request_only=True
)
LOOK = OpenApiExample(
    "Within authority",
    value={
        "list_total": "1008.00",
        "before": "856.80",
        "total": "771.12",
        "is_within_authority": True,
        "verdicts": [
            {"line": 0, "off": "85.68", "share": "76.50", "is_within": True, "reasons": []}
        ],
        "why": [{"line": 0, "applies": False, "reason": "不适用于该地域"}],
    },
    response_only=True,
    status_codes=["200"],
)
REQUESTED = OpenApiExample(
    "Half the price",
    value={
        "customer": 3,
        "lines": [{"sku": 11, "quantity": 2, "periods": 3, "percent": "50"}],
        "reason": "战略客户首单",
    },
    request_only=True,
)
RUNNING = OpenApiExample(
    "The approval",
    value={
        "id": 41,
        "number": "DSC20261122000041",
        "kind": "products.special_discount",
        "status": "running",
        "status_label": "审批中",
    },
    response_only=True,
    status_codes=["201"],
)
WITHIN = OpenApiExample(
    "Within authority",
    value={
        **_PROBLEM,
        "type": "urn:kboss:problem:products.discount_is_within_authority",
        "code": "products.discount_is_within_authority",
        "detail": "折扣在您的权限之内：直接报价即可。",
        "instance": "/api/v1/manual-discounts/requests/",
    },
    response_only=True,
    status_codes=["409"],
)
GIVEN = OpenApiExample(
    "Ten percent off",
    value={
        "id": 9,
        "customer": "杭州云启科技有限公司",
        "quote": "QTE20261122000005",
        "sku": {"id": 11, "code": "ecs-g7-large-bj", "name": "2 核 8 GiB 北京 包月"},
        "list_amount": "1008.00",
        "before": "856.80",
        "amount": "771.12",
        "off": "85.68",
        "reason": "续签前的让利",
        "given_by": "王销售",
        "given_at": "2026-11-22T14:00:00+08:00",
    },
    response_only=True,
    status_codes=["200"],
)
