from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.approvals import selectors
from apps.approvals.api.told import Told
from apps.approvals.enums import ApprovalStatus, ApprovalVerb, StepStatus
from apps.approvals.models import Approval, Attachment, Comment, Delegation
from apps.approvals.selectors.organization import deciders, tenant_chain
from apps.approvals.selectors.seals import is_sealed
from apps.core.drf import ScopedRelatedField
from apps.rbac.enums import UserKind
from apps.rbac.models import User


class ColleagueField(ScopedRelatedField):
    """Who could decide on approvals of the caller's tenant, by id."""

    def get_queryset(self) -> QuerySet:
        return deciders(self.context["request"].user.tenant)


class ReaderField(ScopedRelatedField):
    """Colleagues of the caller, whether they may decide or not, by id."""

    def get_queryset(self) -> QuerySet:
        tenants = tenant_chain(self.context["request"].user.tenant)
        return User.objects.filter(kind=UserKind.STAFF, is_active=True, tenant__in=tenants)


class NoteIn(serializers.Serializer):
    note = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="May be empty."
    )


class ReasonIn(serializers.Serializer):
    note = serializers.CharField(max_length=500, help_text="Why. The applicant reads it.")


class TransferIn(NoteIn):
    to = ColleagueField(queryset=User.objects.all(), help_text="Who decides instead.")


class AddApproverIn(NoteIn):
    who = ColleagueField(queryset=User.objects.all(), help_text="Who decides as well.")
    where = serializers.ChoiceField(
        choices=["before", "after"],
        default="before",
        help_text="before: he decides first, then the caller. after: the caller agrees now.",
    )


class SendBackIn(ReasonIn):
    to_node = serializers.CharField(help_text="Key of a step that is over, or `applicant`.")


class ApprovalCommentIn(serializers.Serializer):
    text = serializers.CharField(max_length=2000)


class ApprovalCopyIn(serializers.Serializer):
    users = ReaderField(queryset=User.objects.all(), many=True, allow_empty=False)


class AttachIn(serializers.Serializer):
    file = serializers.FileField()


class ResubmitIn(serializers.Serializer):
    form = serializers.DictField(help_text="Fields of the kind by name; amounts are strings.")


class SimulateIn(serializers.Serializer):
    kind = serializers.CharField(max_length=64)
    form = serializers.DictField(default=dict)


class ApprovalFactOut(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()
    text = serializers.CharField()


class ApprovalStepOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=StepStatus.choices)
    status_label = serializers.CharField()
    people = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField(
        allow_blank=True, help_text="Why the step is asked or skipped, and whom it asks."
    )


class ApprovalActOut(serializers.Serializer):
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    label = serializers.CharField()
    actor = serializers.CharField()
    on_behalf_of = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)


class ApprovalVerbOut(serializers.Serializer):
    verb = serializers.ChoiceField(choices=ApprovalVerb.choices)
    is_allowed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, help_text="Why not.")


class ApprovalCommentOut(serializers.ModelSerializer):
    author = serializers.CharField(read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "author", "text", "at")
        read_only_fields = fields


class ApprovalAttachmentOut(serializers.ModelSerializer):
    uploaded_by = serializers.CharField(read_only=True)

    class Meta:
        model = Attachment
        fields = ("id", "name", "size", "content_type", "uploaded_by", "at")
        read_only_fields = fields


class ApprovalOut(serializers.ModelSerializer):
    """An approval in a list: where it is, and who holds it."""

    kind_label = serializers.SerializerMethodField()
    status_label = serializers.CharField(source="get_status_display", read_only=True)
    applicant = serializers.CharField(read_only=True)
    current_step = serializers.SerializerMethodField()
    holders = serializers.SerializerMethodField()

    class Meta:
        model = Approval
        fields = (
            "id",
            "number",
            "kind",
            "kind_label",
            "title",
            "status",
            "status_label",
            "applicant",
            "current_step",
            "holders",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_kind_label(self, approval: Approval) -> str:
        return selectors.kind_label(approval.kind)

    @extend_schema_field(serializers.CharField(help_text="Empty when it is decided."))
    def get_current_step(self, approval: Approval) -> str:
        return next((task.step.label for task in approval.tasks.all()), "")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_holders(self, approval: Approval) -> list[str]:
        return list(dict.fromkeys(str(task.assignee) for task in approval.tasks.all()))


class ApprovalDetailOut(ApprovalOut):
    """An approval with its form, its path, its history, and what the caller may do."""

    form = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()
    comments = serializers.SerializerMethodField()
    attachments = serializers.SerializerMethodField()
    verbs = serializers.SerializerMethodField()
    is_sealed = serializers.SerializerMethodField()

    class Meta(ApprovalOut.Meta):
        fields = (
            *ApprovalOut.Meta.fields,
            "form",
            "warnings",
            "steps",
            "timeline",
            "comments",
            "attachments",
            "verbs",
            "is_sealed",
        )
        read_only_fields = fields

    def to_representation(self, instance: Approval) -> dict[str, Any]:
        self.told = Told.to(self.context["request"].user, instance)
        return super().to_representation(instance)

    def get_is_sealed(self, approval: Approval) -> bool:
        """Whether `sealed/` has the form with its seal, as a PDF."""
        return approval.status == ApprovalStatus.APPROVED and is_sealed(approval)

    @extend_schema_field(ApprovalFactOut(many=True))
    def get_form(self, approval: Approval) -> Any:
        return ApprovalFactOut(self.told.facts, many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_warnings(self, approval: Approval) -> list[str]:
        return self.told.warnings

    @extend_schema_field(ApprovalStepOut(many=True))
    def get_steps(self, approval: Approval) -> Any:
        return ApprovalStepOut(self.told.steps, many=True).data

    @extend_schema_field(ApprovalActOut(many=True))
    def get_timeline(self, approval: Approval) -> Any:
        return ApprovalActOut(self.told.timeline, many=True).data

    @extend_schema_field(ApprovalCommentOut(many=True))
    def get_comments(self, approval: Approval) -> Any:
        return ApprovalCommentOut(self.told.comments, many=True).data

    @extend_schema_field(ApprovalAttachmentOut(many=True))
    def get_attachments(self, approval: Approval) -> Any:
        return ApprovalAttachmentOut(self.told.attachments, many=True).data

    @extend_schema_field(ApprovalVerbOut(many=True))
    def get_verbs(self, approval: Approval) -> Any:
        return ApprovalVerbOut(self.told.verbs, many=True).data


class ApprovalDecidedOut(serializers.ModelSerializer):
    """How an approval stands after an approver's act."""

    status_label = serializers.CharField(source="get_status_display", read_only=True)

    class Meta:
        model = Approval
        fields = ("id", "number", "status", "status_label")
        read_only_fields = fields


class SimulatedStepOut(serializers.Serializer):
    """One step of a simulated path."""

    key = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["asked", "skipped", "copied", "rejected", "stuck"])
    mode = serializers.ChoiceField(choices=["all", "share", "any", "sequence"])
    people = serializers.ListField(child=serializers.CharField())
    reasons = serializers.ListField(child=serializers.CharField())


class SimulatedPathOut(serializers.Serializer):
    steps = SimulatedStepOut(many=True)


class DelegationIn(serializers.Serializer):
    stand_in = ColleagueField(queryset=User.objects.all(), help_text="Who decides meanwhile.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="The first moment after it.")
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=64), default=list, help_text="Empty: all kinds."
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class DelegationOut(serializers.ModelSerializer):
    person = serializers.CharField(read_only=True)
    stand_in = serializers.CharField(read_only=True)

    class Meta:
        model = Delegation
        fields = ("id", "person", "stand_in", "starts_at", "ends_at", "kinds", "reason", "ended_at")
        read_only_fields = fields
