"""Who our people and departments are at DingTalk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.notifications.dingtalk.client import RemoteDepartment, RemotePerson
from apps.notifications.dingtalk.states import DingtalkPerm
from apps.notifications.models import DingtalkDepartment, DingtalkSettings, DingtalkUser
from apps.notifications.selectors.dingtalk import departments_served, people_served
from apps.notifications.services.dingtalk import client_for
from apps.rbac import services as rbac
from apps.rbac.models import Department, User
from apps.rbac.phones import to_e164


@dataclass(frozen=True)
class Matched:
    """How many were found anew."""

    people: int
    departments: int


def sync_people(*, settings: DingtalkSettings, actor: User, now: datetime) -> Matched:
    """
    Fetch people and departments, and note the ids of those that are ours.

    People are known by mobile, else by e-mail; departments by a name that only one of them has.
    What somebody has entered by hand stays. Not to be called inside a transaction.
    """
    rbac.require(actor, DingtalkPerm.CHANGE_SETTINGS, settings)
    client = client_for(settings=settings)
    departments = client.departments()
    people = {
        person.userid: person
        for department in departments
        for person in client.people(department.dept_id)
    }
    with transaction.atomic():
        matched = Matched(
            people=_note_people(settings, people.values()),
            departments=_note_departments(settings, departments),
        )
        DingtalkSettings.objects.filter(pk=settings.pk).update(people_synced_at=now)
        audit.record(
            actor=actor,
            verb="dingtalksettings.people_synced",
            thing=settings,
            people=matched.people,
            departments=matched.departments,
        )
    return matched


def _note_people(settings: DingtalkSettings, remote: Iterable[RemotePerson]) -> int:
    taken = set(settings.people.values_list("userid", flat=True))
    ours = list(people_served(settings).filter(dingtalk__isnull=True))
    by_phone = {user.phone or "": user for user in ours if user.phone}
    by_email = {user.email: user for user in ours}
    found = 0
    for person in remote:
        user = by_phone.get(to_e164(person.mobile) or "") or by_email.get(person.email.lower())
        if user is None or person.userid in taken:
            continue
        by_phone.pop(user.phone or "", None)
        by_email.pop(user.email, None)
        DingtalkUser.objects.create(
            settings=settings, user=user, userid=person.userid, unionid=person.unionid
        )
        found += 1
    return found


def _note_departments(settings: DingtalkSettings, remote: Iterable[RemoteDepartment]) -> int:
    taken = set(settings.departments.values_list("dept_id", flat=True))
    ours = _by_unique_name(departments_served(settings).filter(dingtalk__isnull=True))
    found = 0
    for name, dept_id in _unique(remote).items():
        department = ours.get(name)
        if department is None or dept_id in taken:
            continue
        DingtalkDepartment.objects.create(settings=settings, department=department, dept_id=dept_id)
        found += 1
    return found


def _by_unique_name(departments: Iterable[Department]) -> dict[str, Department]:
    found: dict[str, list[Department]] = {}
    for department in departments:
        found.setdefault(department.name, []).append(department)
    return {name: rows[0] for name, rows in found.items() if len(rows) == 1}


def _unique(remote: Iterable[RemoteDepartment]) -> dict[str, int]:
    found: dict[str, list[int]] = {}
    for department in remote:
        found.setdefault(department.name, []).append(department.dept_id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}
