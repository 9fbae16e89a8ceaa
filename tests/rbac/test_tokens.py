"""Personal API tokens."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from apps.core.models import AuditEntry
from apps.rbac.errors import TokenLifetimeIsInvalid, TokenScopeIsUnknown, TooManyTokens
from apps.rbac.models import ApiToken
from apps.rbac.services import step_up, tokens
from tests.factories.rbac import ApiTokenFactory, set_up_totp
from tests.rbac.conftest import Browser

pytestmark = pytest.mark.django_db


def bearer(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def create(user, now, *, scopes=("read",), days=30):
    return tokens.create_token(
        user=user,
        name="script",
        scopes=list(scopes),
        expires_at=now + timedelta(days=days),
        now=now,
    )


@pytest.fixture
def session(person) -> Browser:
    browser = Browser()
    browser.sign_in(person)
    return browser


def body(**changes):
    expires_at = (timezone.now() + timedelta(days=30)).isoformat()
    return {"name": "script", "scopes": ["read"], "expires_at": expires_at, **changes}


@pytest.mark.sqlite
def test_is_shown_once_and_kept_as_a_digest(session, person):
    response = session.post("/api/v1/tokens/", body(), content_type="application/json")

    key = response.json()["token"]
    token = ApiToken.objects.get()
    assert (response.status_code, key[:3], len(key) >= 46) == (201, "kb_", True)
    assert key not in str(vars(token))
    assert (token.user, token.prefix) == (person, key[:10])
    listed = session.get("/api/v1/tokens/").json()["results"]
    assert [set(row) & {"token", "digest"} for row in listed] == [set()]
    assert AuditEntry.objects.get(verb="apitoken.created").facts == {"scopes": ["read"]}


def test_opens_the_api(person, now):
    new = create(person, timezone.now())

    response = bearer(new.key).get("/api/v1/me/")

    assert (response.status_code, response.json()["id"]) == (200, person.pk)


@pytest.mark.parametrize(
    "header", ["Bearer kb_wrong", "Bearer", "Bearer kb_a b", "bearer \xff", "Bearer other"]
)
def test_nonsense_is_refused(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    response = client.get("/api/v1/me/")

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["code"] == "core.authentication_failed"


@pytest.mark.parametrize(
    "death",
    [
        {
            "expires_at": timezone.now() - timedelta(seconds=1),
            "created_at": timezone.now() - timedelta(days=9),
        },
        {"revoked_at": timezone.now()},
        {"user__is_active": False},
    ],
    ids=["expired", "revoked", "owner disabled"],
)
def test_dead_token_is_refused(death, platform):
    ApiTokenFactory(key="kb_dead", user__tenant=platform, **death)

    assert bearer("kb_dead").get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("patch", "/api/v1/me/"),
        ("post", "/api/v1/me/messages/read-all/"),
        ("patch", "/api/v1/me/notification-preferences/"),
    ],
)
def test_a_permission_does_not_stand_for_the_whole_account(method, path, person):
    """What nobody needs a permission for needs the scope "write"."""
    narrow = create(person, timezone.now(), scopes=["orders.place_order"])
    whole = create(person, timezone.now(), scopes=["write"])
    before = person.display_name

    refused = getattr(bearer(narrow.key), method)(path, {"display_name": "x"})
    passed = getattr(bearer(whole.key), method)(path, {}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (403, "rbac.token_scope_is_missing")
    assert passed.status_code < 400
    person.refresh_from_db()
    assert person.display_name == before


def test_reading_token_does_not_write(person):
    new = create(person, timezone.now())

    response = bearer(new.key).patch("/api/v1/me/", {"display_name": "x"})

    assert (response.status_code, response.json()["code"]) == (403, "rbac.token_is_read_only")


def test_is_never_above_its_owner(clerk):
    new = create(clerk, timezone.now(), scopes=["write"])
    owner = tokens.narrowed_owner(token=tokens.token_of(key=new.key, now=timezone.now()))

    assert owner.has_perm("rbac.view_department")
    assert not owner.has_perm("rbac.view_user")


def test_does_only_what_its_scopes_name(boss):
    new = create(boss, timezone.now(), scopes=["rbac.view_role"])
    owner = tokens.narrowed_owner(token=tokens.token_of(key=new.key, now=timezone.now()))

    assert owner.has_perm("rbac.view_role")
    assert not owner.has_perm("rbac.view_user")
    assert not type(owner).objects.visible_to(owner).exists()


def test_loses_what_its_owner_loses(clerk):
    new = create(clerk, timezone.now(), scopes=["rbac.view_department"])
    clerk.user_roles.all().delete()

    owner = tokens.narrowed_owner(token=tokens.token_of(key=new.key, now=timezone.now()))

    assert not owner.has_perm("rbac.view_department")


def test_reading_means_viewing(boss):
    named = tokens.permissions_of(user=boss, scopes=["read"])

    assert {code.split(".")[1].split("_")[0] for code in named} == {"view"}


def test_scopes_are_known_and_ones_own(clerk, now):
    for scopes in ([], ["everything"], ["rbac.view_user"]):
        with pytest.raises(TokenScopeIsUnknown):
            create(clerk, now, scopes=scopes)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_lives_a_year_at_most(person, now, days):
    with pytest.raises(TokenLifetimeIsInvalid):
        create(person, now, days=days)


def test_nobody_has_more_than_twenty(person, now):
    ApiTokenFactory.create_batch(
        19, user=person, expires_at=now + timedelta(days=9), created_at=now
    )
    create(person, now)

    with pytest.raises(TooManyTokens):
        create(person, now)


def test_use_is_noted_once_a_minute(person, now):
    new = create(person, now)

    for seconds in (0, 30, 61):
        tokens.token_of(key=new.key, now=now + timedelta(seconds=seconds))
        new.token.refresh_from_db()
        assert new.token.last_used_at == now + timedelta(seconds=61 if seconds == 61 else 0)


def test_key_makes_no_keys(person):
    new = create(person, timezone.now(), scopes=["write"])
    client = bearer(new.key)

    answers = [
        client.get("/api/v1/tokens/"),
        client.post("/api/v1/tokens/", body()),
        client.post("/api/v1/step-up/", {"action": "create-token", "password": "x"}),
    ]

    assert [a.status_code for a in answers] == [403] * 3
    assert ApiToken.objects.count() == 1


def test_key_opens_no_page(person, boss):
    new = create(boss, timezone.now(), scopes=["write"])

    response = Client(headers={"authorization": f"Bearer {new.key}"}).get("/admin/")

    assert (response.status_code, response.url) == (302, "/admin/login/?next=/admin/")


def test_staff_without_second_factor_have_no_way_round(boss, settings):
    new = create(boss, timezone.now())
    settings.STAFF_MFA_REQUIRED = True
    assert bearer(new.key).get("/api/v1/me/").json()["code"] == "rbac.mfa_required"

    set_up_totp(boss)

    assert bearer(new.key).get("/api/v1/me/").status_code == 200


def test_making_one_needs_the_second_factor_again(person, code):
    browser = Browser()
    browser.sign_in(person)
    browser.second_factor(code)

    refused = browser.post("/api/v1/tokens/", body(), content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "rbac.step_up_required")
    session = browser.session
    step_up.remember(session, user=person, action="create-token", now=timezone.now())
    session.save()
    made = browser.post("/api/v1/tokens/", body(), content_type="application/json")

    assert made.status_code == 201


def test_owner_revokes_his_own_and_no_other(session, person, outsider):
    own = ApiTokenFactory(user=person)
    foreign = ApiTokenFactory(user=outsider)

    answers = [session.delete(f"/api/v1/tokens/{t.pk}/").status_code for t in (own, foreign)]

    own.refresh_from_db()
    foreign.refresh_from_db()
    assert answers == [204, 404]
    assert (own.revoked_at is None, foreign.revoked_at is None) == (False, True)


@pytest.mark.parametrize("rows", [1, 10])
def test_list_asks_as_much_for_ten_as_for_one(session, person, rows, django_assert_max_num_queries):
    ApiTokenFactory.create_batch(rows, user=person)
    session.get("/api/v1/tokens/")

    with django_assert_max_num_queries(8):
        assert session.get("/api/v1/tokens/").json()["count"] == rows


def test_command_prints_a_key(person):
    out = StringIO()

    call_command("create_token", person.email, "--scope", "read", "--days", "7", stdout=out)

    assert bearer(out.getvalue().strip()).get("/api/v1/me/").status_code == 200


def test_command_refuses_who_may_not_have_one(boss, settings):
    settings.STAFF_MFA_REQUIRED = True

    with pytest.raises(CommandError, match="two-factor"):
        call_command("create_token", boss.email)
    with pytest.raises(CommandError, match="no active user"):
        call_command("create_token", "nobody@kboss.test")


def test_scheme_is_in_the_schema(boss, browse):
    schema = SchemaGenerator().get_schema(request=None, public=True)

    assert schema["components"]["securitySchemes"]["personalToken"]["scheme"] == "bearer"
