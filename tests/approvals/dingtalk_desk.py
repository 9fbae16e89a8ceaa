"""What people do at DingTalk, and what we see there."""

from datetime import timedelta

from django.utils import timezone

from apps.approvals import dingtalk_rounds as rounds
from apps.approvals import tasks


def look(approval, **later):
    """What the receivers do after each move."""
    instance = rounds.look_at(approval_id=approval.pk, now=timezone.now() + timedelta(**later))
    tasks._agree(instance)
    approval.refresh_from_db()


def press(server, person, result, remark=""):
    """The person decides at DingTalk."""
    userid = f"u{person.pk}"
    task = server.state.store.row(
        "SELECT id FROM task WHERE userid = ? AND status = 'RUNNING' ORDER BY id DESC", (userid,)
    )
    server.state.decide(task["id"], userid, result, remark)


def at_dingtalk(server):
    return [dict(row) for row in server.state.store.rows("SELECT * FROM instance ORDER BY created")]
