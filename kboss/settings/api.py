"""REST framework and its schema."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.rbac.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.renderers.ProblemRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.core.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": 1,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Kboss API",
    "DESCRIPTION": "Catalogue, quotes, orders, resources, wallet and bills of a cloud reseller.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "ENUM_NAME_OVERRIDES": {
        "ApprovalStatusEnum": "apps.approvals.enums.ApprovalStatus",
        "ApprovalStepStatusEnum": "apps.approvals.enums.StepStatus",
        "LineReasonEnum": "apps.billing.enums.LineReason",
        "MessageChannelEnum": "apps.notifications.enums.Channel",
        "OutgoingChannelEnum": "apps.notifications.enums.OUTGOING_CHOICES",
        "RechargeChannelEnum": "apps.billing.enums.Channel",
        "RechargeStatusEnum": "apps.billing.enums.RechargeStatus",
        "BillStatusEnum": "apps.billing.enums.BillStatus",
        "ResourceStatusEnum": "apps.clouds.enums.ResourceStatus",
        "OrderStatusEnum": "apps.orders.enums.OrderStatus",
    },
}
