import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import ApprovalStatus, EffectStatus
from tests.factories.approvals import MONDAY, ask, kind_with

pytestmark = pytest.mark.django_db


def test_two_nodes_one_after_another_then_the_effect(people, django_capture_on_commit_callbacks):
    kind = kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node("books", "会计", Approvers.people(people["li"].pk), mode=Mode.ALL),
    )
    approval = ask(people["zhao"], kind)

    services.approve(approval=approval, actor=people["qian"], now=MONDAY)
    with django_capture_on_commit_callbacks(execute=True):
        services.approve(approval=approval, actor=people["li"], now=MONDAY)

    approval.refresh_from_db()
    assert (approval.status, approval.effect) == (ApprovalStatus.APPROVED, EffectStatus.DONE)
    assert kind.outcomes == [("approved", approval.number)]
