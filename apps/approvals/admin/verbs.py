"""What may be done on the page of an approval: a form for each verb, and the service behind it."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django_stubs_ext import StrOrPromise

from apps.approvals import kinds, selectors, services
from apps.approvals.admin.form_fields import INPUT, fields_of, plain
from apps.approvals.enums import ApprovalVerb
from apps.approvals.models import Approval
from apps.approvals.selectors.organization import deciders, tenant_chain
from apps.rbac.enums import UserKind
from apps.rbac.models import User

LONGEST_NOTE = 500


def _note(label: StrOrPromise, *, required: bool) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_NOTE,
        error_messages={"required": _("Please say why.")},
        widget=forms.Textarea(attrs={**INPUT, "rows": 3, "maxlength": LONGEST_NOTE}),
    )


class VerbForm(forms.Form):
    """`run` calls the service; `done` is what the page says afterwards."""

    label: ClassVar[StrOrPromise]
    help: ClassVar[StrOrPromise] = ""
    done: ClassVar[StrOrPromise]
    look: ClassVar[str] = ""

    def __init__(self, *args: Any, request: HttpRequest, approval: Approval, **opts: Any) -> None:
        super().__init__(*args, **opts)
        self.request, self.approval = request, approval
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the approval."""

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        raise NotImplementedError


class ApproveForm(VerbForm):
    label, done, look = _("Agree"), _("agreed"), "approve"
    help = _("Your decision counts at once and cannot be taken back.")
    note = _note(_("Note (optional)"), required=False)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        note = self.cleaned_data["note"]
        return services.approve(approval=approval, actor=actor, note=note, now=now)


class RejectForm(VerbForm):
    label, done, look = _("Refuse"), _("refused"), "reject"
    help = _("This ends the request. The applicant reads your reason.")
    note = _note(_("Reason"), required=True)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        note = self.cleaned_data["note"]
        return services.reject(approval=approval, actor=actor, note=note, now=now)


class PersonForm(VerbForm):
    """A verb that names a colleague."""

    person = forms.ModelChoiceField(
        User.objects.none(), label=_("Colleague"), widget=forms.Select(attrs=INPUT)
    )

    def prepare(self) -> None:
        self.fields["person"].queryset = self.colleagues()

    def colleagues(self) -> QuerySet[User]:
        """Who could decide on it, but for the two who have a part in it already."""
        parties = [self.request.user.pk, self.approval.applicant_id]
        return (
            deciders(self.approval.tenant)
            .exclude(pk__in=parties)
            .order_by("display_name")
            .distinct()
        )


class TransferForm(PersonForm):
    label, done = _("Hand on"), _("handed on")
    help = _("The colleague decides in your place.")
    note = _note(_("Why?"), required=False)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        to, note = self.cleaned_data["person"], self.cleaned_data["note"]
        return services.transfer(approval=approval, actor=actor, to=to, note=note, now=now)


class AddForm(PersonForm):
    label, done = _("Add an approver"), _("approver added")
    help = _("Before: he decides first, then you. After: you agree now, then he decides.")
    where = forms.ChoiceField(
        label=_("When"),
        choices=[("before", _("before me")), ("after", _("after me"))],
        widget=forms.Select(attrs=INPUT),
    )
    note = _note(_("Why?"), required=False)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        return services.add_approver(
            approval=approval,
            actor=actor,
            who=self.cleaned_data["person"],
            where=self.cleaned_data["where"],
            note=self.cleaned_data["note"],
            now=now,
        )


class SendBackForm(VerbForm):
    label, done = _("Send back"), _("sent back")
    help = _("From there on it is decided again.")
    to_node = forms.ChoiceField(label=_("To"), widget=forms.Select(attrs=INPUT))
    note = _note(_("Reason"), required=True)

    def prepare(self) -> None:
        told = selectors.decision(self.approval, self.request.user, now=timezone.now())
        self.fields["to_node"].choices = [(one.node_key, one.name) for one in told.targets]

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        return services.send_back(
            approval=approval,
            actor=actor,
            to_node=self.cleaned_data["to_node"],
            note=self.cleaned_data["note"],
            now=now,
        )


class WithdrawForm(VerbForm):
    label, done, look = _("Withdraw"), _("taken back"), "reject"
    help = _("This stops the request; what it was about stays as it is.")
    note = _note(_("Reason"), required=True)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        reason = self.cleaned_data["note"]
        return services.withdraw(approval=approval, actor=actor, reason=reason, now=now)


class ResubmitForm(VerbForm):
    label, done, look = _("Submit again"), _("submitted again"), "primary"
    help = _("Mend what was asked for. Everybody decides again.")
    note = _note(_("Note (optional)"), required=False)

    def prepare(self) -> None:
        self.kind = kinds.get(self.approval.kind)
        asked = fields_of(self.kind, self.request.user)
        for name, field in asked.items():
            field.initial = self.approval.form.get(name)
        self.fields = {**asked, **self.fields}

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        return services.resubmit(
            approval=approval,
            actor=actor,
            form=plain(self.cleaned_data, self.kind),
            note=self.cleaned_data["note"],
            now=now,
        )


class RepeatForm(VerbForm):
    label, done, look = _("Carry out again"), _("being carried out again"), "primary"
    help = _("The cause is removed: what was approved is tried once more.")

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        return services.repeat_effect(approval=approval, actor=actor, now=now)


class UrgeForm(VerbForm):
    label, done = _("Urge"), _("urged")
    help = _("Whoever holds it is told at once.")
    note = _note(_("Note (optional)"), required=False)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        note = self.cleaned_data["note"]
        return services.urge(approval=approval, actor=actor, note=note, now=now)


class CopyForm(PersonForm):
    label, done = _("Copy to"), _("copied")
    help = _("The colleague is told and may read it; he decides nothing.")

    def colleagues(self) -> QuerySet[User]:
        tenants = tenant_chain(self.approval.tenant)
        staff = User.objects.filter(kind=UserKind.STAFF, is_active=True, tenant__in=tenants)
        return staff.order_by("display_name")

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        users = [self.cleaned_data["person"]]
        return services.copy_to(approval=approval, actor=actor, users=users, now=now)


class CommentForm(VerbForm):
    label, done = pgettext("approvals", "Comment"), _("comment added")
    note = forms.CharField(max_length=2000)

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        text = self.cleaned_data["note"]
        return services.comment(approval=approval, actor=actor, text=text, now=now)


class AttachForm(VerbForm):
    label, done = _("Attach"), _("file attached")
    upload = forms.FileField()

    def run(self, *, approval: Approval, actor: User, now: datetime) -> object:
        file = self.cleaned_data["upload"]
        return services.attach(approval=approval, actor=actor, file=file, now=now)


# The address's word → the form, and the verb that the selectors speak of.
FORMS: dict[str, tuple[type[VerbForm], ApprovalVerb]] = {
    "approve": (ApproveForm, ApprovalVerb.APPROVE),
    "reject": (RejectForm, ApprovalVerb.REJECT),
    "transfer": (TransferForm, ApprovalVerb.TRANSFER),
    "add": (AddForm, ApprovalVerb.ADD_BEFORE),
    "send-back": (SendBackForm, ApprovalVerb.SEND_BACK),
    "withdraw": (WithdrawForm, ApprovalVerb.WITHDRAW),
    "resubmit": (ResubmitForm, ApprovalVerb.RESUBMIT),
    "repeat": (RepeatForm, ApprovalVerb.SUBMIT),
    "urge": (UrgeForm, ApprovalVerb.URGE),
    "copy": (CopyForm, ApprovalVerb.COPY),
    "comment": (CommentForm, ApprovalVerb.COMMENT),
    "attach": (AttachForm, ApprovalVerb.ATTACH),
}


def form_of(name: str, request: HttpRequest, approval: Approval, **given: Any) -> VerbForm | None:
    """The form of a verb; None if there is no such verb."""
    found = FORMS.get(name)
    return found[0](request=request, approval=approval, **given) if found else None
