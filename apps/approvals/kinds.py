"""What can be approved. Owning apps register their kinds here when they start.

# apps/billing/approvals.py, imported by BillingConfig.ready
class CreditLimit(Kind):
    code = "billing.credit_limit"
    label = _("Credit limit")
    fields = (FormField("amount", _("New limit"), FieldType.MONEY, is_condition=True),)
    involves_money = True
    default_graph = Graph((Node("head", "部门主管", Approvers.department_head()), …))

    def on_approved(self, approval, now): billing.set_credit_limit(…)

register(CreditLimit())
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django_stubs_ext import StrOrPromise

from apps.approvals.engine.conditions import Types, ValueType
from apps.approvals.engine.graph import Approvers, Graph, Mode, Node, OnEmpty, OnRepeat, OnSelf
from apps.approvals.errors import KindIsUnknown

if TYPE_CHECKING:
    from apps.approvals.models import Approval

__all__ = [
    "Approvers",
    "Card",
    "Change",
    "Fact",
    "FactKind",
    "FieldType",
    "FormField",
    "Graph",
    "Kind",
    "Mode",
    "Node",
    "OnEmpty",
    "OnRepeat",
    "OnSelf",
    "all_kinds",
    "get",
    "register",
]


class FactKind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    LINK = "link"


class FieldType(StrEnum):
    TEXT = "text"
    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    USER = "user"


NUMERIC = frozenset({FieldType.MONEY, FieldType.PERCENT, FieldType.NUMBER})


@dataclass(frozen=True)
class Fact:
    """One line of the decision card."""

    name: str
    label: StrOrPromise
    value: str | Decimal
    kind: FactKind = FactKind.TEXT
    needs: str = ""  # a permission: whoever lacks it does not see this line


@dataclass(frozen=True)
class Change:
    label: StrOrPromise
    before: str
    after: str
    needs: str = ""


@dataclass(frozen=True)
class Card:
    """What the approver needs: facts, what changes, and what he should look at twice."""

    facts: tuple[Fact, ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormField:
    """One field of the request. `choices` are (value, label); `is_condition`: flows may ask it."""

    name: str
    label: StrOrPromise
    type: FieldType = FieldType.TEXT
    choices: tuple[tuple[str, StrOrPromise], ...] = ()
    is_required: bool = True
    is_condition: bool = False


# What every flow may ask beside the form; a kind says more by `context`.
STANDARD_FACTS: dict[str, ValueType] = {
    "amount": ValueType.NUMBER,
    "discount": ValueType.NUMBER,
    "margin": ValueType.NUMBER,
    "tier": ValueType.TEXT,
    "tenant": ValueType.TEXT,
    "department": ValueType.TEXT,
    "applicant_kind": ValueType.TEXT,
}
FACT_KINDS = {
    FieldType.MONEY: FactKind.MONEY,
    FieldType.PERCENT: FactKind.PERCENT,
    FieldType.DATE: FactKind.DATE,
}


class Kind:
    """One kind of request, and what its outcome means. Subclass, and register an instance.

    `submit_permission` is asked beside approvals.submit_approval. The `on_…` methods run in a job,
    in one transaction with the mark that they ran: exactly once, and no network in them. An error
    of the domain that they raise holds the outcome for a person to repeat.
    """

    code: ClassVar[str]
    label: ClassVar[StrOrPromise]
    number_prefix: ClassVar[str] = "APR"
    fields: ClassVar[tuple[FormField, ...]] = ()
    involves_money: ClassVar[bool] = False
    allows_bulk: ClassVar[bool] = False
    submit_permission: ClassVar[str | None] = None
    # The action whose second factor an approver gives before he agrees (SEC-2): on the web alone.
    step_up: ClassVar[str] = ""
    default_graph: ClassVar[Graph]

    def card(self, approval: "Approval") -> Card:
        """What the decision page shows; the form's fields unless the kind knows better."""
        return Card(facts=facts_of(self, approval.form))

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        """Amount, discount, margin, tier … for conditions, where the form does not say them."""
        return {}

    def segregated(self, approval: "Approval") -> set[int]:
        """Who may never be the last approver: payer-out, price-changer, owner (APR-3).

        The applicant never may, and need not be named.
        """
        return set()

    def on_approved(self, approval: "Approval", now: datetime) -> None:
        """Do what was asked for."""

    def on_rejected(self, approval: "Approval", now: datetime) -> None:
        """Put the subject back, free what was held for it."""

    def on_withdrawn(self, approval: "Approval", now: datetime) -> None:
        """The applicant took it back: as after a rejection, unless the kind knows better."""
        self.on_rejected(approval, now)

    def types(self) -> Types:
        """The fields that conditions of this kind's flows may compare."""
        asked = [field for field in self.fields if field.is_condition]
        return STANDARD_FACTS | {
            field.name: ValueType.NUMBER
            if field.type in NUMERIC
            else ValueType.DATE
            if field.type is FieldType.DATE
            else ValueType.TEXT
            for field in asked
        }


def facts_of(kind: Kind, form: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The form as facts, choices by their labels."""
    facts = []
    for field in kind.fields:
        value = form.get(field.name)
        if value in (None, ""):
            continue
        shown = str(dict(field.choices).get(str(value), value))
        fact_kind = FACT_KINDS.get(field.type, FactKind.TEXT)
        is_number = field.type in NUMERIC
        facts.append(
            Fact(field.name, field.label, Decimal(shown) if is_number else shown, fact_kind)
        )
    return tuple(facts)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; the last one of a code is the one."""
    _kinds[kind.code] = kind


def unregister(code: str) -> None:
    """For tests that bring a kind of their own."""
    _kinds.pop(code, None)


def get(code: str) -> Kind:
    """:raises KindIsUnknown: if no app registered it"""
    try:
        return _kinds[code]
    except KeyError:
        raise KindIsUnknown(kind=code) from None


def all_kinds() -> list[Kind]:
    """In the order of their codes."""
    return [_kinds[code] for code in sorted(_kinds)]
