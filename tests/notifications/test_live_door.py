"""Live push in one process: whom the door lets in, and when he is cut off again."""

import asyncio

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.notifications.live import hub
from apps.rbac.models import ApiToken, Tenant, User
from tests.factories.rbac import ApiTokenFactory
from tests.support.asgi_streams import Caller, gate, in_thread, signed_in, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def swift(monkeypatch) -> None:
    """Rounds and checks at once, so that nobody waits for the clock on the wall."""
    monkeypatch.setattr(hub, "CHECK_EVERY", 0.0)
    monkeypatch.setattr(hub, "LOOK_EVERY", 0.1)


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lambda user: Session.objects.all().delete(), id="signed-out"),
        pytest.param(lambda user: Session.objects.update(expire_date=timezone.now()), id="expired"),
        pytest.param(
            lambda user: User.objects.filter(pk=user.pk).update(is_active=False), id="inactive"
        ),
        pytest.param(
            lambda user: User.objects.filter(pk=user.pk).update(password="another"), id="password"
        ),
    ],
)
def test_a_stream_ends_with_its_session(member, outsider, swift, lose):
    async def story():
        application = gate()
        caller = await Caller(application, client=client).ready()
        other = await Caller(application, key="kb_other").ready()
        await in_thread(lose, member)
        assert await caller.next() is None
        assert caller.is_complete
        await in_thread(tell, outsider, id=1)
        assert await other.next() == ("order", {"id": 1})
        await other.leave()

    client = signed_in(member)
    ApiTokenFactory(user=outsider, key="kb_other", scopes=["read"])
    asyncio.run(story())


def test_a_stream_ends_with_its_token(member, swift):
    async def story():
        caller = await Caller(gate(), key="kb_mine").ready()
        await in_thread(ApiToken.objects.update, revoked_at=timezone.now())
        assert await caller.next() is None

    ApiTokenFactory(user=member, key="kb_mine", scopes=["write"])
    asyncio.run(story())


def test_streams_end_with_the_tenant(member, swift):
    async def story():
        application = gate()
        by_session = await Caller(application, client=client).ready()
        by_token = await Caller(application, key="kb_mine").ready()
        await in_thread(Tenant.objects.update, is_active=False)
        assert await by_session.next() is None
        assert await by_token.next() is None

    client = signed_in(member)
    ApiTokenFactory(user=member, key="kb_mine", scopes=["read"])
    asyncio.run(story())


def test_staff_need_their_second_factor(clerk, settings, swift):
    async def story():
        application = gate()
        early = await Caller(application, client=client).ready()
        key = await Caller(application, key="kb_staff").ready()
        settings.STAFF_MFA_REQUIRED = True
        assert await early.next() is None
        assert await key.next() is None
        for refused in (Caller(application, client=client), Caller(application, key="kb_staff")):
            await refused.open()
            assert refused.status == 403
            assert b"rbac.mfa_required" in refused.body

    settings.STAFF_MFA_REQUIRED = False
    client = signed_in(clerk)
    ApiTokenFactory(user=clerk, key="kb_staff", scopes=["read"])
    asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({}, 401, "core.not_authenticated"),
        ({"key": "kb_unknown"}, 401, "core.authentication_failed"),
        ({"key": "kb_narrow"}, 403, "notifications.token_hears_nothing"),
        ({"key": "kb_mine", "method": "HEAD"}, 405, ""),
        ({"key": "kb_mine", "method": "POST"}, 403, "rbac.token_is_read_only"),
    ],
)
def test_refuses_like_the_api(member, options, status, code):
    async def story():
        caller = await Caller(gate(), **options).open()
        assert caller.status == status
        assert code in caller.body.decode()

    ApiTokenFactory(user=member, key="kb_mine", scopes=["read"])
    ApiTokenFactory(user=member, key="kb_narrow", scopes=["orders.view_order"])
    asyncio.run(story())


def test_one_person_does_not_take_all_the_room(member, outsider, monkeypatch):
    async def story():
        application = gate()
        callers = [await Caller(application, client=client).ready() for _ in range(2)]
        refused = await Caller(application, client=client).open()
        assert refused.status == 503
        assert b"notifications.too_many_streams" in refused.body
        callers.append(await Caller(application, client=others).ready())
        await callers[0].leave()
        callers[0] = await Caller(application, client=client).ready()
        for caller in callers:
            await caller.leave()

    monkeypatch.setattr(hub, "MOST_OF_ONE_PERSON", 2)
    client, others = signed_in(member), signed_in(outsider)
    asyncio.run(story())
