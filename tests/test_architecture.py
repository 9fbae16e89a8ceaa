"""The tree keeps the house rules; each rule is shown a violation first (tests/architecture)."""

from configparser import ConfigParser
from pathlib import Path, PurePosixPath

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.generics import GenericAPIView

from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.core.modeladmin import ScopedModelAdmin
from kboss.celery import app as celery
from tests.architecture.rules import RULES

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("apps", "kboss", "simulators", "scripts", "benchmarks", "tests")
SOURCES = sorted(
    path.relative_to(ROOT)
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)


def _ranks() -> dict[str, int]:
    """The stack as import-linter reads it."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    layers = config["importlinter:contract:stack"]["layers"].strip().splitlines()
    return {
        app.strip(): rank for rank, layer in enumerate(reversed(layers)) for app in layer.split("|")
    }


RANK = _ranks()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule):
    complaints = {
        str(path): found
        for path in SOURCES
        if (found := rule(PurePosixPath(path), (ROOT / path).read_text()))
    }
    assert complaints == {}


def test_foreign_keys_only_point_down_the_stack():
    uphill = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in RANK
        for field in model._meta.get_fields()
        if field.many_to_one or field.one_to_one or field.many_to_many
        if not field.auto_created and field.related_model
        if RANK.get(field.related_model._meta.app_label, -1) > RANK[model._meta.app_label]
    ]
    assert uphill == []


def test_every_admin_is_scoped():
    unscoped = {
        model._meta.label
        for model, door in admin.site._registry.items()
        if model.__module__.startswith("apps.") and not isinstance(door, ScopedModelAdmin)
    }
    assert unscoped == set()


def test_every_api_view_with_rows_is_scoped():
    unscoped = {
        view.__name__
        for view in _api_views(get_resolver())
        if issubclass(view, GenericAPIView) and view.__module__.startswith("apps.")
        if not issubclass(view, ScopedViewSet | ScopedReadOnlyViewSet)
    }
    assert unscoped == set()


def _api_views(resolver: URLResolver) -> set[type]:
    found = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            found |= _api_views(entry)
        elif isinstance(entry, URLPattern):
            view = getattr(entry.callback, "cls", None)
            found |= {view} if view else set()
    return found


def test_registered_tasks_carry_the_name_of_an_app_and_take_ids_by_name():
    celery.autodiscover_tasks(force=True)
    ours = {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}
    strangers = {name for name in ours if name.split(".")[0] not in RANK}
    positional = {
        name
        for name, task in ours.items()
        if task.run.__code__.co_argcount > hasattr(task.run, "__self__")
    }
    assert (strangers, positional) == (set(), set())


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.in")), ids=lambda path: path.name)
def test_every_dependency_has_its_reason(path):
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if "#" not in line] == []
