"""The lists beside the approvals: one's own decisions, and stand-ins."""

from datetime import timedelta

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.models import Delegation
from tests.factories.approvals import MONDAY, DelegationFactory, ask, kind_with

pytestmark = pytest.mark.django_db
TASKS, STAND_INS = "/admin/approvals/task/", "/admin/approvals/delegation/"


def rows(client, address):
    return len(client.get(address).context["cl"].result_list)


def test_own_decisions_cost_the_same_for_one_and_ten(people, browse, django_assert_max_num_queries):
    qian, client = people["qian"], browse(people["qian"])
    kind = kind_with(Node("q", "经理", Approvers.people(qian.pk)))

    def decide() -> None:
        services.approve(approval=ask(people["zhao"], kind), actor=qian, now=MONDAY)

    decide()
    client.get(TASKS)
    with django_assert_max_num_queries(40) as few:
        assert rows(client, TASKS) == 1
    for _ in range(9):
        decide()

    with django_assert_max_num_queries(len(few)):
        assert rows(client, TASKS) == 10


def test_decisions_of_others_are_not_on_the_list(people, boss, browse):
    kind = kind_with(Node("q", "经理", Approvers.people(people["qian"].pk)))
    approval = ask(people["zhao"], kind)
    services.approve(approval=approval, actor=people["qian"], note="秘密理由", now=MONDAY)

    assert "秘密理由" in browse(people["qian"]).get(TASKS).content.decode()
    assert "秘密理由" not in browse(boss).get(TASKS).content.decode()


@pytest.mark.parametrize("door", ["admin", "api"])
def test_stand_ins_cost_the_same_for_one_and_ten(
    door, people, browse, api, django_assert_max_num_queries
):
    qian, sun = people["qian"], people["sun"]

    def add(week: int) -> None:
        since = MONDAY + timedelta(weeks=week)
        until = since + timedelta(days=5)
        DelegationFactory(person=qian, stand_in=sun, starts_at=since, ends_at=until)

    client = browse(qian) if door == "admin" else api(qian)
    address = STAND_INS if door == "admin" else "/api/v1/delegations/"
    add(0)
    client.get(address)
    with django_assert_max_num_queries(40) as few:
        client.get(address)
    for week in range(1, 10):
        add(week)

    with django_assert_max_num_queries(len(few)):
        client.get(address)
    assert Delegation.objects.visible_to(qian).count() == 10
