"""DingTalk: testing what operations set up, and taking in what it tells us."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.core import audit
from apps.core.errors import DomainError
from apps.core.events import Event, publish
from apps.notifications.dingtalk.client import Credentials, DingtalkClient
from apps.notifications.dingtalk.crypto import Envelope, Sealed
from apps.notifications.dingtalk.errors import EnvelopeIsWrong, FormIsUnknown
from apps.notifications.dingtalk.ports import forms
from apps.notifications.dingtalk.states import DingtalkDoor, DingtalkPerm
from apps.notifications.events import DingtalkInstanceChanged, DingtalkTaskChanged
from apps.notifications.models import DingtalkEvent, DingtalkProcess, DingtalkSettings
from apps.rbac import services as rbac
from apps.rbac.models import User

CHINESE = "zh-hans"
EVENTS_KEPT_FOR = timedelta(days=90)
PRUNED_AT_ONCE = 1000
INSTANCE_CHANGED, TASK_CHANGED = "bpms_instance_change", "bpms_task_change"


def credentials_of(*, settings: DingtalkSettings) -> Credentials:
    """What opens this tenant's DingTalk. Trusted: callers have checked the actor."""
    return Credentials(
        app_key=settings.app_key,
        app_secret=settings.app_secret,
        agent_id=settings.agent_id,
    )


def client_for(*, settings: DingtalkSettings) -> DingtalkClient:
    """The client that speaks for this tenant. Trusted: callers have checked the actor."""
    return DingtalkClient(credentials_of(settings=settings))


def callback_address(*, settings: DingtalkSettings) -> str:
    """What is entered at DingTalk's console. Trusted: no secret."""
    return f"{django_settings.PUBLIC_URL}/callbacks/dingtalk/{settings.tenant.code}/"


# --- what operations press


def test_connection(*, settings: DingtalkSettings, actor: User, now: datetime) -> str:
    """
    Ask DingTalk for its departments and remember how it went; the problem, or nothing.

    Not to be called inside a transaction: it waits for the network.
    """
    rbac.require(actor, DingtalkPerm.TEST, settings)
    problem = ""
    try:
        client_for(settings=settings).departments()
    except DomainError as error:
        problem = str(error)[:200]
    with transaction.atomic():
        DingtalkSettings.objects.filter(pk=settings.pk).update(tested_at=now, test_problem=problem)
        audit.record(
            actor=actor, verb="dingtalksettings.tested", thing=settings, is_connected=not problem
        )
    return problem


def test_process(*, process: DingtalkProcess, actor: User, now: datetime) -> str:
    """
    Compare the form at DingTalk with the fields that we fill in; the problem, or nothing.

    Starts no instance, so nobody is bothered. Not to be called inside a transaction.
    """
    rbac.require(actor, DingtalkPerm.TEST, process.settings)
    problem = ""
    try:
        client = client_for(settings=process.settings)
        known = set(client.form_fields(process.process_code))
        missing = [name for name in _form(process.kind).fields if name not in known]
        if missing:
            problem = _("The form lacks these fields: {names}").format(names="、".join(missing))
    except DomainError as error:
        problem = str(error)
    with transaction.atomic():
        DingtalkProcess.objects.filter(pk=process.pk).update(
            tested_at=now, test_problem=problem[:300]
        )
        audit.record(
            actor=actor,
            verb="dingtalkprocess.tested",
            thing=process,
            kind=process.kind,
            is_fit=not problem,
        )
    return problem[:300]


def create_forms(*, settings: DingtalkSettings, actor: User) -> list[str]:
    """
    Create a form at DingTalk for each kind of approval that has no process code; those kinds.

    Not to be called inside a transaction. :raises DingtalkRefused: if it may not
    """
    rbac.require(actor, DingtalkPerm.CHANGE_SETTINGS, settings)
    client = client_for(settings=settings)
    have = set(settings.processes.values_list("kind", flat=True))
    created = []
    for kind, form in forms().items():
        if kind in have:
            continue
        with override(CHINESE):
            name = str(form.label)
        code = client.create_form(name=name, fields=form.fields)
        with transaction.atomic():
            process = DingtalkProcess.objects.create(
                settings=settings, kind=kind, process_code=code
            )
            audit.record(actor=actor, verb="dingtalkprocess.created", thing=process, kind=kind)
        created.append(kind)
    return created


def _form(kind: str) -> Any:
    form = forms().get(kind)
    if form is None:
        raise FormIsUnknown(kind=kind)
    return form


# --- what DingTalk tells us


@dataclass(frozen=True)
class Told:
    """One event, however it came in."""

    kind: str
    content: Mapping[str, Any]
    door: DingtalkDoor
    event_id: str = ""


def receive_callback(*, tenant_code: str, sealed: Sealed, now: datetime) -> Sealed:
    """
    Take in one encrypted callback; the encrypted `success` that DingTalk waits for.

    Trusted: the signature is the credential. :raises EnvelopeIsWrong: whatever is wrong with it
    """
    settings = DingtalkSettings.objects.filter(tenant__code=tenant_code, is_active=True).first()
    if settings is None or not (settings.callback_token and settings.callback_aes_key):
        raise EnvelopeIsWrong
    envelope = Envelope(settings.callback_token, settings.callback_aes_key, settings.app_key)
    try:
        content = json.loads(envelope.open(sealed, now=now))
    except ValueError as error:
        raise EnvelopeIsWrong from error
    if not isinstance(content, dict):
        raise EnvelopeIsWrong
    kind = str(content.pop("EventType", ""))
    receive_event(
        settings=settings,
        told=Told(kind=kind, content=content, door=DingtalkDoor.CALLBACK),
        now=now,
    )
    return envelope.seal("success", now=now)


@transaction.atomic
def receive_event(*, settings: DingtalkSettings, told: Told, now: datetime) -> bool:
    """
    Write one event down, once, and tell whoever listens; whether it was new.

    Trusted: callback and stream have proved that it is DingTalk's. What happened is not believed
    from here: whoever hears of it asks DingTalk for the instance.
    """
    change = _change(settings, told)
    if change is None:
        return False
    try:
        with transaction.atomic():
            DingtalkEvent.objects.create(
                settings=settings,
                event_id=told.event_id or _digest(told),
                kind=told.kind,
                door=told.door,
                process_instance_id=str(told.content["processInstanceId"])[:128],
                content=dict(told.content),
                received_at=now,
            )
    except IntegrityError:
        return False
    publish(change)
    return True


def prune_events(*, now: datetime) -> int:
    """
    Forget events of long ago; how many. Trusted: a job.

    In small batches, so that no callback waits. DingTalk repeats an event for minutes, not months.
    """
    pruned = 0
    old = DingtalkEvent.objects.filter(received_at__lt=now - EVENTS_KEPT_FOR).order_by("pk")
    while ids := list(old.values_list("pk", flat=True)[:PRUNED_AT_ONCE]):
        pruned += DingtalkEvent.objects.filter(pk__in=ids).delete()[0]
    return pruned


def _change(settings: DingtalkSettings, told: Told) -> Event | None:
    """Instance and task events apart; everything else is none of ours."""
    content = told.content
    if not content.get("processInstanceId"):
        return None
    instance = str(content["processInstanceId"])[:128]
    change, result = str(content.get("type", ""))[:16], str(content.get("result") or "")[:16]
    staff = str(content.get("staffId", ""))[:64]
    if told.kind == INSTANCE_CHANGED:
        return DingtalkInstanceChanged(
            settings_id=settings.pk,
            process_instance_id=instance,
            process_code=str(content.get("processCode", ""))[:64],
            change=change,
            result=result,
            staff_id=staff,
        )
    if told.kind == TASK_CHANGED:
        return DingtalkTaskChanged(
            settings_id=settings.pk,
            process_instance_id=instance,
            task_id=str(content.get("taskId", ""))[:32],
            change=change,
            result=result,
            staff_id=staff,
        )
    return None


def _digest(told: Told) -> str:
    """Callbacks carry no id of their own: the same content is the same event."""
    text = json.dumps([told.kind, dict(told.content)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
