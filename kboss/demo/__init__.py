"""A company to look at: staff, customers, a year of business. Never in production."""

from typing import NamedTuple

PASSWORD = "Kboss-demo-2026"  # noqa: S105  opens the sandbox alone


class Login(NamedTuple):
    """Who can sign in to the demo. All have the same password."""

    role: str
    email: str
    password: str
    is_staff: bool


LOGINS = (
    Login("总经理 (全部权限)", "boss@kboss.example", PASSWORD, is_staff=True),
    Login("运营", "operations@kboss.example", PASSWORD, is_staff=True),
    Login("财务", "finance@kboss.example", PASSWORD, is_staff=True),
    Login("销售经理", "sales-manager@kboss.example", PASSWORD, is_staff=True),
    Login("销售", "sales@kboss.example", PASSWORD, is_staff=True),
    Login("客服", "support@kboss.example", PASSWORD, is_staff=True),
    Login("审计", "auditor@kboss.example", PASSWORD, is_staff=True),
    Login("系统管理员", "administrator@kboss.example", PASSWORD, is_staff=True),
    Login("华东渠道 (分销商)", "east@channel.example", PASSWORD, is_staff=True),
    Login("客户: 主账号", "owner@customer.example", PASSWORD, is_staff=False),
    Login("客户: 财务", "finance@customer.example", PASSWORD, is_staff=False),
)
