"""The pages of a file that a job imports: upload, progress, result, and what was refused."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.errors import DomainError
from apps.core.modeladmin import GREY, RED, ScopedModelAdmin


class UploadForm(forms.ModelForm):
    """The upload. The service makes the row."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.label = capfirst(str(field.label))


class ImportAdmin(ScopedModelAdmin):
    """`save_model` calls the service that takes the file in; the rest is to look at.

    `report_of` is what the page shows beside the row's own columns, `error_file` the refused rows.
    """

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def is_running(self, job: Any) -> bool:
        raise NotImplementedError

    def report_of(self, job: Any, request: HttpRequest) -> dict[str, Any]:
        raise NotImplementedError

    def error_file(self, job: Any, request: HttpRequest) -> Iterable[bytes]:
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        return [
            self.act("errors", self.errors_view),
            self.act("progress", self.progress_view),
            *super().get_urls(),
        ]

    def act(self, name: str, view: Any) -> URLPattern:
        """A view of one import at /<pk>/<name>/."""
        full = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=full)

    def decided(self, request: HttpRequest, pk: int, decide: Callable[[], object]) -> HttpResponse:
        """Back on the page, with what the service said if it refused."""
        try:
            decide()
        except DomainError as error:
            messages.error(request, str(error))
        return self.page_of(pk)

    def page_of(self, pk: int) -> HttpResponseRedirect:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[pk]))

    def visible(self, request: HttpRequest, pk: int) -> Any:
        job = self.get_object(request, str(pk)) if self.has_view_permission(request) else None
        if job is None:
            raise Http404
        return job

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        job = self.get_object(request, object_id) if object_id else None
        report = self.report_of(job, request) if job else None
        context = {**(extra_context or {}), "report": report}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as error:  # the service said no: nothing was saved
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        return self.page_of(obj.pk)

    def errors_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        job = self.visible(request, pk)
        response = StreamingHttpResponse(
            self.error_file(job, request), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-errors.csv"'
        return response

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        job = self.visible(request, pk)
        return JsonResponse(
            {
                "percent": job.progress,
                "is_running": self.is_running(job),
                "read": job.rows_read,
                "expected": job.rows_expected,
                "good": job.rows_good,
                "bad": job.rows_bad,
            }
        )

    @display(description=_("bad rows"), ordering="rows_bad", label={True: RED, False: GREY})
    def bad_tag(self, job: Any) -> tuple[bool, str]:
        return bool(job.rows_bad), str(job.rows_bad)
