from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node
from unfold.decorators import display

from apps.core.modeladmin import ScopedModelAdmin, scoped
from apps.rbac.enums import TenantKind
from apps.rbac.models import Department, Tenant

INDENT = 20  # pixels a level


class NodeForm(forms.ModelForm):
    """Chooses the node above once; a tree that moves would move what people may see."""

    parent: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Above it"), queryset=None, required=False
    )


class TreeAdmin(ScopedModelAdmin):
    """Nodes of a tree, drawn as one."""

    form = NodeForm
    ordering = ("path",)
    list_per_page = 200
    list_display_links = ("in_tree",)

    @display(description=_("name"))
    def in_tree(self, node: MP_Node) -> str:
        return format_html(
            '<span style="padding-left:{}px">{}</span>', INDENT * (node.depth - 1), node.name
        )

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.base_fields["parent"].queryset = scoped(self.model, request)
            form.base_fields["parent"].required = not request.user.is_superuser
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        parent = form.cleaned_data.get("parent")
        if parent:
            self.model.objects.add_child(self.model.objects.get(pk=parent.pk), instance=obj)
        else:
            self.model.objects.add_root(instance=obj)


@admin.register(Tenant)
class TenantAdmin(TreeAdmin):
    list_display = ("in_tree", "code", "kind", "is_active", "created_at")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "code")

    def get_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        names = ("name", "code", "is_active")
        return (*names, "kind", "created_at") if obj else ("parent", *names)

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        return ("code", "kind", "created_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        if not change:
            below = form.cleaned_data.get("parent")
            obj.kind = TenantKind.DISTRIBUTOR if below else TenantKind.PLATFORM
        super().save_model(request, obj, form, change)


@admin.register(Department)
class DepartmentAdmin(TreeAdmin):
    list_display = ("in_tree", "tenant", "head")
    list_select_related = ("tenant", "head")
    list_filter = ("tenant",)
    search_fields = ("name",)
    autocomplete_fields = ("head", "tenant")

    def get_fields(self, request: HttpRequest, obj: Department | None = None) -> Any:
        return ("name", "tenant", "head") if obj else ("parent", "tenant", "name", "head")

    def get_readonly_fields(self, request: HttpRequest, obj: Department | None = None) -> Any:
        return ("tenant",) if obj else ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.base_fields["parent"].required = False
            form.base_fields["tenant"].required = False
            form.base_fields["tenant"].help_text = _("Of the department above, if there is one.")
            form.clean = _one_of_tenant_and_parent
        return form


def _one_of_tenant_and_parent(form: forms.ModelForm) -> dict[str, Any]:
    cleaned = super(NodeForm, form).clean() or form.cleaned_data
    parent, tenant = cleaned.get("parent"), cleaned.get("tenant")
    if parent:
        cleaned["tenant"] = parent.tenant
    elif not tenant:
        form.add_error("tenant", _("Choose the tenant, or the department above."))
    return cleaned
