"""The four boxes of approvals: to do, started by me, copied to me, all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals import selectors
from apps.approvals.enums import ApprovalPerm
from apps.rbac.models import User

PARAMETER = "box"
TODO, STARTED, COPIED, ALL = "todo", "started", "copied", "all"
LABELS: dict[str, StrOrPromise] = {
    TODO: _("To do"),
    STARTED: _("Started by me"),
    COPIED: _("Copied to me"),
    ALL: _("All approvals"),
}
# All of them are the person's to see, whatever his data scope. What he must decide is read
# first: a few hundred keys, by which the list is found at once.
ROWS: dict[str, Callable[[User], Iterable[Any]]] = {
    TODO: lambda user: list(selectors.todo(user).order_by().values_list("approval", flat=True)),
    STARTED: lambda user: selectors.started_by(user).order_by().values("pk"),
    COPIED: lambda user: selectors.copied_to(user).order_by().values("approval"),
}


@dataclass(frozen=True)
class Box:
    code: str
    label: StrOrPromise
    is_open: bool
    count: int


def box_of(request: HttpRequest) -> str:
    """The box that the address asks for. What does not exist, or is not his, is the first one."""
    wanted = request.GET.get(PARAMETER, TODO)
    return wanted if wanted in offered(request) else TODO


def offered(request: HttpRequest) -> list[str]:
    """Everybody has the first three."""
    own = [TODO, STARTED, COPIED]
    return [*own, ALL] if request.user.has_perm(ApprovalPerm.VIEW) else own


class BoxChangeList(ChangeList):
    """A list that shows one box. `box` is a parameter of its own, no lookup."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        self.open_box = box_of(request)
        super().__init__(request, *args)
        waiting = selectors.todo_count(request.user)
        self.boxes = [
            Box(code, LABELS[code], code == self.open_box, waiting if code == TODO else 0)
            for code in offered(request)
        ]

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        return {
            name: value
            for name, value in super().get_filters_params(params).items()
            if name != PARAMETER
        }
