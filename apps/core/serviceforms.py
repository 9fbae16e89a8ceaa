"""Admin pages whose rows are written by a service, and numbers that are shown one at a time."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.core.errors import DomainError, Invalid
from apps.core.modeladmin import ScopedModelAdmin
from apps.core.retry import retry_txn


class ServiceForm(forms.ModelForm):
    """The service writes the row; what it refuses stands at the field, or above the form."""

    refusal: DomainError | None = None  # what the service said to the same input a moment ago

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.refusal is not None:
            told = self.refusal.fields if isinstance(self.refusal, Invalid) else {}
            for name, sentence in told.items():
                self.add_error(name if name in self.fields else None, str(sentence))
            if not told:
                self.add_error(None, str(self.refusal))
        return data

    def _post_clean(self) -> None:
        """The instance keeps what is stored."""


class ServiceFormAdmin(ScopedModelAdmin):
    """A page with a ServiceForm; `save_model` calls the service."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **options)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:  # nothing was saved: the same form again, with the reason
            request.refusal = error  # read by get_form, above
            return super().changeform_view(request, object_id, form_url, extra_context)


class RevealAdmin(ScopedModelAdmin):
    """A page at which whoever may sees a masked number whole; the service writes down who did."""

    reveal: Callable[..., str]  # the service
    reveal_arg: str  # how it calls the row

    class Media:
        js = ("core/reveal.js",)

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(never_cache(self.reveal_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        own = [path("<int:pk>/reveal/", self.admin_site.admin_view(view), name=name)]
        return [*own, *super().get_urls()]

    def reveal_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        row = self.get_queryset(request).filter(pk=pk).first()
        if row is None:
            raise Http404
        try:
            whole = retry_txn(type(self).reveal)(
                **{self.reveal_arg: row}, actor=request.user, now=timezone.now()
            )
        except DomainError as error:
            return JsonResponse({"problem": str(error)}, status=error.status)
        return JsonResponse({"whole": whole})


def masked_with_eye(masked: str, *, address: str, label: str) -> SafeString:
    """A masked number, and the button that shows the whole and leaves a trace."""
    return format_html(
        '<span class="kb-secret"><span data-secret>{}</span> <button type="button" '
        'data-reveal="{}" aria-label="{}" title="{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">visibility</span>'
        "</button></span>",
        masked,
        address,
        label,
        _("Shows the whole number; that you looked is recorded."),
    )
