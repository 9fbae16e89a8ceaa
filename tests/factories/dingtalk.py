from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.notifications.dingtalk.states import DingtalkDoor
from apps.notifications.models import (
    DingtalkDepartment,
    DingtalkEvent,
    DingtalkInstance,
    DingtalkProcess,
    DingtalkSettings,
    DingtalkUser,
)
from simulators import keys
from tests.factories.rbac import DepartmentFactory, StaffFactory, TenantFactory

CREATED = datetime(2026, 11, 20, tzinfo=UTC)


class DingtalkSettingsFactory(DjangoModelFactory):
    """The application that the sandbox DingTalk knows."""

    class Meta:
        model = DingtalkSettings

    tenant = factory.SubFactory(TenantFactory)
    app_key = keys.DINGTALK_APP_KEY
    app_secret = keys.DINGTALK_APP_SECRET
    agent_id = keys.DINGTALK_AGENT_ID
    callback_token = keys.DINGTALK_CALLBACK_TOKEN
    callback_aes_key = keys.DINGTALK_CALLBACK_AES_KEY


class DingtalkProcessFactory(DjangoModelFactory):
    class Meta:
        model = DingtalkProcess

    settings = factory.SubFactory(DingtalkSettingsFactory)
    kind = "billing.credit_limit"
    process_code = "PROC-1"


class DingtalkUserFactory(DjangoModelFactory):
    class Meta:
        model = DingtalkUser

    settings = factory.SubFactory(DingtalkSettingsFactory)
    user = factory.SubFactory(StaffFactory, tenant=factory.SelfAttribute("..settings.tenant"))
    userid = factory.Sequence("person{}".format)


class DingtalkDepartmentFactory(DjangoModelFactory):
    class Meta:
        model = DingtalkDepartment

    settings = factory.SubFactory(DingtalkSettingsFactory)
    department = factory.SubFactory(
        DepartmentFactory, tenant=factory.SelfAttribute("..settings.tenant")
    )
    dept_id = factory.Sequence(lambda n: 100 + n)


class DingtalkEventFactory(DjangoModelFactory):
    class Meta:
        model = DingtalkEvent

    settings = factory.SubFactory(DingtalkSettingsFactory)
    event_id = factory.Sequence("event-{}".format)
    kind = "bpms_instance_change"
    door = DingtalkDoor.CALLBACK
    process_instance_id = "instance-1"
    received_at = CREATED


class DingtalkInstanceFactory(DjangoModelFactory):
    """An instance that is not yet at DingTalk."""

    class Meta:
        model = DingtalkInstance

    settings = factory.SubFactory(DingtalkSettingsFactory)
    subject_label = "approvals.Approval"
    subject_pk = factory.Sequence(lambda n: 1000 + n)
    number = factory.Sequence("APR{}".format)
    process_code = "PROC-1"
    next_attempt_at = CREATED
    created_at = CREATED
