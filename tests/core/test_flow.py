"""X-9: every state machine, every pair of states: legal moves happen, all others change nothing."""

import pytest
from django.apps import apps

from apps.core import flow
from apps.core.errors import IllegalTransition
from apps.core.models import AuditEntry

FLOWS = sorted(flow.registry)
PAIRS = [
    (name, current, to)
    for name in FLOWS
    for current in flow.registry[name].states
    for to in flow.registry[name].states
]


class Unsaved:
    """Stands in for a row: remembers what would be written."""

    def __init__(self, model, **fields) -> None:
        self.pk, self._meta, self.saved = 1, model._meta, None
        for name, value in fields.items():
            setattr(self, name, value)

    def save(self, update_fields) -> None:
        self.saved = update_fields

    def __str__(self) -> str:
        return "this"


def test_there_are_machines_to_test():
    assert len(FLOWS) >= 8


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "current", "to"), PAIRS)
def test_moves_as_the_table_says(name, current, to):
    machine = flow.registry[name]
    thing = Unsaved(apps.get_model(machine.model), **{machine.field: current})

    if machine.may(current, to):
        machine.move(thing, to, actor=None, reason="because")
        entry = AuditEntry.objects.get()
        assert (getattr(thing, machine.field), thing.saved) == (to, [machine.field])
        assert (entry.before, entry.after) == ({machine.field: current}, {machine.field: to})
        assert entry.reason == "because"
    else:
        with pytest.raises(IllegalTransition):
            machine.move(thing, to, actor=None)
        assert (getattr(thing, machine.field), thing.saved) == (current, None)
        assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", FLOWS)
def test_the_database_knows_the_states(name):
    machine = flow.registry[name]
    model = apps.get_model(machine.model)
    constraint = f"{machine.model.lower().replace('.', '_')}_{machine.field}_known"

    assert constraint in {c.name for c in model._meta.constraints}


@pytest.mark.parametrize("name", FLOWS)
def test_every_state_is_a_choice_and_can_be_reached(name):
    machine = flow.registry[name]
    field = apps.get_model(machine.model)._meta.get_field(machine.field)
    reached = {str(to) for ends in machine.edges.values() for to in ends} | {str(field.default)}

    assert {value for value, _label in field.choices} == set(machine.states)
    assert set(machine.states) <= reached
