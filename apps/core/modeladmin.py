"""Base classes of the admin: every list, form, filter, lookup, history page, export is scoped."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.filters import AllValuesFieldListFilter, RelatedFieldListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline, checkbox
from unfold.decorators import display

from apps.core.errors import DomainError
from apps.core.money import format_yuan
from apps.core.paging import COUNT_LIMIT, BoundedPaginator
from apps.core.retry import retry_txn


def scoped(model: type[Model], request: HttpRequest) -> QuerySet:
    """The rows of `model` that the signed-in person may see."""
    queryset = model._default_manager.all()
    visible_to = getattr(queryset, "visible_to", None)
    return visible_to(request.user) if visible_to else queryset


class ScopedRelatedFilter(RelatedFieldListFilter):
    """A sidebar filter on a foreign key that names only visible rows."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        rows = scoped(field.related_model, request)
        return [(row.pk, str(row)) for row in rows.order_by("pk")[:200]]


class KnownValuesFilter(AllValuesFieldListFilter):
    """A sidebar filter that names known values, without looking for them in all rows."""

    def __init__(self, *args: Any, field_path: str) -> None:
        super().__init__(*args, field_path=field_path)
        self.lookup_choices = self.values()

    def values(self) -> list[str]:
        raise NotImplementedError


class ScopedFormMixin:
    """Form fields of foreign keys offer, and accept, visible rows only."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", scoped(db_field.related_model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        kwargs.setdefault("queryset", scoped(db_field.related_model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ScopedModelAdmin(ScopedFormMixin, SimpleHistoryAdmin, ModelAdmin):
    """The base of every admin page of Kboss.

    `lookups` names further query-string lookups (list filters are allowed by themselves); nothing
    else may be probed from the address bar.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    list_filter_submit = True
    list_per_page = 50
    view_on_site = False
    lookups: ClassVar[Sequence[str]] = ()
    deletable = False  # business rows end by a state, never by deletion

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).visible_to(request.user)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Months to choose from are shown for lists that are short enough to look through."""
        changelist = super().get_changelist_instance(request)
        if changelist.result_count > COUNT_LIMIT:
            changelist.date_hierarchy = None
        return changelist

    @display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """As Unfold's, without rendering a widget for each row."""
        return format_html(_checkbox(get_language()), pk=str(obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.deletable and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            name: item
            for name, item in super().get_actions(request).items()
            if request.user.has_perm(getattr(item[0], "required_permission", ""))
            or not hasattr(item[0], "required_permission")
        }

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if not isinstance(item, str):
            return item
        field: Any = None
        model: Any = self.model
        for name in item.split("__"):
            field = model._meta.get_field(name)
            model = field.related_model
        return (item, ScopedRelatedFilter) if field.is_relation else item

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        names = {item if isinstance(item, str) else item[0] for item in self._filters(request)}
        names |= {*self.lookups, *filter(None, [self.date_hierarchy])}
        return any(lookup == name or lookup.startswith(f"{name}__") for name in names)

    def _filters(self, request: HttpRequest | None) -> Iterable[Any]:
        filters = super().get_list_filter(request) if request else self.list_filter or ()
        return [
            item if isinstance(item, str | tuple) else item.parameter_name
            for item in filters
            if isinstance(item, str | tuple) or hasattr(item, "parameter_name")
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._visible_or_404(request, object_id)
        if hasattr(self.model._meta, "simple_history_manager_attribute"):
            return super().history_view(request, object_id, extra_context)
        # Written once, or moved by services alone: the admin's own log is all there is.
        return super(SimpleHistoryAdmin, self).history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._visible_or_404(request, object_id)
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _visible_or_404(self, request: HttpRequest, object_id: str) -> None:
        """The history table outlives the row and knows no scope: ask for the row first."""
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def revert_disabled(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True  # a reverted version would skip services and their checks


class ReadOnlyAdmin(ScopedModelAdmin):
    """Rows that only services write: to look at, never to edit."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ScopedInlineMixin(ScopedFormMixin):
    """Rows of an inline are scoped as its list would be."""

    extra = 0
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        queryset = super().get_queryset(request)
        visible_to = getattr(queryset, "visible_to", None)
        return visible_to(request.user) if visible_to else queryset


class ScopedTabularInline(ScopedInlineMixin, TabularInline):
    pass


class ScopedStackedInline(ScopedInlineMixin, StackedInline):
    pass


class ReadOnlyTabularInline(ScopedTabularInline):
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        # Also on the page of a new object, where Django would make inputs.
        return self.fields or super().get_readonly_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def service_action(
    label: Any, service: Callable[..., Any], arg: str, permission: str | None = None
) -> Callable[..., None]:
    """An admin action that calls one service per selected row, each in its own transaction.

    With `permission` ("billing.confirm_recharge") the action is offered to those who hold it.
    """

    @admin.action(description=label)
    def run(modeladmin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet) -> None:
        done = 0
        for thing in queryset:
            try:
                retry_txn(service)(**{arg: thing}, actor=request.user, now=timezone.now())
            except DomainError as error:
                modeladmin.message_user(request, f"{thing}: {error}", messages.ERROR)
            else:
                done += 1
        if done:
            text = ngettext("%(label)s: %(n)d done.", "%(label)s: %(n)d done.", done)
            modeladmin.message_user(request, text % {"label": label, "n": done}, messages.SUCCESS)

    run.__name__ = service.__name__
    if permission:
        run.required_permission = permission
    return run


def money_column(path: str, label: Any, *, ordering: str | None = None) -> Callable[..., str]:
    """A right-aligned ¥ column of the amount at `path` ("total", "wallet.cash")."""

    @display(description=label, ordering=ordering or path.replace(".", "__"))
    def column(modeladmin: admin.ModelAdmin, row: Model) -> str:
        value: Any = row
        for name in path.split("."):
            value = getattr(value, name, None)
        text = "—" if value is None else format_yuan(value)
        return format_html('<span class="kb-money">{}</span>', text)

    return column


GREY, BLUE, AMBER, GREEN, RED = "default", "info", "warning", "success", "danger"


def status_column(
    field: str, colors: dict[str, str], label: Any = None
) -> Callable[..., tuple[str, str]]:
    """A coloured tag: grey draft or closed, blue in progress, amber waiting, green done, red
    failed. Its heading is "status" unless `label` says otherwise."""

    @display(description=label or _("status"), ordering=field)
    def column(modeladmin: admin.ModelAdmin, row: Model) -> str:
        return _tag(str(getattr(row, f"get_{field}_display")()), colors.get(getattr(row, field)))

    return column


@cache
def _checkbox(language: str | None) -> str:
    """Unfold's checkbox of a row, with a place for the row's key."""
    mark = "__key__"
    html = checkbox.render(ACTION_CHECKBOX_NAME, mark)
    return html.replace("{", "{{").replace("}", "}}").replace(mark, "{pk}")


@lru_cache(maxsize=1024)
def _tag(text: str, color: str | None) -> SafeString:
    """Unfold's label. It renders a template, and a list has the same few words in every row."""
    return render_to_string(
        "unfold/helpers/display_label.html",
        {"label": text, "label_type": color, "multiple": False},
    )
