"""What people ask for themselves, through the API: customers in the portal, and staff's programs.

An owning app registers which of its kinds, with the fields that a person fills in and its own
service that submits: the checks are those of the buttons in the admin (`requestadmin`).

    register(Ask("billing.credit_limit", CreditLimitForm, services.request_credit_limit,
                 WalletPerm.REQUEST, for_customers=CreditLimitForm))

The form's values go to the service by their names, with `actor`, `now` and `attachments`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals.enums import ApprovalPerm
from apps.approvals.errors import FormIsInvalid, KindIsUnknown
from apps.approvals.models import Approval
from apps.core.errors import DomainError
from apps.core.money import parse_yuan
from apps.rbac import services as rbac
from apps.rbac.enums import UserKind
from apps.rbac.models import User

MOST_CHOICES = 200  # rows that are listed; others are named by their id


class YuanField(forms.DecimalField):
    """Yuan with at most two decimals: no 1e3, no float."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return parse_yuan(value)
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error


class PercentField(forms.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=100, max_digits=7, decimal_places=4, **options)


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's fields take no []
    """A row that the asking person may see, by its id; `rows` narrows it."""

    def __init__(
        self, queryset: QuerySet[Any], *, rows: Callable[[User], QuerySet[Any]], **options: Any
    ) -> None:
        super().__init__(queryset.none(), **options)
        self.rows = rows


class AskForm(forms.Form):
    """What is asked for, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea)

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.prepare()
        for field in self.fields.values():
            if isinstance(field, RowField):
                field.queryset = field.rows(user)
        self.order_fields([name for name in self.fields if name != "reason"])

    def prepare(self) -> None:
        """Take fields away, fill in initial values."""

    @property
    def is_customers(self) -> bool:
        return self.user.kind == UserKind.PORTAL


@dataclass(frozen=True)
class Ask:
    """How a kind is asked for: by staff with `form`, by customers if there is a form for them."""

    kind: str
    form: type[AskForm]
    service: Callable[..., Approval]
    permission: str
    for_customers: type[AskForm] | None = None
    intro: StrOrPromise = ""

    def form_for(self, user: User) -> type[AskForm] | None:
        """The form that this person fills in; None if it is not for him to ask."""
        if not user.has_perms([ApprovalPerm.SUBMIT, self.permission]):
            return None
        return self.form if user.kind == UserKind.STAFF else self.for_customers


_asks: dict[str, Ask] = {}


def register(ask: Ask) -> None:
    _asks[ask.kind] = ask


def unregister(kind: str) -> None:
    """For tests that bring a kind of their own."""
    _asks.pop(kind, None)


def form_of(kind: str, user: User) -> AskForm | None:
    """The empty form of a kind for this person, if he may ask for it."""
    ask = _asks.get(kind)
    form = ask.form_for(user) if ask else None
    return form(user=user) if form else None


def intro_of(kind: str) -> StrOrPromise:
    ask = _asks.get(kind)
    return ask.intro if ask else ""


def submit(*, kind: str, form: Mapping[str, Any], user: User, **rest: Any) -> Approval:
    """Ask for it by the owning app's own service; `rest` is `now` and `attachments`.

    :raises KindIsUnknown: if it is nothing that this person asks for
    :raises FormIsInvalid: with a sentence for each field that is wrong, missing or unknown
    """
    rbac.require(user, ApprovalPerm.SUBMIT)
    ask = _asks.get(kind)
    wanted = ask.form_for(user) if ask else None
    if ask is None or wanted is None:
        raise KindIsUnknown(kind=kind)
    values = _values(wanted, form, user)
    return ask.service(**values, actor=user, **rest)


def _values(wanted: type[AskForm], given: Mapping[str, Any], user: User) -> dict[str, Any]:
    form = wanted(given, user=user)
    wrong: dict[str, StrOrPromise] = {
        name: _("There is no such field.") for name in given if name not in form.fields
    }
    wrong |= {
        name: _("This is not a valid value.")
        for name, value in given.items()
        if isinstance(value, float | bool | list | dict)
    }
    wrong |= {
        name: " ".join(str(sentence) for sentence in sentences)
        for name, sentences in form.errors.items()
        if name not in wrong
    }
    if wrong:
        raise FormIsInvalid(fields=wrong)
    return form.cleaned_data
