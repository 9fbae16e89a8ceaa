from apps.approvals.models import Task


def waits_for(approval) -> list[str]:
    tasks = Task.objects.open().filter(approval=approval).order_by("seat", "position")
    return [str(task.assignee) for task in tasks]


def status_of(approval) -> str:
    approval.refresh_from_db()
    return approval.status
