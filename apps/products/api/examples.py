"""What the reader of the schema sees: one server, at 85 %."""

from drf_spectacular.utils import OpenApiExample

PRODUCT = {
    "id": 1,
    "code": "ecs-g7",
    "name": "云服务器 g7",
    "summary": "通用型，第三代至强",
    "vendor": {"code": "aliyun", "name": "阿里云"},
    "category": {"slug": "compute", "name": "云服务器"},
    "price_from": "168.00",
    "billing_modes": ["monthly", "yearly"],
    "offers": [
        {"region": "cn-beijing", "billing_mode": "monthly"},
        {"region": "cn-beijing", "billing_mode": "yearly"},
    ],
}
SKU = {
    "id": 11,
    "code": "ecs-g7-large-bj",
    "name": "2 核 8 GiB 北京 包月",
    "specification": {"vcpu": 2, "memory_gib": 8, "disk_gib": 40, "bandwidth_mbps": 5},
    "specification_text": "2 vCPU · 8 GiB · 40 GiB 磁盘 · 5 Mbps",
    "region": "cn-beijing",
    "region_name": "北京",
    "billing_mode": "monthly",
    "zone": "cn-beijing-h",
    "spec_version": 1,
    "billing_mode_label": "包月",
    "is_metered": False,
    "unit_price": "168.00",
    "stock": None,
}
ADD_ON = {
    "sku": 31,
    "product": 9,
    "name": "安全加固 标准版 包月",
    "billing_mode": "monthly",
    "billing_mode_label": "包月",
    "unit_price": "99.00",
    "is_default": False,
}
LINES = [
    {
        "sku": {"id": 11, "code": "ecs-g7-large-bj", "name": "云服务器 g7 2 核 8 GiB 北京 包月"},
        "quantity": 2,
        "periods": 3,
        "billing_mode": "monthly",
        "is_metered": False,
        "unit_price": "168.00",
        "list_amount": "1008.00",
        "amount": "856.80",
        "savings": "151.20",
        "steps": [
            {
                "kind": "list",
                "name": "目录价",
                "rule": None,
                "before": "0.00",
                "after": "1008.00",
                "reason": "¥168.00 × 2 × 3（包月）",
            },
            {
                "kind": "customer_discount",
                "name": "2026 框架折扣",
                "rule": "customer-discount:7",
                "before": "1008.00",
                "after": "856.80",
                "reason": "8.5 折，适用于品类“云服务器”",
            },
        ],
        "rejected": [
            {
                "rule": "customer-discount:3",
                "name": "新客 9 折",
                "reason": "“2026 框架折扣”的范围更具体，优先生效",
            }
        ],
        "tax": "48.50",
        "margin": None,
    }
]
PRICE = {
    "list_total": "1008.00",
    "total": "856.80",
    "due_now": "856.80",
    "savings": "151.20",
    "tax": "48.50",
    "gifts": [],
    "lines": LINES,
}
QUOTE = {
    "id": 5,
    "number": "QTE20261122000005",
    "created_at": "2026-11-22T14:00:00+08:00",
    "expires_at": "2026-11-22T14:30:00+08:00",
    **PRICE,
}
UNKNOWN_SKU = {
    "type": "urn:kboss:problem:products.sku_is_unknown",
    "title": "Bad Request",
    "status": 400,
    "code": "products.sku_is_unknown",
    "detail": "没有这个在售 SKU。",
    "instance": "/api/v1/quotes/",
    "request_id": "0d6f…",
    "errors": [
        {
            "field": "lines.0.sku",
            "code": "products.sku_is_unknown",
            "detail": "没有这个在售 SKU。",
        }
    ],
}
NO_PRICE = {
    "type": "urn:kboss:problem:products.sku_has_no_price",
    "title": "Conflict",
    "status": 409,
    "code": "products.sku_has_no_price",
    "detail": "2 核 8 GiB 北京 包月 目前没有价格。",
    "instance": "/api/v1/quotes/",
    "request_id": "0d6f…",
}

FACETS = {
    "count": 12,
    "category": [{"value": "compute", "label": "云服务器", "count": 12}],
    "vendor": [
        {"value": "aliyun", "label": "阿里云", "count": 7},
        {"value": "baidu", "label": "百度智能云", "count": 5},
    ],
    "region": [{"value": "cn-beijing", "label": "北京", "count": 9}],
    "billing_mode": [
        {"value": "hourly", "label": "按小时", "count": 4},
        {"value": "monthly", "label": "包月", "count": 12},
    ],
    "compute_kind": [],
    "gpu_model": [{"value": "NVIDIA A100", "label": "NVIDIA A100", "count": 2}],
    "price": [
        {"low": "0.00", "high": "100.00", "count": 3},
        {"low": "50000.00", "high": None, "count": 1},
    ],
}
SUGGESTIONS = [{name: PRODUCT[name] for name in ("id", "code", "name", "vendor", "category")}]
FACETS_EXAMPLE = OpenApiExample("Facets of a search", value=FACETS, response_only=True)
SUGGESTIONS_EXAMPLE = OpenApiExample("Suggestions", value=SUGGESTIONS, response_only=True)
PRODUCT_EXAMPLE = OpenApiExample("A product", value=PRODUCT, response_only=True)
PRODUCT_DETAIL_EXAMPLE = OpenApiExample(
    "A product with its SKUs",
    value={
        **PRODUCT,
        "description": "……",
        "tax_rate": "0.06",
        "tax_code": "3040203010000000000",
        "skus": [SKU],
        "add_ons": [ADD_ON],
    },
    response_only=True,
)
QUOTE_IN_EXAMPLE = OpenApiExample(
    "Two servers for three months",
    value={"lines": [{"sku": 11, "quantity": 2, "periods": 3}], "voucher_ids": [7]},
    request_only=True,
)
QUOTE_EXAMPLE = OpenApiExample(
    "A quote", value=QUOTE, response_only=True, status_codes=["200", "201"]
)
PRICE_EXAMPLE = OpenApiExample("A price", value=PRICE, response_only=True, status_codes=["200"])
UNKNOWN_SKU_EXAMPLE = OpenApiExample(
    "Unknown SKU", value=UNKNOWN_SKU, response_only=True, status_codes=["400"]
)
NO_PRICE_EXAMPLE = OpenApiExample(
    "No price", value=NO_PRICE, response_only=True, status_codes=["409"]
)
