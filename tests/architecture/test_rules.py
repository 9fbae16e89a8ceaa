"""Each rule catches what it is for, and leaves its neighbour alone."""

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from tests.architecture import rules

SERVICES = "apps/billing/services.py"
PLANTED = [
    (rules.fits_on_the_page, "apps/billing/models.py", "x = 1\n" * 401),
    (rules.fits_on_the_page, "apps/billing/models.py", "def f():\n" + "    x = 1\n" * 40),
    (rules.services_are_explicit, SERVICES, "def pay(bill): rbac.require(bill)"),
    (rules.services_are_explicit, "apps/billing/services/bills.py", "def pay(*, bill): ..."),
    (rules.tasks_are_named, "apps/billing/tasks.py", "@shared_task\ndef pay(*, bill_id): ..."),
    (
        rules.tasks_are_named,
        "apps/billing/tasks.py",
        "@shared_task(name='orders.pay')\ndef pay(*, bill_id): ...",
    ),
    (
        rules.tasks_are_named,
        "apps/billing/tasks.py",
        "@shared_task(name='billing.pay')\ndef pay(bill_id): ...",
    ),
    (rules.only_flow_assigns_status, SERVICES, "bill.status = PAID"),
    (rules.only_flow_assigns_status, SERVICES, "bills.filter(pk=1).update(status=PAID)"),
    (
        rules.only_flow_assigns_status,
        "apps/billing/models/bills.py",
        "class Bill:\n    def pay(self):\n        self.status = PAID",
    ),
    (rules.status_is_compared_with_its_enum, SERVICES, "bill.status == 'paid'"),
    (rules.status_is_compared_with_its_enum, SERVICES, "bill.status in ('paid', 'void')"),
    (rules.status_is_compared_with_its_enum, SERVICES, "bills.filter(status='paid')"),
    (
        rules.nobody_swallows_a_deadlock,
        SERVICES,
        "with transaction.atomic():\n    try: pay()\n    except OperationalError: pass",
    ),
    (
        rules.nobody_swallows_a_deadlock,
        SERVICES,
        "try: pay()\nexcept (ValueError, db.DatabaseError): pass",
    ),
    (rules.jobs_start_at_the_edge, SERVICES, "tasks.pay.delay(bill_id=1)"),
    (rules.jobs_start_at_the_edge, "apps/billing/selectors.py", "pay.apply_async(kwargs={})"),
    (
        rules.jobs_start_at_the_edge,
        "apps/billing/receivers.py",
        "tasks.pay.apply_async(kwargs={}, countdown=5)",
    ),
    (rules.writes_stay_in_services, "apps/billing/api/views.py", "Bill.objects.create(total=1)"),
    (
        rules.writes_stay_in_services,
        "apps/billing/selectors.py",
        "Bill.objects.filter(pk=1).update(total=1)",
    ),
    (
        rules.logic_stays_out_of_save,
        "apps/billing/models.py",
        "class Bill(Model):\n    def save(self, **options): ...",
    ),
    (
        rules.logic_stays_out_of_save,
        "apps/billing/api/serializers.py",
        "class BillIn(Serializer):\n    def create(self, data): ...",
    ),
    (rules.keywords_are_spelled_out, SERVICES, "def pay(*, bill, **facts): record(**facts)"),
    (rules.names_say_something, "apps/billing/utils.py", ""),
    (rules.names_say_something, SERVICES, "class BillManager: ..."),
    (rules.names_say_something, SERVICES, "class BillHandler(Base): ..."),
    (rules.names_say_something, "tests/billing/test_bills.py", "bill2 = make()"),
    (rules.names_say_something, SERVICES, "def merge(*, bill_1, bill_2): ..."),
    (
        rules.nothing_hides_in_the_thread,
        "apps/billing/models.py",
        "from django.db.models.signals import post_save",
    ),
    (rules.nothing_hides_in_the_thread, "apps/billing/models.py", "current = threading.local()"),
    (rules.nothing_hides_in_the_thread, "apps/rbac/scoping.py", "from threading import local"),
    (rules.tests_use_fakes, "tests/billing/test_bills.py", "from unittest.mock import patch"),
    (rules.tests_use_fakes, "tests/billing/test_bills.py", "from unittest import mock"),
]
ALLOWED = [
    (rules.fits_on_the_page, "apps/billing/models.py", "def f():\n" + "    x = 1\n" * 39),
    (
        rules.services_are_explicit,
        SERVICES,
        "def pay(*, bill, actor): rbac.require(actor, P, bill)",
    ),
    (rules.services_are_explicit, SERVICES, "def pay(*, bill): 'Pay. Trusted: a job.'"),
    (rules.services_are_explicit, SERVICES, "def _pay(bill): ..."),
    (
        rules.tasks_are_named,
        "apps/billing/tasks.py",
        "@shared_task(name='billing.pay', bind=True)\ndef pay(self, *, bill_id): ...",
    ),
    (rules.only_flow_assigns_status, "apps/core/flow.py", "thing.status = to"),
    (
        rules.only_flow_assigns_status,
        "apps/core/errors.py",
        "class E:\n def f(self): self.status = 1",
    ),
    (rules.status_is_compared_with_its_enum, SERVICES, "bill.status == BillStatus.PAID"),
    (rules.status_is_compared_with_its_enum, SERVICES, "Milestone(status='failed')"),
    (rules.nobody_swallows_a_deadlock, SERVICES, "try: pay()\nexcept IntegrityError: raise Taken"),
    (rules.jobs_start_at_the_edge, "apps/billing/receivers.py", "tasks.pay.delay(bill_id=1)"),
    (rules.jobs_start_at_the_edge, "apps/billing/tasks.py", "pay.delay(bill_id=1)"),
    (rules.jobs_start_at_the_edge, "apps/billing/admin/bills.py", "tasks.pay.delay(bill_id=1)"),
    (rules.writes_stay_in_services, SERVICES, "Bill.objects.create(total=1)"),
    (rules.logic_stays_out_of_save, SERVICES, "class Form:\n    def save(self): ..."),
    (rules.keywords_are_spelled_out, "apps/core/audit.py", "def f(**facts): g(**facts)"),
    (rules.keywords_are_spelled_out, SERVICES, "def _keep(**columns): row.update(**columns)"),
    (rules.names_say_something, SERVICES, "digest_sha256 = md5 = 1"),
    (rules.names_say_something, SERVICES, "class Answer(BaseHTTPRequestHandler): ..."),
    (rules.names_say_something, SERVICES, "class UserManager(BaseUserManager): ..."),
    (
        rules.nothing_hides_in_the_thread,
        "apps/rbac/apps.py",
        "from django.db.models.signals import post_migrate",
    ),
]


@pytest.mark.parametrize(("rule", "path", "source"), PLANTED)
def test_a_violation_is_seen(rule, path, source):
    assert rule(PurePosixPath(path), dedent(source)) != []


@pytest.mark.parametrize(("rule", "path", "source"), ALLOWED)
def test_its_neighbour_is_left_alone(rule, path, source):
    assert rule(PurePosixPath(path), dedent(source)) == []


def test_every_rule_is_planted():
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)
