"""The words of messages: the catalogue's, unless staff changed them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.notifications import catalogue
from apps.notifications.catalogue import LANGUAGES, MessageKind, Text
from apps.notifications.enums import Channel
from apps.notifications.errors import (
    ChannelHasNoText,
    LanguageIsUnknown,
    PlaceholderIsUnknown,
    TextIsEmpty,
)
from apps.notifications.models import TemplateText
from apps.notifications.services.editors import require_editor
from apps.notifications.wording import fill, one_line, strange_in
from apps.rbac.models import User

SUBJECT_LENGTH = 200
# Channels whose words are ours; an SMS is written by the provider from an approved template.
WORDED = (Channel.INBOX, Channel.EMAIL, Channel.DINGTALK)


@dataclass(frozen=True)
class Wording:
    """All words of one kind, read once for all recipients."""

    kind: MessageKind
    edited: Mapping[tuple[str, str], Text]

    def fill(self, channel: str, language: str, facts: Mapping[str, str]) -> Text:
        """The message in this language, or in Chinese; its subject is one line."""
        language = language if language in LANGUAGES else LANGUAGES[0]
        words = self.edited.get((channel, language), self.kind.texts[language])
        return filled(words=words, facts=facts)


def wording_of(*, kind: MessageKind) -> Wording:
    """Trusted: words are no rows of anybody."""
    rows = TemplateText.objects.filter(kind=kind.code, is_default=False)
    edited = {(row.channel, row.language): Text(row.subject, row.text) for row in rows}
    return Wording(kind=kind, edited=edited)


def filled(*, words: Text, facts: Mapping[str, str]) -> Text:
    """Trusted: no row is read."""
    subject = one_line(fill(words.subject, facts))[:SUBJECT_LENGTH]
    return Text(subject, fill(words.text, facts))


@transaction.atomic
def edit_text(
    *,
    kind: str,
    channel: str,
    language: str,
    subject: str,
    text: str,
    actor: User,
    now: datetime,
) -> TemplateText:
    """Give a message other words, with its own placeholders only; the old ones stay in history.

    Trusted: `require_editor` asks for the right.
    :raises KindIsUnknown: if no app registered it
    :raises ChannelHasNoText: for SMS
    :raises TextIsEmpty: if subject or text is missing
    :raises PlaceholderIsUnknown: if it names what the message does not know
    """
    require_editor(actor=actor)
    found = catalogue.kind_of(kind)
    words = checked(kind=found, subject=subject, text=text)
    return _write(found, channel, language, words, actor, now, is_default=False)


@transaction.atomic
def reset_text(
    *, kind: str, channel: str, language: str, actor: User, now: datetime
) -> TemplateText:
    """Let the catalogue's words hold again.

    Trusted: `require_editor` asks for the right.
    :raises KindIsUnknown: if no app registered it
    """
    require_editor(actor=actor)
    found = catalogue.kind_of(kind)
    if language not in LANGUAGES:
        raise LanguageIsUnknown(language=language)
    words = found.texts[language]
    return _write(found, channel, language, words, actor, now, is_default=True)


def checked(*, kind: MessageKind, subject: str, text: str) -> Text:
    """
    The words, if they may stand. Trusted: no row is read.

    :raises TextIsEmpty: if subject or text is missing
    :raises PlaceholderIsUnknown: if they name what the message does not know
    """
    subject, text = one_line(subject), text.replace("\r\n", "\n").strip()
    if not (subject and text):
        raise TextIsEmpty
    for name, words in (("subject", subject), ("text", text)):
        strange = strange_in(words, kind.placeholders)
        if strange:
            error = PlaceholderIsUnknown(
                strange="、".join(strange),
                known=" ".join(f"{{{{{known}}}}}" for known in kind.placeholders),
            )
            error.fields = {name: str(error)}
            raise error
    return Text(subject, text)


def _write(
    kind: MessageKind,
    channel: str,
    language: str,
    words: Text,
    actor: User,
    now: datetime,
    *,
    is_default: bool,
) -> TemplateText:
    if channel not in WORDED:
        raise ChannelHasNoText
    if language not in LANGUAGES:
        raise LanguageIsUnknown(language=language)
    row, _is_new = TemplateText.objects.update_or_create(
        kind=kind.code,
        channel=channel,
        language=language,
        defaults={
            "subject": words.subject,
            "text": words.text,
            "is_default": is_default,
            "changed_at": now,
        },
    )
    verb = "templatetext.reset" if is_default else "templatetext.edited"
    audit.record(actor=actor, verb=verb, thing=row, after={"subject": row.subject})
    return row
