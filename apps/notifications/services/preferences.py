"""What a person wants to hear, how, and when not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from apps.core import audit
from apps.core.encryption import mask_phone
from apps.notifications import catalogue, ports
from apps.notifications.catalogue import MessageKind
from apps.notifications.enums import OUTGOING, Channel, Digest
from apps.notifications.errors import ChannelIsNotOffered, KindIsMandatory, QuietHoursAreHalf
from apps.notifications.models import DeliveryTimes, Preference
from apps.notifications.services.sms_templates import kinds_with_sms
from apps.rbac.models import User


@dataclass(frozen=True)
class ChannelChoice:
    channel: Channel
    is_on: bool
    is_default: bool
    is_locked: bool  # the inbox always, and the default channels of what is mandatory
    is_offered: bool  # the person or the kind cannot be reached by it


@dataclass(frozen=True)
class KindChoice:
    kind: MessageKind
    channels: list[ChannelChoice]


@dataclass(frozen=True)
class ChannelName:
    channel: Channel
    label: str
    address: str


@dataclass(frozen=True)
class Settings:
    """A person's settings page."""

    quiet_from: time | None
    quiet_until: time | None
    digest: str
    channels: list[ChannelName]
    kinds: list[KindChoice]


def settings_of(*, user: User) -> Settings:
    """All that a person can choose, and has chosen. Trusted: his own."""
    times = times_of(user=user)
    reach = reach_of(user=user)
    addresses = {
        Channel.INBOX: str(Channel.INBOX.label),
        Channel.EMAIL: user.email,
        Channel.SMS: mask_phone(user.phone or ""),
        Channel.DINGTALK: user.display_name,
    }
    return Settings(
        quiet_from=times.quiet_from,
        quiet_until=times.quiet_until,
        digest=times.digest,
        channels=[
            ChannelName(channel, str(channel.label), addresses[channel] if channel in reach else "")
            for channel in Channel
        ],
        kinds=choices_of(user=user),
    )


def choices_of(*, user: User) -> list[KindChoice]:
    """The switches of a person's settings page. Trusted: his own."""
    chosen = {(row.kind, row.channel): row.is_on for row in Preference.objects.filter(user=user)}
    reach, with_sms = reach_of(user=user), kinds_with_sms()
    return [
        KindChoice(kind, [_choice(kind, channel, chosen, reach, with_sms) for channel in Channel])
        for kind in catalogue.kinds()
        if user.kind in kind.readers
    ]


def reach_of(*, user: User) -> set[Channel]:
    """The channels by which a person can be reached at all. Trusted: no row is shown."""
    sender = ports.dingtalk()
    reach = {Channel.INBOX, Channel.EMAIL}
    if user.phone:
        reach.add(Channel.SMS)
    if sender and sender.reaches(user=user):
        reach.add(Channel.DINGTALK)
    return reach


def times_of(*, user: User) -> DeliveryTimes:
    """His quiet hours and digest, unsaved if he never chose. Trusted: his own."""
    return DeliveryTimes.objects.filter(user=user).first() or DeliveryTimes(user=user)


@transaction.atomic
def set_preference(
    *, kind: str, channel: Channel, is_on: bool, actor: User, now: datetime
) -> Preference:
    """
    Switch one kind on or off for one channel. Trusted: a person's own settings.

    :raises KindIsMandatory: if it cannot be switched
    :raises ChannelIsNotOffered: for the inbox, which always gets it, and what the kind lacks
    """
    found = catalogue.kind_of(kind)
    if found.is_mandatory and channel in found.channels:
        raise KindIsMandatory(kind=found.label)
    lacks_sms = channel == Channel.SMS and found.code not in kinds_with_sms()
    if channel not in OUTGOING or lacks_sms or actor.kind not in found.readers:
        raise ChannelIsNotOffered(kind=found.label, channel=channel.label)
    row, _is_new = Preference.objects.update_or_create(
        user=actor, kind=found.code, channel=channel, defaults={"is_on": is_on}
    )
    audit.record(
        actor=actor,
        verb="preference.changed",
        thing=actor,
        after={"kind": found.code, "channel": str(channel), "is_on": is_on},
    )
    return row


@transaction.atomic
def set_times(
    *,
    quiet_from: time | None,
    quiet_until: time | None,
    digest: Digest,
    actor: User,
    now: datetime,
) -> DeliveryTimes:
    """
    Choose quiet hours and how often mails come that can wait. Trusted: a person's own settings.

    :raises QuietHoursAreHalf: if one end is missing, or both are the same
    """
    is_half = (quiet_from is None) != (quiet_until is None)
    if is_half or (quiet_from is not None and quiet_from == quiet_until):
        raise QuietHoursAreHalf
    row, _is_new = DeliveryTimes.objects.update_or_create(
        user=actor,
        defaults={"quiet_from": quiet_from, "quiet_until": quiet_until, "digest": digest},
    )
    return row


def _choice(
    kind: MessageKind,
    channel: Channel,
    chosen: Mapping[tuple[str, str], bool],
    reach: set[Channel],
    with_sms: set[str],
) -> ChannelChoice:
    is_inbox = channel == Channel.INBOX
    is_default = is_inbox or channel in kind.channels
    is_offered = channel in reach and (channel != Channel.SMS or kind.code in with_sms)
    is_locked = is_inbox or (kind.is_mandatory and is_default)
    wanted = is_default if is_locked else chosen.get((kind.code, channel), is_default)
    return ChannelChoice(
        channel=channel,
        is_on=is_offered and wanted,
        is_default=is_default,
        is_locked=is_locked,
        is_offered=is_offered,
    )
