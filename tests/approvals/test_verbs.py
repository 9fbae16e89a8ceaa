"""Every verb in every status: it works, or it is a conflict and nothing changes (X-9)."""

from itertools import product

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import VERBS, ApprovalStatus, ApprovalVerb
from apps.approvals.errors import VerbIsNotAllowed
from apps.approvals.models import Act, Approval, Attachment, Comment, Copy, Step, Task
from apps.approvals.selectors import decision
from tests.approvals.files import pdf
from tests.factories.approvals import MONDAY, approver, ask, kind_with

pytestmark = pytest.mark.django_db

# The status of an approval that three people decided on their way, by what the first of them did.
ENDINGS = {
    ApprovalStatus.RUNNING: [],
    ApprovalStatus.APPROVED: ["approve", "approve"],
    ApprovalStatus.REJECTED: ["approve", "reject"],
    ApprovalStatus.WITHDRAWN: ["withdraw"],
    ApprovalStatus.VOIDED: ["void"],
}


@pytest.fixture
def scene(people):
    """`scene(status)` is an approval in that status, with Qian and Li as its approvers."""
    kind = kind_with(
        Node("boss", "主管", Approvers.people(people["qian"].pk)),
        Node("books", "会计", Approvers.people(people["li"].pk), mode=Mode.ALL),
    )

    def make(status) -> Approval:
        approval = ask(people["zhao"], kind, subject=("tests.Thing", 7))
        deciders = iter([people["qian"], people["li"]])
        for act in ENDINGS[status]:
            if act == "approve":
                services.approve(approval=approval, actor=next(deciders), now=MONDAY)
            elif act == "reject":
                services.reject(approval=approval, actor=next(deciders), note="不", now=MONDAY)
            elif act == "withdraw":
                services.withdraw(approval=approval, actor=people["zhao"], now=MONDAY)
            else:
                services.void_for_subject(subject=("tests.Thing", 7), reason="edited", now=MONDAY)
        approval.refresh_from_db()
        assert approval.status == status
        return approval

    return make


def calls(approval: Approval, people, extra) -> dict[str, object]:
    """Each verb as a call by somebody who may, were the status right."""
    zhao, qian = people["zhao"], people["qian"]
    mine = {"approval": approval, "actor": qian, "now": MONDAY}
    his = {"approval": approval, "actor": zhao, "now": MONDAY}
    return {
        ApprovalVerb.APPROVE: lambda: services.approve(**mine),
        ApprovalVerb.REJECT: lambda: services.reject(**mine, note="不"),
        ApprovalVerb.TRANSFER: lambda: services.transfer(**mine, to=extra),
        ApprovalVerb.ADD_BEFORE: lambda: services.add_approver(**mine, who=extra, where="before"),
        ApprovalVerb.ADD_AFTER: lambda: services.add_approver(**mine, who=extra, where="after"),
        ApprovalVerb.SEND_BACK: lambda: services.send_back(
            **mine, to_node="applicant", note="请补充"
        ),
        ApprovalVerb.WITHDRAW: lambda: services.withdraw(**his),
        ApprovalVerb.URGE: lambda: services.urge(**his),
        ApprovalVerb.COPY: lambda: services.copy_to(**his, users=[extra]),
        ApprovalVerb.COMMENT: lambda: services.comment(**his, text="好"),
        ApprovalVerb.ATTACH: lambda: services.attach(**his, file=pdf()),
    }


def snapshot() -> list[list[tuple]]:
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Approval, Step, Task, Act, Copy, Comment, Attachment)
    ]


VERBS_OF_PEOPLE = [
    ApprovalVerb.APPROVE,
    ApprovalVerb.REJECT,
    ApprovalVerb.TRANSFER,
    ApprovalVerb.ADD_BEFORE,
    ApprovalVerb.ADD_AFTER,
    ApprovalVerb.SEND_BACK,
    ApprovalVerb.WITHDRAW,
    ApprovalVerb.URGE,
    ApprovalVerb.COPY,
    ApprovalVerb.COMMENT,
    ApprovalVerb.ATTACH,
]


@pytest.mark.parametrize(("status", "verb"), list(product(ApprovalStatus, VERBS_OF_PEOPLE)))
def test_each_verb_in_each_status(status, verb, scene, people, platform, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    approval = scene(status)
    extra = approver("郑", tenant=platform)
    call = calls(approval, people, extra)[verb]
    before = snapshot()

    if verb in VERBS[status]:
        call()
        assert Act.objects.filter(approval=approval, verb=verb).count() == 1
    else:
        with pytest.raises(VerbIsNotAllowed) as refused:
            call()
        assert (refused.value.status, snapshot()) == (409, before)


@pytest.mark.parametrize("status", [s for s in ApprovalStatus if s != ApprovalStatus.RUNNING])
def test_a_finished_approval_is_not_handed_in_again(status, scene, people):
    approval = scene(status)

    with pytest.raises(VerbIsNotAllowed):
        services.resubmit(approval=approval, actor=people["zhao"], now=MONDAY)


@pytest.mark.parametrize("status", [s for s in ApprovalStatus if s != ApprovalStatus.RUNNING])
def test_voiding_again_finds_nothing(status, scene):
    scene(status)

    assert services.void_for_subject(subject=("tests.Thing", 7), reason="x", now=MONDAY) == 0


@pytest.mark.parametrize(("status", "who"), list(product(ApprovalStatus, ["zhao", "qian", "li"])))
def test_the_buttons_tell_the_truth(status, who, scene, people, platform, settings, tmp_path):
    """A button works exactly if its service does, for the applicant and for both approvers."""
    settings.MEDIA_ROOT = tmp_path
    approval = scene(status)
    shown = decision(approval, people[who], now=MONDAY)

    if status == ApprovalStatus.RUNNING:
        allowed = {
            "zhao": {"withdraw", "urge", "copy", "comment", "attach"},
            "qian": {
                "approve",
                "reject",
                "transfer",
                "add_before",
                "add_after",
                "send_back",
                "copy",
                "comment",
                "attach",
            },
            "li": {"copy", "comment"},
        }[who]
    else:
        allowed = {"copy", "comment"}
    assert {item.verb for item in shown.verbs if item.is_allowed} == allowed
    assert all(item.is_allowed or item.why_not for item in shown.verbs)
