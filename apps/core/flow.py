"""State machines as data: the legal moves of a status field, held in code and in the database."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from apps.core import audit
from apps.core.errors import IllegalTransition
from apps.core.models import written_by

registry: dict[str, "Flow"] = {}


class Flow:
    """The legal moves of one status field.

    `model` is the label ("billing.Recharge") under which the generated tests find it; `edges` maps
    each state to the states that may follow. Only `move` assigns a status.
    """

    def __init__(self, model: str, edges: Mapping[str, set[str]], field: str = "status") -> None:
        self.model, self.edges, self.field = model, edges, field
        registry[f"{model}.{field}"] = self

    @property
    def states(self) -> list[str]:
        return [str(state) for state in self.edges]

    def is_final(self, state: str) -> bool:
        return not self.edges[state]

    def may(self, current: str, to: str) -> bool:
        return to in self.edges[current]

    def move(
        self,
        thing: models.Model,
        to: str,
        *,
        actor: AbstractBaseUser | None,
        reason: str = "",
        **stamps: object,
    ) -> None:
        """Move `thing` to `to`, set `stamps`, save both and write the audit entry.

        The caller holds the row's lock. `actor` None is the system itself.
        :raises IllegalTransition: if the machine has no such move; nothing is changed then
        """
        current = getattr(thing, self.field)
        if not self.may(current, to):
            raise IllegalTransition(thing=thing, current=self._label(thing, current), to=to)
        before = {self.field: str(current)}
        for name, value in {self.field: to, **stamps}.items():
            setattr(thing, name, value)
        written_by(thing, actor)
        thing.save(update_fields=[self.field, *stamps])
        audit.record(
            actor=actor,
            verb=f"{thing._meta.model_name}.{to}",
            thing=thing,
            before=before,
            after={self.field: str(to)},
            reason=reason,
            **_plain(stamps),
        )

    def constraints(self, stamps: Mapping[str, str] | None = None) -> list[models.CheckConstraint]:
        """The machine as CHECKs: a known state, and the moment that each of `stamps` implies."""
        prefix = self.model.lower().replace(".", "_")
        known = models.CheckConstraint(
            name=f"{prefix}_{self.field}_known", condition=Q(**{f"{self.field}__in": self.states})
        )
        return [
            known,
            *(
                models.CheckConstraint(
                    name=f"{prefix}_{stamp}_set_once_{state}",
                    condition=~Q(**{self.field: str(state)}) | Q(**{f"{stamp}__isnull": False}),
                )
                for state, stamp in (stamps or {}).items()
            ),
        ]

    def _label(self, thing: models.Model, state: str) -> str:
        choices = dict(thing._meta.get_field(self.field).flatchoices)  # type: ignore[union-attr]
        return str(choices.get(state, state))


def _plain(stamps: Mapping[str, object]) -> dict[str, Any]:
    """The facts of a move that read well in a log: moments and short texts, not whole rows."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in stamps.items()
        if isinstance(value, datetime | str | int)
    }
