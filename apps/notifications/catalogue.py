"""
The kinds of messages: who is told what, when, and by which channels.

Each app declares its kinds in `apps/<app>/messages.py`, which its AppConfig.ready imports. What is
declared here are the defaults: people choose their channels, and staff edit the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django_stubs_ext import StrOrPromise

from apps.notifications.enums import Channel
from apps.notifications.errors import KindIsUnknown
from apps.notifications.wording import strange_in
from apps.rbac.enums import UserKind

LANGUAGES = ("zh-hans", "en")
EVERYBODY = frozenset({UserKind.STAFF, UserKind.PORTAL})


@dataclass(frozen=True)
class Text:
    """The words of a message, with {{placeholders}}. Empty lines part paragraphs."""

    subject: str
    text: str


@dataclass(frozen=True)
class MessageKind:
    """
    One kind of message.

    `audience` and `when` are for the settings page: "Owners of an account", "once an order is
    done". `texts` are keyed by language, `samples` fill the preview. `sms` names the facts that
    the SMS provider's template takes; without a template code no SMS is sent. `contact_roles` are
    the customer's contacts that are told, when the message goes to a customer.
    """

    code: str
    label: StrOrPromise
    audience: StrOrPromise
    when: StrOrPromise
    texts: Mapping[str, Text]
    channels: frozenset[Channel] = frozenset({Channel.INBOX, Channel.EMAIL})
    placeholders: Mapping[str, StrOrPromise] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    sms: tuple[str, ...] = ()
    contact_roles: frozenset[str] = frozenset()
    readers: frozenset[UserKind] = EVERYBODY
    is_urgent: bool = False  # comes in quiet hours, too
    is_mandatory: bool = False  # cannot be switched off
    throttle: timedelta | None = None
    may_digest: bool = False

    def sample_facts(self) -> dict[str, str]:
        """Facts for a preview: a name without a sample shows itself."""
        return {name: self.samples.get(name, f"〔{name}〕") for name in self.placeholders}


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> MessageKind:
    """:raises ImproperlyConfigured: if a language is missing, or a text names unknown facts"""
    known = _kinds.get(kind.code)
    if known is not None and known != kind:
        raise ImproperlyConfigured(f"Two kinds of messages are called {kind.code}.")
    for language in LANGUAGES:
        if language not in kind.texts:
            raise ImproperlyConfigured(f"{kind.code} has no text in {language}.")
        words = kind.texts[language]
        strange = strange_in(words.subject + words.text, kind.placeholders)
        if strange:
            raise ImproperlyConfigured(f"{kind.code} ({language}) does not list {strange}.")
    missing = {*kind.sms, *kind.samples} - set(kind.placeholders)
    if missing:
        raise ImproperlyConfigured(f"{kind.code} does not list {sorted(missing)}.")
    _kinds[kind.code] = kind
    return kind


def kind_of(code: str) -> MessageKind:
    """:raises KindIsUnknown: if no app registered it"""
    if code not in _kinds:
        raise KindIsUnknown(kind=code)
    return _kinds[code]


def find(code: str) -> MessageKind | None:
    """The kind, or None for one that was retired since."""
    return _kinds.get(code)


def kinds() -> list[MessageKind]:
    """All, by app and name."""
    return sorted(_kinds.values(), key=lambda kind: kind.code)


def unregister(code: str) -> None:
    """For tests that bring kinds of their own."""
    _kinds.pop(code, None)
