from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from apps.approvals import selectors
from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval
from apps.rbac.models import User

BOXES: dict[str, Callable[[User], QuerySet]] = {
    "todo": lambda user: selectors.todo(user).order_by().values("approval"),
    "started": lambda user: selectors.started_by(user).order_by().values("pk"),
    "copied": lambda user: selectors.copied_to(user).order_by().values("approval"),
}


class ApprovalFilter(filters.FilterSet):
    """`box` is what waits for the caller, what he started, what was copied to him, or all that he
    may see, which is the default."""

    box = filters.ChoiceFilter(
        method="in_box",
        label=_("Box"),
        choices=[
            ("todo", _("To do")),
            ("started", _("Started by me")),
            ("copied", _("Copied to me")),
            ("all", _("All approvals")),
        ],
    )
    kind = filters.CharFilter(field_name="kind", label=_("Code of a kind"))
    status = filters.MultipleChoiceFilter(choices=ApprovalStatus.choices)
    search = filters.CharFilter(method="found", label=_("Number or words of the title"))

    class Meta:
        model = Approval
        fields = ("box", "kind", "status", "search")

    def in_box(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        if value not in BOXES:
            return queryset
        return queryset.filter(pk__in=BOXES[value](self.request.user))

    def found(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(number__istartswith=value) | Q(title__icontains=value))
