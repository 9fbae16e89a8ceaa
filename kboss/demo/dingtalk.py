"""The demo's DingTalk: its people are the staff, and events come to us as callbacks."""

from datetime import datetime

import requests
from django.conf import settings as django_settings

from apps.approvals import dingtalk_rounds
from apps.approvals.models import Approval
from apps.notifications.models import DingtalkSettings
from apps.notifications.services.dingtalk import callback_address, create_forms, test_connection
from apps.notifications.services.dingtalk_people import sync_people
from kboss.demo.people import Company
from simulators import keys

WITHOUT = "auditor@kboss.example"  # the mapping report has somebody to show


def load_dingtalk(company: Company, now: datetime) -> DingtalkSettings:
    """The platform's settings, its people matched, a form for each kind of approval."""
    settings = DingtalkSettings.objects.create(
        tenant=company.platform,
        app_key=keys.DINGTALK_APP_KEY,
        app_secret=keys.DINGTALK_APP_SECRET,
        agent_id=keys.DINGTALK_AGENT_ID,
        originator_userid="operations",
        callback_token=keys.DINGTALK_CALLBACK_TOKEN,
        callback_aes_key=keys.DINGTALK_CALLBACK_AES_KEY,
    )
    _fill_sandbox(company, settings)
    test_connection(settings=settings, actor=company.boss, now=now)
    sync_people(settings=settings, actor=company.boss, now=now)
    create_forms(settings=settings, actor=company.boss)
    for approval_id in Approval.objects.running().values_list("pk", flat=True):
        dingtalk_rounds.look_at(approval_id=approval_id, now=now)  # begun by the first poll
    return settings


def _fill_sandbox(company: Company, settings: DingtalkSettings) -> None:
    people = [
        {
            "userid": email.partition("@")[0],
            "unionid": f"union-{user.pk}",
            "name": user.display_name,
            "mobile": (user.phone or "").removeprefix("+86"),
            "email": email,
        }
        for email, user in company.staff.items()
        if email != WITHOUT
    ]
    names = {
        user.department.name
        for user in company.staff.values()
        if user.department and user.email != WITHOUT
    }
    departments = [{"id": 2 + n, "name": name} for n, name in enumerate(sorted(names))]
    callback = {
        "url": callback_address(settings=settings),
        "token": keys.DINGTALK_CALLBACK_TOKEN,
        "aes_key": keys.DINGTALK_CALLBACK_AES_KEY,
    }
    answer = requests.post(
        f"{django_settings.SANDBOX_URLS['dingtalk']}/control",
        json={"people": people, "departments": departments, "callback": callback},
        timeout=10,
    )
    answer.raise_for_status()
