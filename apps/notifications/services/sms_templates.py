"""Signature and template code of a text message at its provider."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from apps.core import audit
from apps.notifications import catalogue
from apps.notifications.errors import TemplateIsUnknown
from apps.notifications.models import SmsTemplate
from apps.notifications.services.editors import require_editor
from apps.rbac.models import User


@dataclass(frozen=True)
class ApprovedTemplate:
    sign_name: str
    code: str


def sms_template(*, template: str) -> ApprovedTemplate:
    """
    What the provider knows our template by: as staff entered it, else from the settings.

    Trusted: asked by those who send. :raises TemplateIsUnknown: if none is configured
    """
    row = SmsTemplate.objects.filter(kind=template).exclude(code="").first()
    code = row.code if row else settings.SMS_TEMPLATES.get(template)
    if not code:
        raise TemplateIsUnknown(template=template)
    sign_name = row.sign_name if row and row.sign_name else settings.SMS_SIGN_NAME
    return ApprovedTemplate(sign_name=str(sign_name), code=str(code))


def kinds_with_sms() -> set[str]:
    """The kinds that a text message can carry. Trusted: no row is shown."""
    edited = dict(SmsTemplate.objects.values_list("kind", "code"))
    known = {code for code in settings.SMS_TEMPLATES if settings.SMS_TEMPLATES[code]}
    with_code = {kind for kind in known | set(edited) if edited.get(kind) or kind in known}
    return {kind.code for kind in catalogue.kinds() if kind.sms and kind.code in with_code}


@transaction.atomic
def edit_sms_template(
    *, kind: str, sign_name: str, code: str, actor: User, now: datetime
) -> SmsTemplate:
    """Enter what the provider approved; without a code, that of the settings holds.

    Trusted: `require_editor` asks for the right.
    :raises KindIsUnknown: if no app registered it
    """
    require_editor(actor=actor)
    found = catalogue.kind_of(kind)
    fields = {"sign_name": sign_name.strip(), "code": code.strip(), "changed_at": now}
    row, _is_new = SmsTemplate.objects.update_or_create(kind=found.code, defaults=fields)
    audit.record(
        actor=actor,
        verb="smstemplate.edited",
        thing=row,
        after={"sign_name": row.sign_name, "code": row.code},
    )
    return row
