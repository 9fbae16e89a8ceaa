"""What the types of all apps share: who asks, the rows that he may see, pages of them, money."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NewType

import strawberry
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Model, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import FilterSet
from rest_framework.request import Request

from apps.core.errors import Invalid, NotFound
from apps.core.graph.limits import LARGEST_PAGE

Yuan = NewType("Yuan", Decimal)
YUAN = strawberry.scalar(
    name="Yuan",
    description='Yuan with two decimals, as text: "12.34".',
    serialize=lambda amount: f"{amount:.2f}",
)


@dataclass(frozen=True)
class Asker:
    """Who asks, and when: one moment for the whole answer."""

    request: Request
    user: AbstractBaseUser | AnonymousUser
    now: datetime


Info = strawberry.Info[Asker, None]
PageNumber = Annotated[int, strawberry.argument(description="From 1.")]
PageSize = Annotated[int, strawberry.argument(description="From 1 to 100.")]


class PageIsInvalid(Invalid):
    code = "core.page_invalid"
    message = _("Pages are counted from 1 and have 1 to {most} rows.")


@strawberry.type
class Page[T]:
    """A part of a list. `count` is of all of it."""

    queryset: strawberry.Private[QuerySet[Any]]
    load: strawberry.Private[Callable[[QuerySet[Any]], QuerySet[Any]]]
    place: strawberry.Private[slice]

    @strawberry.field
    def count(self) -> int:
        return self.queryset.order_by().count()

    @strawberry.field
    def results(self) -> list[T]:
        """The page by its keys first: what costs more is asked for these rows alone."""
        chosen = list(self.queryset.values_list("pk", flat=True)[self.place])
        rows = self.queryset.model._default_manager.filter(pk__in=chosen)
        order = [When(pk=pk, then=Value(place)) for place, pk in enumerate(chosen)]
        return self.load(rows).order_by(Case(*order) if order else "pk")  # type: ignore[return-value]  # a QuerySet, which the optimizer completes


def rows(model: type[Model], info: Info) -> Any:
    """The rows of `model` that the asking person may see: the answer of the REST API."""
    return model._default_manager.all().visible_to(info.context.user)  # type: ignore[attr-defined]  # of every business model


def one(queryset: QuerySet[Any], pk: int) -> Any:
    """:raises NotFound: if there is none, or it is not his to see"""
    found = queryset.filter(pk=pk)
    if not found.exists():
        raise NotFound
    return found


def as_it_is(queryset: QuerySet[Any]) -> QuerySet[Any]:
    return queryset


def page_of(
    queryset: QuerySet[Any],
    *,
    number: int,
    size: int,
    load: Callable[[QuerySet[Any]], QuerySet[Any]] = as_it_is,
) -> Any:
    """:raises PageIsInvalid: if there is no such page, however long the list is"""
    if number < 1 or not 1 <= size <= LARGEST_PAGE:
        raise PageIsInvalid(most=LARGEST_PAGE)
    place = slice((number - 1) * size, number * size)
    return Page(queryset=queryset, load=load, place=place)


def filtered(
    filters: type[FilterSet], queryset: QuerySet[Any], info: Info, given: Mapping[str, Any]
) -> QuerySet[Any]:
    """Narrowed by the filters of the REST list.

    :raises Invalid: with a sentence for each value that its filter does not know
    """
    data = {name: value for name, value in given.items() if value is not None}
    asked = filters(data, queryset=queryset, request=info.context.request)
    if not asked.is_valid():
        raise Invalid(fields={name: " ".join(said) for name, said in asked.errors.items()})
    narrowed: QuerySet[Any] = asked.qs
    return narrowed
