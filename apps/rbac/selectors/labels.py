"""Permissions in words: "view orders", grouped as people think of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.auth.models import Permission
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

VERBS = {
    "view": _("View"),
    "add": _("Add"),
    "change": _("Edit"),
    "delete": _("Delete"),
}


@dataclass
class MatrixRow:
    """One kind of thing, and what may be done with it."""

    app: str
    model: str
    verbs: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(VERBS, False))
    others: list[str] = field(default_factory=list)


def code_of(permission: Permission) -> str:
    """ "app.codename" """
    return f"{permission.content_type.app_label}.{permission.codename}"


def label_of(permission: Permission) -> str:
    """The permission in the reader's language, with what it is about."""
    app, model = _names(permission)
    return f"{app} › {model} › {_act(permission)}"


def matrix_of(permissions: Iterable[Permission]) -> list[MatrixRow]:
    """Permissions as a table: a line for each model, grouped by app."""
    rows: dict[tuple[str, str], MatrixRow] = {}
    held: dict[tuple[str, str], list[Permission]] = defaultdict(list)
    for permission in permissions:
        held[permission.content_type.app_label, permission.content_type.model].append(permission)
    for key, of_model in sorted(held.items()):
        app, model = _names(of_model[0])
        rows[key] = row = MatrixRow(app, model)
        for permission in sorted(of_model, key=lambda p: p.codename):
            verb = _default_verb(permission)
            if verb:
                row.verbs[verb] = True
            else:
                row.others.append(_act(permission))
    return list(rows.values())


def _names(permission: Permission) -> tuple[str, str]:
    content_type = permission.content_type
    app = apps.get_app_config(content_type.app_label).verbose_name
    model = content_type.model_class()
    return str(app), str(model._meta.verbose_name if model else content_type.model)


def _default_verb(permission: Permission) -> str:
    verb, _underscore, model = permission.codename.partition("_")
    return verb if verb in VERBS and model == permission.content_type.model else ""


def _act(permission: Permission) -> str:
    verb = _default_verb(permission)
    return str(VERBS[verb]) if verb else gettext(permission.name)
