"""What the catalogue's pages share: who may write, and how a refusal is told."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.decorators import action

from apps.core.errors import DomainError
from apps.core.modeladmin import ReadOnlyAdmin, ScopedModelAdmin
from apps.products.models import Product, Sku

STYLE = {"all": ("products/admin.css",)}


class CarefulAdmin(ScopedModelAdmin):
    """Forms that call services, and that write only what was edited."""

    class Media:
        css = STYLE

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:  # a service said no: nothing was saved
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Write only what was edited: the rest of the form may be older than the row."""
        if change:
            _save_columns(obj, form.changed_data)
            self._run_pressed_button(request, obj)
        else:
            super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for row, changed_fields in formset.changed_objects:
            _save_columns(row, changed_fields)
        for row in formset.new_objects:
            row.save()
        for row in formset.deleted_objects:
            row.delete()

    def _run_pressed_button(self, request: HttpRequest, row: Model) -> None:
        for button in self.get_actions_submit_line(request, row.pk):
            if button.action_name in request.POST:
                button.method(request, row)


class CatalogueAdmin(CarefulAdmin):
    """Everybody sees what he may sell; each tenant writes what is its own."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or self._editable(request, obj)

    def _editable(self, request: HttpRequest, row: Model) -> bool:
        rows = self.model._default_manager.editable_by(request.user)
        return rows.filter(pk=row.pk).exists()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A new SKU or price goes onto a product of one's own."""
        if db_field.related_model in {Product, Sku} and db_field.name in {"product", "sku"}:
            kwargs["queryset"] = db_field.related_model.objects.editable_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class WrittenOnceAdmin(ReadOnlyAdmin):
    """Rows that services wrote, read as tables."""

    class Media:
        css = STYLE


class SharedAdmin(CatalogueAdmin):
    """Reference data: the platform's staff write, distributors read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        mine = self.model._default_manager.editable_by(request.user)
        return super().has_add_permission(request) and not mine.query.is_empty()


def service_button(
    label: Any, service: Callable[..., Any], *, arg: str, permission: str, icon: str
) -> Callable[..., None]:
    """A button below the form that calls one service on the row; a refusal undoes the save.

    Assign it to `<service>_button`. `permission` names a has_…_permission method of the admin.
    """

    def press(modeladmin: ScopedModelAdmin, request: HttpRequest, row: Model) -> None:
        service(**{arg: row}, actor=request.user, now=timezone.now())
        modeladmin.message_user(request, f"{label}: {row}", messages.SUCCESS)

    press.__name__ = f"{service.__name__}_button"
    return action(press, description=label, permissions=[permission], icon=icon)


def _save_columns(row: Model, names: Iterable[str]) -> None:
    columns = {field.name for field in row._meta.concrete_fields}
    row.save(update_fields=[name for name in names if name in columns])
