"""What the acts of the audit log are called: "bill.paid" is 账单：已支付.

A move of a state is named after its model and the state. All other acts are named by the app that
writes them, in `VERBS` of its `verbs.py`.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from apps.core import flow


def label_of(verb: str) -> str:
    """The act in the reader's language; an act that nobody named any more stays what it is."""
    named = _named().get(verb)
    if named is not None:
        return str(named)
    moved = _moves().get(verb)
    if moved is None:
        return verb
    thing, state = moved
    return _("{thing}: {state}").format(thing=capfirst(str(thing)), state=state)


def all_labels() -> list[tuple[str, str]]:
    """Every act that can be in the log, with its label, by label."""
    found = {verb: label_of(verb) for verb in (*_named(), *_moves())}
    return sorted(found.items(), key=lambda item: (item[1], item[0]))


@cache
def _named() -> dict[str, StrOrPromise]:
    found: dict[str, StrOrPromise] = {}
    for config in apps.get_app_configs():
        name = f"{config.name}.verbs"
        if config.name.startswith("apps.") and find_spec(name):
            found.update(import_module(name).VERBS)
    return found


@cache
def _moves() -> dict[str, tuple[StrOrPromise, StrOrPromise]]:
    """Verb → the model's and the state's name, of every state machine."""
    found: dict[str, tuple[StrOrPromise, StrOrPromise]] = {}
    for machine in flow.registry.values():
        try:
            model = apps.get_model(machine.model)
        except LookupError:  # of a test
            continue
        choices = dict(model._meta.get_field(machine.field).flatchoices)
        for state in machine.states:
            verb = f"{model._meta.model_name}.{state}"
            found[verb] = (model._meta.verbose_name or "", choices.get(state, state))
    return found
