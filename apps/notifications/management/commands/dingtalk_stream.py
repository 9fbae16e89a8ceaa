"""Listen to the event streams of all tenants that have DingTalk."""

import asyncio
import signal
from dataclasses import dataclass
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from apps.notifications.dingtalk.client import Credentials, DingtalkClient
from apps.notifications.dingtalk.states import DingtalkDoor
from apps.notifications.dingtalk.stream import StreamListener
from apps.notifications.models import DingtalkSettings
from apps.notifications.services import dingtalk as services

LOOK_AGAIN = 30.0  # seconds between two looks at who has DingTalk

log = structlog.get_logger(__name__)


@dataclass
class Listening:
    fingerprint: str
    stopping: asyncio.Event
    task: asyncio.Task[None]


class Command(BaseCommand):
    help = "Take in DingTalk's events over its stream; run exactly one. SIGTERM ends it."

    def handle(self, *args: object, **options: object) -> None:
        asyncio.run(_serve())


async def _serve() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    listening: dict[int, Listening] = {}
    while not stopping.is_set():
        await _keep_up(listening)
        try:
            await asyncio.wait_for(stopping.wait(), LOOK_AGAIN)
        except TimeoutError:
            continue
    for one in listening.values():
        one.stopping.set()
    await asyncio.gather(*(one.task for one in listening.values()))


async def _keep_up(listening: dict[int, Listening]) -> None:
    """One listener for each active application; a changed key begins anew."""
    wanted = await sync_to_async(_wanted)()
    for pk, one in list(listening.items()):
        if pk not in wanted or wanted[pk].fingerprint != one.fingerprint or one.task.done():
            one.stopping.set()
            await one.task
            del listening[pk]
    for pk in wanted.keys() - listening.keys():
        ending = asyncio.Event()
        listener = StreamListener(DingtalkClient(wanted[pk]), _receiver(pk))
        task = asyncio.create_task(listener.run(ending))
        listening[pk] = Listening(wanted[pk].fingerprint, ending, task)


def _wanted() -> dict[int, Credentials]:
    close_old_connections()
    rows = DingtalkSettings.objects.filter(is_active=True)
    return {row.pk: services.credentials_of(settings=row) for row in rows}


def _receiver(settings_pk: int) -> Any:
    async def receive(event_id: str, kind: str, content: dict[str, Any]) -> None:
        await sync_to_async(_take_in)(settings_pk, event_id, kind, content)

    return receive


def _take_in(settings_pk: int, event_id: str, kind: str, content: dict[str, Any]) -> None:
    close_old_connections()
    told = services.Told(
        kind=kind, content=content, door=DingtalkDoor.STREAM, event_id=event_id[:128]
    )
    settings = DingtalkSettings.objects.get(pk=settings_pk)
    is_new = services.receive_event(settings=settings, told=told, now=timezone.now())
    log.info("dingtalk event", kind=kind, is_new=is_new)
