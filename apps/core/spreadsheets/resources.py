"""django-import-export on top of the one writer: what its export buttons produce is safe too."""

import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import (
    FieldDoesNotExist,
    ImproperlyConfigured,
    PermissionDenied,
)
from django.db import models
from import_export.admin import ExportMixin
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.resources import ModelResource, modelresource_factory
from unfold.contrib.import_export.forms import ExportForm

from apps.core.encryption import secret_fields
from apps.core.money import MoneyField, PreciseField
from apps.core.spreadsheets.columns import Column, Kind
from apps.core.spreadsheets.rows import rows_by_key
from apps.core.spreadsheets.writers import write_csv, write_xlsx

KINDS: "tuple[tuple[type[models.Field[Any, Any]], Kind], ...]" = (
    (MoneyField, "money"),
    (PreciseField, "precise"),
    (models.DecimalField, "number"),
    (models.DateTimeField, "datetime"),
    (models.DateField, "date"),
    (models.IntegerField, "number"),
    (models.FloatField, "number"),
)


class RowStream:
    """What an export gives to a format: columns, and rows that are read while they are written."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        self.columns, self._rows = columns, rows
        self.headers = [str(column.title) for column in columns]

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return iter(self._rows)


class ScopedResource(ModelResource):
    """Exports the rows that `user` may see, without secrets, in the cells that they belong in.

    ScopedResource(user=request.user): the admin passes it by `get_export_resource_kwargs`.
    """

    def __init__(self, *, user: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.user = user
        for name in secret_fields(self._meta.model):
            self.fields.pop(name, None)

    def get_queryset(self) -> Any:
        return self._visible(super().get_queryset())

    def filter_export(self, queryset: Any, **options: Any) -> Any:
        """Scoped once more: the queryset may come from a door that forgot to."""
        return self._visible(super().filter_export(queryset, **options))

    def _visible(self, queryset: Any) -> Any:
        if self.user is None:  # import-export also makes one to list its fields
            raise PermissionDenied("an export without a user")
        return queryset.visible_to(self.user)

    def export(self, queryset: Any = None, **options: Any) -> RowStream:
        self.before_export(queryset, **options)
        rows = self.get_queryset() if queryset is None else queryset
        rows = self.filter_export(rows, **options)
        chosen = options.get("export_fields")
        fields = self.get_export_fields(chosen)
        titles = self.get_export_headers(selected_fields=chosen)
        columns = [
            Column(title, kind=self._kind(field))
            for title, field in zip(titles, fields, strict=True)
        ]
        native = {**options, "force_native_type": True}
        native.pop("export_fields", None)
        return RowStream(
            columns,
            (
                self.export_resource(row, selected_fields=chosen, **native)
                for row in rows_by_key(rows)
            ),
        )

    def _kind(self, field: Field) -> Kind:
        try:
            source: Any = self._meta.model._meta.get_field(field.attribute or "")
        except FieldDoesNotExist:
            return "text"
        return next((kind for type_, kind in KINDS if isinstance(source, type_)), "text")


class SafeXlsx(XLSX):
    def export_data(self, dataset: Any, **options: Any) -> bytes:
        target = io.BytesIO()
        write_xlsx(target, columns_of(dataset), dataset)
        return target.getvalue()


class SafeCsv(CSV):
    def is_binary(self) -> bool:
        """Encoded here, byte-order mark included."""
        return True

    def export_data(self, dataset: Any, **options: Any) -> bytes:
        target = io.BytesIO()
        write_csv(target, columns_of(dataset), dataset)
        return target.getvalue()


SAFE_FORMATS = [SafeXlsx, SafeCsv]


class SafeExportMixin(ExportMixin):
    """Gives an admin page an export button whose file holds what its user may see, and is safe.

    Stands before ModelAdmin: `class OrderAdmin(SafeExportMixin, ScopedModelAdmin)`. Without
    `resource_classes` all fields but the secret ones are exported.
    """

    formats = SAFE_FORMATS
    export_form_class = ExportForm

    def has_export_permission(self, request: Any) -> bool:
        """Who may see the list may take it along."""
        return bool(self.has_view_permission(request))

    def get_export_resource_kwargs(self, request: Any, *args: Any, **options: Any) -> Any:
        found = super().get_export_resource_kwargs(request, *args, **options)
        return {**found, "user": request.user}

    def get_export_resource_classes(self, request: Any) -> list[Any]:
        chosen = self.resource_classes or [modelresource_factory(self.model, ScopedResource)]
        unsafe = [found.__name__ for found in chosen if not issubclass(found, ScopedResource)]
        if unsafe:
            raise ImproperlyConfigured(f"exports are ScopedResources, unlike {unsafe}")
        return list(chosen)


def columns_of(dataset: Any) -> list[Column]:
    """The columns of a RowStream; those of a plain tablib dataset are told by its values."""
    if isinstance(dataset, RowStream):
        return list(dataset.columns)
    rows = list(dataset)
    return [
        Column(title, kind=_kind_of(row[place] for row in rows))
        for place, title in enumerate(dataset.headers)
    ]


def _kind_of(values: Iterable[object]) -> Kind:
    value = next((value for value in values if value is not None), None)
    return "number" if isinstance(value, int | float | Decimal) else "text"
