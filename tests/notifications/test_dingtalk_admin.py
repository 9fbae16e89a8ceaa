import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from apps.core.audit import timeline
from apps.core.errors import Forbidden, NotFound
from apps.notifications.dingtalk import ports
from apps.notifications.dingtalk.errors import FormIsUnknown
from apps.notifications.dingtalk.ports import ProcessForm
from apps.notifications.models import (
    DingtalkDepartment,
    DingtalkProcess,
    DingtalkSettings,
    DingtalkUser,
)
from apps.notifications.selectors.dingtalk import settings_for, unmapped
from apps.notifications.services import dingtalk as services
from apps.notifications.services.dingtalk_people import sync_people
from tests.factories.dingtalk import (
    DingtalkDepartmentFactory,
    DingtalkEventFactory,
    DingtalkInstanceFactory,
    DingtalkProcessFactory,
    DingtalkSettingsFactory,
    DingtalkUserFactory,
)
from tests.factories.rbac import DepartmentFactory, StaffFactory, TenantFactory
from tests.fixtures.dingtalk import control

pytestmark = pytest.mark.django_db

AES_KEY = "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7"


@pytest.fixture(autouse=True)
def _one_form(monkeypatch):
    """Whatever other apps register: here is one kind."""
    form = ProcessForm("tests.refund", "退款", ("单号", "金额"))
    monkeypatch.setattr(ports, "_sources", [lambda: [form]])


def form_data(**changes):
    return {
        "app_key": "dingnew",
        "new_app_secret": "canary-app-secret-1234",
        "agent_id": "300",
        "originator_userid": "",
        "is_active": "on",
        "new_callback_token": "canary-token-5678",
        "new_callback_aes_key": AES_KEY,
        "processes-TOTAL_FORMS": "1",
        "processes-INITIAL_FORMS": "0",
        "processes-0-kind": "tests.refund",
        "processes-0-process_code": "PROC-9",
        **changes,
    }


def add(client, tenant, **changes):
    address = reverse("admin:notifications_dingtalksettings_add")
    return client.post(address, form_data(tenant=tenant.pk, **changes))


def page(settings):
    return reverse("admin:notifications_dingtalksettings_change", args=[settings.pk])


def press(client, settings, act, **more):
    address = reverse("admin:notifications_dingtalksettings_check", args=[settings.pk])
    answer = client.post(address, {"act": act, **more})
    return answer, [str(message) for message in get_messages(answer.wsgi_request)]


def test_secrets_go_in_and_never_come_out(boss, platform, browse):
    client = browse(boss)
    answer = add(client, platform)
    settings = DingtalkSettings.objects.get()
    shown = client.get(page(settings)).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notifications_dingtalksettings")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT * FROM notifications_historicaldingtalksettings")
        stored += str(cursor.fetchall())

    assert answer.status_code == 302
    assert (settings.app_secret, settings.callback_token) == (
        "canary-app-secret-1234",
        "canary-token-5678",
    )
    assert "canary" not in shown + stored
    assert AES_KEY not in shown + stored
    assert "AppSecret ****1234 · Token ****5678" in shown
    assert "/callbacks/dingtalk/platform/" in shown
    assert DingtalkProcess.objects.get().process_code == "PROC-9"


def test_empty_keeps_what_is_stored_unless_the_key_is_another(boss, platform, browse):
    client = browse(boss)
    settings = DingtalkSettingsFactory(tenant=platform)
    kept = form_data(
        tenant=platform.pk,
        app_key=settings.app_key,
        new_app_secret="",
        new_callback_token="",
        new_callback_aes_key="",
        agent_id="301",
    )
    saved = client.post(page(settings), kept)
    refused = client.post(page(settings), kept | {"app_key": "dingother"})

    old_secret = settings.app_secret
    settings.refresh_from_db()
    assert (saved.status_code, refused.status_code) == (302, 200)
    assert (settings.agent_id, settings.app_secret) == ("301", old_secret)


@pytest.mark.parametrize("changes", [{"new_app_secret": ""}, {"new_callback_aes_key": "short"}])
def test_refuses_half_an_application(boss, platform, browse, changes):
    answer = add(browse(boss), platform, **changes)

    assert answer.status_code == 200
    assert not DingtalkSettings.objects.exists()


def test_only_operations_edit_them(platform, clerk, stranger, browse, dingtalk_settings):
    for person in (clerk, stranger):
        client = browse(person)
        assert add(client, platform).status_code == 403
        assert client.get(page(dingtalk_settings)).status_code in {302, 403}
        assert press(client, dingtalk_settings, "connection")[0].status_code in {403, 404}

    dingtalk_settings.refresh_from_db()
    assert dingtalk_settings.tested_at is None


def test_another_tenants_buttons_do_not_exist(rival_boss, browse, dingtalk_settings):
    for act in ("connection", "people", "forms", "process"):
        assert press(browse(rival_boss), dingtalk_settings, act)[0].status_code == 404


def test_services_refuse_the_wrong_people(stranger, clerk, rival_boss, dingtalk_settings, now):
    process = DingtalkProcessFactory(settings=dingtalk_settings)
    for actor in (stranger, clerk, rival_boss):
        for service, arguments in (
            (services.test_connection, {"settings": dingtalk_settings, "now": now}),
            (services.test_process, {"process": process, "now": now}),
            (services.create_forms, {"settings": dingtalk_settings}),
            (sync_people, {"settings": dingtalk_settings, "now": now}),
        ):
            with pytest.raises((Forbidden, NotFound)):
                service(actor=actor, **arguments)

    process.refresh_from_db()
    assert process.tested_at is None


def test_the_button_tells_how_the_connection_is(boss, browse, dingtalk_server, dingtalk_settings):
    client = browse(boss)
    good = press(client, dingtalk_settings, "connection")[1]
    dingtalk_settings.app_secret = "wrong"
    dingtalk_settings.save()
    bad = press(client, dingtalk_settings, "connection")[1]
    dingtalk_server.stop()
    down = press(client, dingtalk_settings, "connection")[1]

    assert "invalidClientIdOrSecret" in bad[-1]
    assert good != down
    assert [entry.facts for entry in timeline(dingtalk_settings)][:2] == [
        {"is_connected": True},
        {"is_connected": False},
    ]


def test_the_button_of_a_kind_compares_the_fields(boss, browse, dingtalk_server, dingtalk_settings):
    process = DingtalkProcessFactory(settings=dingtalk_settings, kind="tests.refund")
    client = browse(boss)
    control(dingtalk_server, forms=[{"code": "PROC-1", "name": "退款", "fields": ["单号"]}])
    press(client, dingtalk_settings, "process", process=process.pk)
    process.refresh_from_db()
    first = process.test_problem
    control(dingtalk_server, forms=[{"code": "PROC-1", "name": "退款", "fields": ["金额", "单号"]}])
    press(client, dingtalk_settings, "process", process=process.pk)
    process.refresh_from_db()

    assert "金额" in first
    assert "单号" not in first
    assert process.test_problem == ""
    assert process.tested_at is not None


def test_a_process_code_that_dingtalk_does_not_know(boss, dingtalk_server, dingtalk_settings, now):
    unknown = DingtalkProcessFactory(
        settings=dingtalk_settings, kind="tests.refund", process_code="PROC-0"
    )
    retired = DingtalkProcessFactory(settings=dingtalk_settings, kind="tests.retired")

    assert "processCode.error" in services.test_process(process=unknown, actor=boss, now=now)
    assert "tests.retired" in services.test_process(process=retired, actor=boss, now=now)
    assert FormIsUnknown(kind="x").status == 400


def test_creates_the_forms_that_are_missing(boss, browse, dingtalk_server, dingtalk_settings):
    client = browse(boss)
    press(client, dingtalk_settings, "forms")
    press(client, dingtalk_settings, "forms")

    process = DingtalkProcess.objects.get()
    assert dingtalk_server.state.form(process.process_code)["fields"] == '["单号", "金额"]'


def test_matches_people_and_departments_and_reports_the_rest(
    boss, browse, platform, dingtalk_server, dingtalk_settings
):
    by_phone = StaffFactory(tenant=platform, phone="+8613800138011", display_name="按手机")
    by_email = StaffFactory(tenant=platform, email="mail@kboss.test", display_name="按邮箱")
    by_hand = StaffFactory(tenant=platform, phone="+8613800138012")
    unknown = StaffFactory(tenant=platform, display_name="没有钉钉的人")
    sales, twins = DepartmentFactory(tenant=platform, name="销售部"), "同名部"
    for _ in range(2):
        DepartmentFactory(tenant=platform, name=twins)
    DingtalkUserFactory(settings=dingtalk_settings, user=by_hand, userid="hand")
    control(
        dingtalk_server,
        departments=[{"id": 2, "name": "销售部"}, {"id": 3, "name": twins, "parent": 2}],
        people=[
            {"userid": "a", "unionid": "UA", "name": "甲", "mobile": "138 0013 8011"},
            {"userid": "b", "name": "乙", "email": "MAIL@kboss.test", "department": 3},
            {"userid": "c", "name": "丙", "mobile": "13800138012", "department": 2},
            {"userid": "d", "name": "丁", "mobile": "13800138099"},
        ],
    )
    press(browse(boss), dingtalk_settings, "people")
    shown = browse(boss).get(page(dingtalk_settings)).content.decode()

    known = dict(DingtalkUser.objects.values_list("user", "userid"))
    assert known == {by_phone.pk: "a", by_email.pk: "b", by_hand.pk: "hand"}
    assert DingtalkUser.objects.get(user=by_phone).unionid == "UA"
    assert DingtalkDepartment.objects.get().department == sales
    assert unknown in unmapped(dingtalk_settings).people
    assert "没有钉钉的人" in shown
    assert {d.name for d in unmapped(dingtalk_settings).departments} == {twins}


def test_pages_through_many_people(boss, platform, dingtalk_server, dingtalk_settings, now):
    StaffFactory(tenant=platform, email="last@kboss.test")
    crowd = [{"userid": f"p{n:04}", "name": f"人{n}"} for n in range(250)]
    control(
        dingtalk_server,
        people=[*crowd, {"userid": "z", "name": "末", "email": "last@kboss.test"}],
    )

    assert sync_people(settings=dingtalk_settings, actor=boss, now=now).people == 1


def test_a_tenant_is_served_by_the_nearest_dingtalk(platform, distributor, dingtalk_settings):
    staff = StaffFactory(tenant=distributor)
    assert settings_for(distributor) == dingtalk_settings
    assert staff in unmapped(dingtalk_settings).people

    own = DingtalkSettingsFactory(tenant=distributor, app_key="dingown")

    assert settings_for(distributor) == own
    assert settings_for(platform) == dingtalk_settings
    assert staff not in unmapped(dingtalk_settings).people
    own.is_active = False
    own.save()
    assert settings_for(distributor) == dingtalk_settings


def test_the_report_asks_as_often_for_ten_people_as_for_one(
    boss, browse, platform, dingtalk_settings, django_assert_num_queries
):
    client = browse(boss)
    client.get(page(dingtalk_settings))
    StaffFactory(tenant=platform, department=DepartmentFactory(tenant=platform))
    with connection.execute_wrapper(counted := Counter()):
        client.get(page(dingtalk_settings))
    for _ in range(9):
        StaffFactory(tenant=platform, department=DepartmentFactory(tenant=platform))
    with connection.execute_wrapper(again := Counter()):
        client.get(page(dingtalk_settings))

    assert again.count == counted.count


@pytest.mark.parametrize(
    "factory",
    [
        DingtalkSettingsFactory,
        DingtalkUserFactory,
        DingtalkDepartmentFactory,
        DingtalkEventFactory,
        DingtalkInstanceFactory,
    ],
)
def test_lists_ask_as_often_for_ten_rows_as_for_one(
    boss, browse, platform, dingtalk_settings, factory
):
    client = browse(boss)
    name = factory._meta.model._meta.model_name
    address = reverse(f"admin:notifications_{name}_changelist")
    whose = {} if factory is DingtalkSettingsFactory else {"settings": dingtalk_settings}

    def rows(count):
        for _ in range(count):
            tenant = TenantFactory(parent=platform)
            factory(**(whose or {"tenant": tenant}))

    rows(1)
    client.get(address)
    with connection.execute_wrapper(counted := Counter()):
        client.get(address)
    rows(9)
    with connection.execute_wrapper(again := Counter()):
        client.get(address)

    assert again.count == counted.count


class Counter:
    count = 0

    def __call__(self, execute, *arguments):
        self.count += 1
        return execute(*arguments)
