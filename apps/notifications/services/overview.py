"""The catalogue with what staff made of it, for its page in the admin."""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings

from apps.notifications import catalogue
from apps.notifications.catalogue import LANGUAGES, MessageKind, Text
from apps.notifications.enums import Channel
from apps.notifications.models import SmsTemplate, TemplateText
from apps.notifications.services.texts import WORDED, filled

LANGUAGE_NAMES = {"zh-hans": "中文", "en": "English"}


@dataclass(frozen=True)
class WordsLine:
    """One text of a kind: where it is edited, and whether it was."""

    channel: Channel
    language: str
    language_name: str
    is_edited: bool


@dataclass(frozen=True)
class KindLine:
    kind: MessageKind
    app: str
    channels: list[str]
    words: list[WordsLine]
    sms_code: str


@dataclass(frozen=True)
class Draft:
    """A text as it stands, with the row that staff wrote, if any."""

    kind: MessageKind
    words: Text
    row: TemplateText | None

    @property
    def is_edited(self) -> bool:
        return self.row is not None and not self.row.is_default


def overview() -> list[KindLine]:
    """All kinds, by app. Trusted: the door asks for the right."""
    edited = set(
        TemplateText.objects.filter(is_default=False).values_list("kind", "channel", "language")
    )
    codes = dict(SmsTemplate.objects.exclude(code="").values_list("kind", "code"))
    return [_line(kind, edited, codes) for kind in catalogue.kinds()]


def draft_of(*, kind: MessageKind, channel: str, language: str) -> Draft:
    """What holds now. Trusted: the door asks for the right."""
    row = TemplateText.objects.filter(kind=kind.code, channel=channel, language=language).first()
    default = kind.texts[language]
    holds = row if row and not row.is_default else None
    return Draft(kind, Text(holds.subject, holds.text) if holds else default, row)


def preview(*, kind: MessageKind, words: Text) -> Text:
    """The words with the kind's samples. Trusted: no row is read."""
    return filled(words=words, facts=kind.sample_facts())


def _line(kind: MessageKind, edited: set[tuple[str, str, str]], codes: dict[str, str]) -> KindLine:
    by_default = [Channel.INBOX, *(item for item in Channel if item in kind.channels)]
    return KindLine(
        kind=kind,
        app=str(apps.get_app_config(_app(kind)).verbose_name) if _app(kind) else "",
        channels=[str(item.label) for item in dict.fromkeys(by_default)],
        words=[
            WordsLine(
                channel,
                language,
                LANGUAGE_NAMES[language],
                (kind.code, channel, language) in edited,
            )
            for channel in WORDED
            for language in LANGUAGES
        ],
        sms_code=codes.get(kind.code) or settings.SMS_TEMPLATES.get(kind.code) or "",
    )


def _app(kind: MessageKind) -> str:
    label = kind.code.split(".")[0]
    return label if apps.is_installed(f"apps.{label}") else ""
