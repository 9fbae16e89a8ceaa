from collections.abc import Iterator

import pytest

from apps.approvals import kinds, services
from apps.rbac.models import User
from tests.factories.approvals import MONDAY, approver
from tests.factories.rbac import StaffFactory, give_role


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
