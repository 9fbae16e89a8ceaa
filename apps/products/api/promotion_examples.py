from drf_spectacular.utils import OpenApiExample

COVERS = {"type": "product", "id": 3, "code": "ecs-g7", "name": "通用云服务器", "product": 3}

PROMOTION = OpenApiExample(
    "A flash sale",
    value={
        "id": 12,
        "campaign": {"id": 4, "name": "双十一", "banner": "全场云服务器 5 折起"},
        "name": "云服务器限时秒杀",
        "kind": "flash_sale",
        "kind_label": "限时秒杀",
        "summary": "5 折",
        "change": "percent",
        "rate": "0.500000",
        "amount": None,
        "per": "unit",
        "unit_price": None,
        "threshold": None,
        "steps": [],
        "repeats": False,
        "is_gift": False,
        "covers": COVERS,
        "regions": [],
        "billing_modes": ["monthly"],
        "order_types": ["new"],
        "starts_at": "2026-11-22T10:00:00+08:00",
        "ends_at": "2026-11-22T22:00:00+08:00",
        "now": "2026-11-22T20:15:30+08:00",
        "stock": 100,
        "left": 2,
        "cap_per_customer": 2,
        "cap_per_day": None,
        "cap_counts": "units",
    },
    response_only=True,
    status_codes=["200"],
)
VOUCHER_VALUE = {
    "id": 7,
    "code": "K7QM2XH4PWRT",
    "name": "新客代金券",
    "status": "available",
    "status_label": "可使用",
    "face_value": "100.00",
    "threshold": "500.00",
    "summary": "满 ¥500.00 减 ¥100.00",
    "covers": COVERS,
    "order_types": ["new"],
    "regions": [],
    "with_promotions": True,
    "with_vouchers": False,
    "received_at": "2026-11-20T09:00:00+08:00",
    "valid_from": "2026-11-20T09:00:00+08:00",
    "valid_until": "2026-12-20T09:00:00+08:00",
    "used_at": None,
    "saved": None,
}
VOUCHER = OpenApiExample(
    "A voucher", value=VOUCHER_VALUE, response_only=True, status_codes=["200", "201"]
)
CODE = OpenApiExample("A code", value={"code": "K7QM2XH4PWRT"}, request_only=True)
BASKET = OpenApiExample(
    "Two servers for three months",
    value={"lines": [{"sku": 11, "quantity": 2, "periods": 3}]},
    request_only=True,
)
FITS = OpenApiExample(
    "One can be used, one cannot",
    value={
        "best": [7],
        "vouchers": [
            {"voucher": VOUCHER_VALUE, "is_usable": True, "saves": "100.00", "reason": ""},
            {
                "voucher": {**VOUCHER_VALUE, "id": 8, "threshold": "2000.00"},
                "is_usable": False,
                "saves": "0.00",
                "reason": "还差 ¥992.00 达到使用门槛",
            },
        ],
    },
    response_only=True,
    status_codes=["200"],
)
