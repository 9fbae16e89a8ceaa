"""What the reader of the schema sees."""

from drf_spectacular.utils import OpenApiExample

RESOURCE = {
    "id": 7,
    "name": "web-1",
    "status": "running",
    "status_label": "运行中",
    "vendor": {"code": "sandbox", "name": "沙箱云"},
    "vendor_id": "i-1f2e3d4c5b6a79880011",
    "product": "云服务器 g7",
    "sku": {"id": 11, "code": "ecs-g7-large-bj", "name": "2 核 8 GiB 北京 包月"},
    "customer": {"id": 3, "number": "C20261122000001", "name": "示例科技有限公司"},
    "region": "cn-beijing",
    "region_name": "北京",
    "specification": {"vcpu": 2, "memory_gib": 8, "disk_gib": 40, "bandwidth_mbps": 5},
    "billing_mode": "monthly",
    "billing_mode_label": "包月",
    "public_ip": "203.0.113.17",
    "private_ip": "10.0.3.17",
    "problem": "",
    "created_at": "2026-11-22T10:00:00+08:00",
    "activated_at": "2026-11-22T10:00:05+08:00",
    "expires_at": "2026-12-22T10:00:05+08:00",
    "released_at": None,
}
RESOURCE_EXAMPLE = OpenApiExample("A running cloud server", RESOURCE, response_only=True)
DETAIL = {
    **RESOURCE,
    "order": {"id": 12, "number": "ORD20261122000012"},
    "timeline": [
        {
            "at": "2026-11-22T10:00:05+08:00",
            "verb": "resource.running",
            "label": "运行中",
            "actor": "系统",
            "note": "",
        }
    ],
}
DETAIL_EXAMPLE = OpenApiExample(
    "A cloud server and where it came from", DETAIL, response_only=True, status_codes=["200"]
)
NOT_FOUND_EXAMPLE = OpenApiExample(
    "Not there, or not yours",
    {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "core.not_found",
        "detail": "未找到。",
        "instance": "/api/v1/resources/99/",
        "request_id": "4f1c2b",
    },
    response_only=True,
    status_codes=["404"],
)
