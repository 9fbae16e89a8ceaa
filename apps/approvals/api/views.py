from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from apps.approvals import asking, kinds, selectors, services
from apps.approvals.api import asks, examples, serializers
from apps.approvals.api.examples import REFUSALS
from apps.approvals.api.filters import ApprovalFilter
from apps.approvals.enums import ApprovalPerm, Door
from apps.approvals.models import Approval, Delegation, Task
from apps.approvals.selectors.seals import sealed_document
from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.core.schema import IDEMPOTENCY_KEY
from apps.rbac import services as rbac
from apps.rbac.enums import UserKind


def decides(summary: str, request: Any) -> Any:
    """The schema of an approver's act: the answer says how the approval stands now, no more, as
    with his task his right to read it may be gone."""
    return extend_schema(
        summary=summary,
        request=request,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: serializers.ApprovalDecidedOut, **REFUSALS},
        examples=[examples.DECIDED],
    )


def acts(summary: str, request: Any) -> Any:
    """The schema of an act of somebody who goes on reading: the approval as it is now."""
    return extend_schema(
        summary=summary,
        request=request,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: serializers.ApprovalDetailOut, **REFUSALS},
        examples=[examples.APPROVAL],
    )


@extend_schema_view(
    list=extend_schema(
        summary="Approvals, newest first",
        responses=serializers.ApprovalOut(many=True),
        examples=[examples.LISTED],
    ),
    retrieve=extend_schema(
        summary="An approval with its path, history, and what the caller may do",
        examples=[examples.APPROVAL],
    ),
)
class ApprovalViewSet(ScopedReadOnlyViewSet):
    """Requests for approval: one's own, and those that one decides on.

    An approver reads an approval while it waits for him; afterwards only by his role.
    """

    queryset = Approval.objects.order_by("-pk")
    serializer_class = serializers.ApprovalDetailOut
    parser_classes = (JSONParser, MultiPartParser)
    filterset_class = ApprovalFilter
    idempotency_required = {
        "create",
        "approve",
        "reject",
        "transfer",
        "add_approver",
        "send_back",
        "withdraw",
        "resubmit",
        "urge",
        "copy",
        "comment",
        "attachments",
    }

    def get_queryset(self) -> QuerySet:
        tasks = Task.objects.open().select_related("assignee", "step")
        return (
            super()
            .get_queryset()
            .select_related("applicant")
            .prefetch_related(Prefetch("tasks", queryset=tasks))
        )

    @extend_schema(
        summary="Ask for something",
        description="`form` has the fields that `/api/v1/approval-kinds/` lists under `asks`.",
        request={
            "multipart/form-data": asks.AskIn,
            "application/json": asks.AskIn,
        },
        parameters=[IDEMPOTENCY_KEY],
        responses={201: serializers.ApprovalDetailOut, **REFUSALS},
        examples=[examples.ASK],
    )
    def create(self, request: Request) -> Response:
        body = self.payload(asks.AskIn)
        made = asking.submit(user=request.user, now=timezone.now(), **body)
        return self.reply(self.get_queryset().get(pk=made.pk), status=201)

    def get_serializer_class(self) -> Any:
        return serializers.ApprovalOut if self.action == "list" else self.serializer_class

    def _act(self, service: Any, body: type[Serializer], **names: str) -> Response:
        """Call the service as this person, and answer with the approval as it is now. `names`
        says which field of the body is called otherwise by the service."""
        approval = self.get_object()  # first: to whom may not read it, no body is wrong
        facts = self.payload(body)
        for ours, theirs in names.items():
            facts[ours] = facts.pop(theirs)
        self._call(service, approval, **facts)
        return self.reply(self.get_object())

    def _decide(self, service: Any, body: type[Serializer]) -> Response:
        """The same for an approver. He finds what he had a part in, so that he hears that somebody
        was faster instead of “not found”."""
        own = Task.objects.visible_to(self.request.user).values("approval")
        approval = get_object_or_404(Approval.objects.filter(pk__in=own), pk=self.kwargs["pk"])
        decided = self._call(service, approval, **self.payload(body))
        return Response(serializers.ApprovalDecidedOut(decided).data)

    def _call(self, service: Any, approval: Approval, **facts: Any) -> Any:
        now, user = timezone.now(), self.request.user
        return service(approval=approval, actor=user, now=now, door=Door.API, **facts)

    @decides("Agree", serializers.NoteIn)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        return self._decide(services.approve, serializers.NoteIn)

    @decides("Refuse, and say why", serializers.ReasonIn)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        return self._decide(services.reject, serializers.ReasonIn)

    @decides("Hand one's task on to a colleague", serializers.TransferIn)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str) -> Response:
        return self._decide(services.transfer, serializers.TransferIn)

    @decides("Ask a colleague as well, before or after oneself", serializers.AddApproverIn)
    @action(detail=True, methods=["post"], url_path="add-approver")
    def add_approver(self, request: Request, pk: str) -> Response:
        return self._decide(services.add_approver, serializers.AddApproverIn)

    @decides("Send it back to an earlier step or to the applicant", serializers.SendBackIn)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        return self._decide(services.send_back, serializers.SendBackIn)

    @acts("Take one's own request back", serializers.ReasonIn)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self._act(services.withdraw, serializers.ReasonIn, reason="note")

    @acts("Hand in again what was sent back", serializers.ResubmitIn)
    @action(detail=True, methods=["post"])
    def resubmit(self, request: Request, pk: str) -> Response:
        return self._act(services.resubmit, serializers.ResubmitIn)

    @acts("Ask those who hold it to decide", serializers.NoteIn)
    @action(detail=True, methods=["post"])
    def urge(self, request: Request, pk: str) -> Response:
        return self._act(services.urge, serializers.NoteIn)

    @acts("Let colleagues read it", serializers.ApprovalCopyIn)
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        return self._act(services.copy_to, serializers.ApprovalCopyIn)

    @acts("Say something that decides nothing", serializers.ApprovalCommentIn)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        return self._act(services.comment, serializers.ApprovalCommentIn)

    @acts("Attach a file", {"multipart/form-data": serializers.AttachIn})
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser, JSONParser])
    def attachments(self, request: Request, pk: str) -> Response:
        return self._act(services.attach, serializers.AttachIn)

    @extend_schema(
        summary="The file of an attachment",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], url_path=r"attachments/(?P<file>\d+)")
    def attachment(self, request: Request, pk: str, file: str) -> FileResponse:
        found = self.get_object().attachments.filter(pk=file).first()
        if found is None:
            raise Http404
        return FileResponse(found.file.open("rb"), as_attachment=True, filename=found.name)

    @extend_schema(
        summary="The sealed form of an approved request",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"])
    def sealed(self, request: Request, pk: str) -> HttpResponse:
        document = sealed_document(self.get_object())
        if document is None:
            raise Http404
        headers = {"Content-Disposition": f'attachment; filename="{document.file_name}"'}
        return HttpResponse(bytes(document.pdf), content_type="application/pdf", headers=headers)

    @extend_schema(
        summary="Which way a form would go, before it is submitted",
        request=serializers.SimulateIn,
        responses={200: serializers.SimulatedPathOut, **REFUSALS},
        examples=[examples.PATH],
    )
    @action(detail=False, methods=["post"])
    def simulate(self, request: Request) -> Response:
        rbac.require(request.user, ApprovalPerm.SUBMIT)
        body = self.payload(serializers.SimulateIn)
        nodes = selectors.simulate(kind=body["kind"], form=body["form"], applicant=request.user)
        return Response(serializers.SimulatedPathOut({"steps": nodes}).data)


class KindViewSet(ScopedViewSet):
    """What the caller can ask for: customers what they ask for themselves."""

    queryset = Approval.objects.none()
    serializer_class = asks.ApprovalKindOut
    pagination_class = None

    @extend_schema(
        summary="The kinds of requests and their forms",
        operation_id="approval_kinds_list",
        responses=asks.ApprovalKindOut(many=True),
        examples=[examples.KIND],
    )
    def list(self, request: Request) -> Response:
        rbac.require(request.user, ApprovalPerm.SUBMIT)
        user = request.user
        offered = [(kind, asking.form_of(kind.code, user)) for kind in kinds.all_kinds()]
        known = [
            asks.KindForReader(kind, form)
            for kind, form in offered
            if form or (user.kind == UserKind.STAFF and _may_submit(request, kind))
        ]
        return Response(asks.ApprovalKindOut(known, many=True).data)


def _may_submit(request: Request, kind: kinds.Kind) -> bool:
    return not kind.submit_permission or request.user.has_perm(kind.submit_permission)


@extend_schema_view(
    list=extend_schema(summary="Stand-ins that concern the caller", examples=[examples.STAND_IN])
)
class DelegationViewSet(mixins.ListModelMixin, ScopedViewSet):
    """Who decides for whom while he is away."""

    queryset = Delegation.objects.select_related("person", "stand_in").order_by("-starts_at", "-pk")
    serializer_class = serializers.DelegationOut
    idempotency_required = {"create", "end"}

    @extend_schema(
        summary="Name a stand-in for oneself",
        request=serializers.DelegationIn,
        parameters=[IDEMPOTENCY_KEY],
        responses={201: serializers.DelegationOut, **REFUSALS},
        examples=[examples.STAND_IN],
    )
    def create(self, request: Request) -> Response:
        made = services.delegate(
            person=request.user,
            actor=request.user,
            now=timezone.now(),
            **self.payload(serializers.DelegationIn),
        )
        return self.reply(made, status=201)

    @extend_schema(
        summary="End it now",
        request=None,
        parameters=[IDEMPOTENCY_KEY],
        responses={200: serializers.DelegationOut, **REFUSALS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        ended = services.end_delegation(
            delegation=self.get_object(), actor=request.user, now=timezone.now()
        )
        return self.reply(ended)
