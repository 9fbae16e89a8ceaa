from collections.abc import Iterator

import pytest

from apps.approvals import kinds, services
from apps.rbac.models import User
from tests.factories.approvals import MONDAY, approver
from tests.factories.dingtalk import DingtalkProcessFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.fixtures.dingtalk import control, give_dingtalk


@pytest.fixture(autouse=True)
def _known_kinds() -> Iterator[None]:
    """Kinds that a test registers go with it."""
    before = dict(kinds._kinds)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def people(platform, roles) -> dict[str, User]:
    """An office: Zhao asks, Qian is his superior, Sun is Qian's; Li and Zhou decide too; Wu is the
    administrator of last resort."""
    sun = approver("孙总", tenant=platform)
    qian = approver("钱经理", tenant=platform, superior=sun)
    zhao = approver("赵员工", tenant=platform, superior=qian)
    wu = give_role(StaffFactory(display_name="吴管理", tenant=platform), "administrator")
    li, zhou = (approver(name, tenant=platform, superior=sun) for name in ("李会计", "周会计"))
    return {"zhao": zhao, "qian": qian, "sun": sun, "li": li, "zhou": zhou, "wu": wu}


@pytest.fixture
def agree(people):
    """`agree(approval, "li")`: Li agrees."""

    def act(approval, name, **more):
        return services.approve(approval=approval, actor=people[name], now=MONDAY, **more)

    return act


@pytest.fixture
def office(people, dingtalk_server, dingtalk_settings):
    """Everybody but Zhou has DingTalk, and refunds have a form there."""
    give_dingtalk(
        dingtalk_settings, dingtalk_server, *(people[n] for n in ("zhao", "qian", "sun", "li"))
    )
    DingtalkProcessFactory(settings=dingtalk_settings, kind="tests.refund")
    fields = ["单号", "标题", "申请人", "金额", "原因", "链接"]
    control(dingtalk_server, forms=[{"code": "PROC-1", "name": "退款审批", "fields": fields}])
    return people
