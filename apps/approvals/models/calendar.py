from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.rbac.enums import TenantKind

if TYPE_CHECKING:
    from apps.rbac.models import User


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    """One calendar for the whole installation: the platform's staff keep it."""

    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("approvals.view_calendarday") else self.none()

    def editable_by(self, user: "User") -> Self:
        is_platform = user.is_superuser or user.tenant.kind == TenantKind.PLATFORM
        return self.visible_to(user) if is_platform else self.none()


class CalendarDay(models.Model):
    """A public holiday, or a weekend that is worked for one: it goes before the library."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(
        _("is worked"), default=False, help_text=_("A weekend that is worked for a holiday (调休).")
    )
    name = models.CharField(_("occasion"), max_length=60)
    history = history()

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("holiday or worked weekend")
        verbose_name_plural = _("holidays and worked weekends")
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
