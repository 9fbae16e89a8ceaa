import pytest

from apps.approvals import kinds, services
from apps.approvals.kinds import Approvers, FieldType, FormField, Graph, Kind, Node
from apps.approvals.models import Approval
from tests.factories.approvals import MONDAY


@pytest.mark.django_db
def test_a_new_kind_takes_less_than_twenty_lines(people):
    done = []

    class Parking(Kind):
        code = "tests.parking"
        label = "停车位"
        fields = (FormField("plate", "车牌", FieldType.TEXT),)
        default_graph = Graph((Node("boss", "主管", Approvers.superior()),))

        def on_approved(self, approval, now):
            done.append(approval.form["plate"])

    kinds.register(Parking())
    request = {"kind": "tests.parking", "title": "停车位", "form": {"plate": "沪A12345"}}
    approval = services.submit(**request, applicant=people["zhao"], now=MONDAY)
    services.approve(approval=approval, actor=people["qian"], now=MONDAY)
    services.run_effect(approval_id=approval.pk, now=MONDAY)

    assert done == ["沪A12345"]
    assert Approval.objects.get().number.startswith("APR20261116")
