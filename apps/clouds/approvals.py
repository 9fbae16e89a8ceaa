"""What approval means to cloud resources; imported when the app starts."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FactKind, FieldType, FormField, Kind, register
from apps.approvals.models import Approval
from apps.clouds import services as clouds
from apps.clouds.enums import ResourcePerm
from apps.clouds.errors import ResourceIsNotThere
from apps.clouds.events import ResourceReleaseApproved
from apps.clouds.models import Resource
from apps.core.events import publish


class ResourceRelease(Kind):
    """资源释放: a resource ends, with all that is on it."""

    code = "clouds.resource_release"
    label = gettext_lazy("Release of a resource")
    number_prefix = "RLS"
    allows_bulk = True
    submit_permission = ResourcePerm.REQUEST_RELEASE
    fields = (
        FormField("resource", gettext_lazy("Resource")),
        FormField("vendor_id", gettext_lazy("Cloud's id"), is_required=False),
        FormField("expires_on", gettext_lazy("Paid until"), FieldType.DATE, is_required=False),
        FormField("reason", gettext_lazy("Reason")),
    )
    default_graph = standard.flow(standard.head(), standard.operations())

    def segregated(self, approval: Approval) -> set[int]:
        owner_id = self._resource(approval).customer.owner_id
        return {owner_id} if owner_id else set()

    def card(self, approval: Approval) -> Card:
        resource = self._resource(approval)
        ends = resource.expires_at
        left = (ends - approval.started_at).days if ends else 0
        warnings = [_("Everything on it is deleted. It cannot be brought back.")]
        if left > 0:
            warnings.append(_("{days} days are paid for and not given back.").format(days=left))
        return Card(
            facts=(
                Fact("customer", _("Customer"), str(resource.customer)),
                Fact("resource", _("Resource"), resource.name),
                Fact("vendor_id", _("Cloud's id"), resource.vendor_id or "—"),
                Fact("product", _("Product"), f"{resource.sku.product} · {resource.sku}"),
                Fact("region", _("Region"), str(resource.get_region_display())),
                Fact("address", _("Address"), resource.public_ip or "—"),
                *(
                    [Fact("expires_on", _("Paid until"), f"{ends:%Y-%m-%d}", FactKind.DATE)]
                    if ends
                    else []
                ),
                Fact("reason", _("Reason"), approval.form["reason"]),
            ),
            changes=(Change(_("State"), str(resource.get_status_display()), _("Released")),)
            if approval.is_running
            else (),
            warnings=tuple(warnings),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        """The cloud is asked by a job: no network in here."""
        resource = self._resource(approval)
        if not clouds.is_releasable(resource=resource):
            raise ResourceIsNotThere(name=resource.name, status=resource.get_status_display())
        publish(ResourceReleaseApproved(approval_id=approval.pk, resource_id=resource.pk))

    def _resource(self, approval: Approval) -> Resource:
        rows = Resource.objects.select_related("customer", "sku__product")
        return rows.get(pk=approval.subject_pk or 0)


register(ResourceRelease())
