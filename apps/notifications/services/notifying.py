"""Telling people what happened: an inbox row, and what may leave the house."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from apps.notifications import catalogue, ports
from apps.notifications.catalogue import MessageKind
from apps.notifications.enums import OUTGOING, Channel
from apps.notifications.errors import FactsDoNotFit, KeyIsTooLong
from apps.notifications.models import DeliveryTimes, Message, Preference, ThrottleMark
from apps.notifications.ports import Address
from apps.notifications.services.inbox import push_unread
from apps.notifications.services.queueing import queue
from apps.notifications.services.sms_templates import kinds_with_sms
from apps.notifications.services.texts import Wording, wording_of
from apps.notifications.times import NIGHT, end_of_quiet, next_digest
from apps.rbac.models import Tenant, User

KEY_LENGTH = 100  # the delivery's key is made of it, and of the channel


@dataclass(frozen=True)
class News:
    """What is told: the same for all who hear it."""

    kind: MessageKind
    wording: Wording
    facts: Mapping[str, str]
    key: str
    link: str
    tenant: Tenant | None
    now: datetime
    has_sms: bool


@dataclass(frozen=True)
class Wishes:
    """How one person wants to hear it."""

    is_on: Mapping[str, bool]
    times: DeliveryTimes | None

    def wants(self, kind: MessageKind, channel: Channel) -> bool:
        by_default = channel in kind.channels
        if kind.is_mandatory and by_default:
            return True
        return self.is_on.get(channel, by_default)

    def quiet_until(self, kind: MessageKind, at: datetime) -> datetime:
        """`at`, or the end of the quiet hours in which it lies."""
        if self.times is None or kind.is_urgent:
            return at
        return end_of_quiet(at, self.times.quiet_from, self.times.quiet_until) or at

    def digest_at(self, kind: MessageKind, now: datetime) -> datetime | None:
        """When the mail comes together with others; None: alone, and at once."""
        if self.times is None or kind.is_urgent or not kind.may_digest:
            return None
        slot = next_digest(now, self.times.digest)
        return slot and self.quiet_until(kind, slot)


@transaction.atomic
def notify(
    *,
    kind: str,
    to: Sequence[User],
    facts: Mapping[str, str],
    key: str,
    now: datetime,
    link: str = "",
    tenant: Tenant | None = None,
) -> list[Message]:
    """
    Tell these people, once per key: in the inbox, and by the channels that each leaves open.

    `link` is a path of the portal ("/orders/12") or of the admin. Trusted: the caller knows whom it
    concerns, and that they may see what the facts say.
    :raises KindIsUnknown: if no app registered the kind
    :raises FactsDoNotFit: if the facts are not those that the kind lists
    """
    news = _news(kind, facts, key, now, link, tenant)
    people = sorted({user.pk: user for user in to if user.is_active}.values(), key=_by_id)
    wishes = _wishes_of(people, news.kind)
    told = [_tell(user, news, wishes[user.pk]) for user in people]
    fresh = [message for message, is_new in told if is_new]
    if fresh:
        push_unread(user_ids=[message.user_id for message in fresh])
    return [message for message, _is_new in told]


@transaction.atomic
def notify_addresses(
    *,
    kind: str,
    to: Sequence[Address],
    facts: Mapping[str, str],
    key: str,
    now: datetime,
    link: str = "",
    tenant: Tenant | None = None,
) -> int:
    """
    Tell people without an account by the kind's default channels, once per key; how many messages.

    They cannot choose: what can wait leaves after the night, each message on its own.
    Trusted: the caller knows whom it concerns. :raises FactsDoNotFit: as `notify`
    """
    news = _news(kind, facts, key, now, link, tenant)
    leaves_at = now if news.kind.is_urgent else end_of_quiet(now, *NIGHT) or now
    told = 0
    for address in sorted(to, key=lambda address: address.reference):
        if not _may_disturb(address.reference, news):
            continue
        recipients = {Channel.EMAIL: address.email, Channel.SMS: address.phone}
        for channel, recipient in recipients.items():
            if recipient and channel in news.kind.channels and _carries(news, channel):
                reference = f"{key}:{address.reference}"
                fields = _fields(news, channel, address.language)
                queue(
                    channel=channel,
                    recipient=recipient,
                    key=f"{reference}:{channel}",
                    now=now,
                    fields={**fields, "next_attempt_at": leaves_at},
                )
                told += 1
    return told


@transaction.atomic
def notify_customer(
    *,
    kind: str,
    customer_id: int,
    facts: Mapping[str, str],
    key: str,
    now: datetime,
    link: str = "",
    tenant: Tenant | None = None,
) -> list[Message]:
    """
    Tell a customer's people whose roles the kind names (CUS-6), with or without an account.

    Trusted: the caller knows whom it concerns. :raises FactsDoNotFit: as `notify`
    """
    people = ports.contacts_of(customer_id, catalogue.kind_of(kind).contact_roles)
    notify_addresses(
        kind=kind, to=people.addresses, facts=facts, key=key, now=now, link=link, tenant=tenant
    )
    return notify(
        kind=kind, to=people.users, facts=facts, key=key, now=now, link=link, tenant=tenant
    )


def _news(
    code: str,
    facts: Mapping[str, str],
    key: str,
    now: datetime,
    link: str,
    tenant: Tenant | None,
) -> News:
    kind = catalogue.kind_of(code)
    if set(facts) != set(kind.placeholders):
        raise FactsDoNotFit(f"{code}: {sorted(set(facts) ^ set(kind.placeholders))}")
    if len(key) > KEY_LENGTH:
        raise KeyIsTooLong(key)
    return News(
        kind=kind,
        wording=wording_of(kind=kind),
        facts={name: str(fact) for name, fact in facts.items()},
        key=key,
        link=link,
        tenant=tenant,
        now=now,
        has_sms=bool(kind.sms) and kind.code in kinds_with_sms(),
    )


def _wishes_of(people: Iterable[User], kind: MessageKind) -> dict[int, Wishes]:
    ids = [user.pk for user in people]
    chosen: dict[int, dict[str, bool]] = {user_id: {} for user_id in ids}
    for row in Preference.objects.filter(user__in=ids, kind=kind.code):
        chosen[row.user_id][row.channel] = row.is_on
    times = {row.user_id: row for row in DeliveryTimes.objects.filter(user__in=ids)}
    return {user_id: Wishes(chosen[user_id], times.get(user_id)) for user_id in ids}


def _tell(user: User, news: News, wishes: Wishes) -> tuple[Message, bool]:
    """The inbox row decides: whoever inserts it sends, everybody else finds it."""
    words = news.wording.fill(Channel.INBOX, user.language, news.facts)
    by_mail = wishes.wants(news.kind, Channel.EMAIL)
    digest_at = wishes.digest_at(news.kind, news.now) if by_mail else None
    try:
        with transaction.atomic():
            message = Message.objects.create(
                user=user,
                kind=news.kind.code,
                subject=words.subject,
                text=words.text,
                link=news.link,
                key=news.key,
                created_at=news.now,
                digest_at=digest_at,
            )
    except IntegrityError:
        return Message.objects.get(user=user, key=news.key), False
    channels = [
        channel
        for channel in OUTGOING
        if wishes.wants(news.kind, channel)
        and _recipient(user, channel)
        and _carries(news, channel)
        if not (channel == Channel.EMAIL and digest_at)
    ]
    if channels and _may_disturb(f"user:{user.pk}", news):
        for channel in channels:
            _queue_for(user, channel, message, news, wishes)
    return message, True


def _queue_for(user: User, channel: Channel, message: Message, news: News, wishes: Wishes) -> None:
    leaves_at = wishes.quiet_until(news.kind, news.now)
    fields = _fields(news, channel, user.language)
    queue(
        channel=channel,
        recipient=_recipient(user, channel),
        key=f"message:{message.pk}:{channel}",
        now=news.now,
        fields={
            **fields,
            "message": message,
            "tenant": news.tenant or user.tenant,
            "next_attempt_at": leaves_at,
        },
    )


def _fields(news: News, channel: Channel, language: str) -> dict[str, object]:
    fields: dict[str, object] = {
        "template": news.kind.code,
        "tenant": news.tenant,
        "language": language,
        "link": news.link,
    }
    if channel == Channel.SMS:
        return {**fields, "body": json.dumps({name: news.facts[name] for name in news.kind.sms})}
    words = news.wording.fill(channel, language, news.facts)
    return {**fields, "subject": words.subject, "body": words.text}


def _recipient(user: User, channel: Channel) -> str:
    """Where the channel reaches him, or "" if it does not."""
    match channel:
        case Channel.EMAIL:
            return user.email
        case Channel.SMS:
            return user.phone or ""
        case Channel.DINGTALK:
            sender = ports.dingtalk()
            return str(user.pk) if sender and sender.reaches(user=user) else ""
    return ""


def _carries(news: News, channel: Channel) -> bool:
    """A text message needs a template that its provider approved."""
    return channel != Channel.SMS or news.has_sms


def _may_disturb(reader: str, news: News) -> bool:
    """Whether enough time has passed since the last one; the row is the claim."""
    if news.kind.throttle is None:
        return True
    until = news.now + news.kind.throttle
    try:
        with transaction.atomic():
            ThrottleMark.objects.create(reader=reader, kind=news.kind.code, until=until)
    except IntegrityError:
        mark = ThrottleMark.objects.filter(reader=reader, kind=news.kind.code, until__lte=news.now)
        return mark.update(until=until) == 1
    return True


def _by_id(user: User) -> int:
    return int(user.pk)
