from drf_spectacular.utils import OpenApiExample

WALLET = OpenApiExample(
    "A wallet with a gift and a credit line",
    value={
        "cash": "880.00",
        "gift": "100.00",
        "credit_limit": "5000.00",
        "frozen": "0.00",
        "owed": "0.00",
        "available": "5980.00",
        "currency": "CNY",
        "why": {
            "available": [
                {"label": "赠送金额（优先使用）", "amount": "100.00"},
                {"label": "现金", "amount": "880.00"},
                {"label": "未使用的信用额度", "amount": "5000.00"},
            ]
        },
    },
    response_only=True,
)
ENTRY = OpenApiExample(
    "A purchase",
    value={
        "id": 1042,
        "number": "E0000001042",
        "kind": "purchase",
        "kind_label": "消费",
        "amount": "-120.00",
        "balance": "860.00",
        "posted_at": "2026-11-22T14:05:00+08:00",
        "source": {"label": "订单", "number": "ORD20261122000007"},
        "note": "ORD20261122000007",
    },
    response_only=True,
)
RECHARGE_IN = OpenApiExample(
    "500 yuan by Alipay", value={"amount": "500.00", "channel": "alipay"}, request_only=True
)
RECHARGE = OpenApiExample(
    "Waiting for payment",
    value={
        "id": 12,
        "number": "REC20261122000012",
        "amount": "500.00",
        "status": "created",
        "status_label": "待支付",
        "channel": "alipay",
        "channel_label": "支付宝",
        "pay_url": "https://openapi.alipay.com/gateway.do?app_id=…&sign=…",
        "qr_svg": "<svg …></svg>",
        "created_at": "2026-11-22T14:00:00+08:00",
        "expires_at": "2026-11-22T14:30:00+08:00",
        "paid_at": None,
    },
    response_only=True,
    status_codes=["200", "201"],
)
OUT_OF_RANGE = OpenApiExample(
    "Too small",
    value={
        "type": "urn:kboss:problem:billing.recharge_is_out_of_range",
        "title": "Bad Request",
        "status": 400,
        "code": "billing.recharge_is_out_of_range",
        "detail": "单笔充值不少于 ¥1.00，不超过 ¥1,000,000.00。",
        "instance": "/api/v1/recharges/",
        "request_id": "",
    },
    response_only=True,
    status_codes=["400"],
)
BILL = OpenApiExample(
    "A paid bill",
    value={
        "id": 3,
        "number": "BIL20261101000003",
        "month": "2026-10",
        "status": "paid",
        "status_label": "已付清",
        "list_total": "361.25",
        "total": "308.51",
        "owed": "0.00",
        "items_count": 42,
        "revision": 1,
        "issued_at": "2026-11-01T02:00:00+08:00",
        "paid_at": "2026-11-01T02:00:00+08:00",
        "by_product": [{"product": "ecs", "name": "云服务器 ECS", "amount": "308.51"}],
    },
    response_only=True,
)
ITEM = OpenApiExample(
    "A line of usage",
    value={
        "id": 9,
        "product": "ecs",
        "product_name": "云服务器 ECS",
        "resource": "i-bp1a2b3c",
        "region": "cn-hangzhou",
        "list_cost": "10.123456789012",
        "payable": "8.604938270660",
        "is_adjustment": False,
        "reason": "use",
        "reason_label": "本月用量",
        "used_in": "2026-10",
        "project": "",
        "explanation": ["云服务器框架价: 目录价的 92 %，适用于 类别“云服务器”"],
    },
    response_only=True,
)
