from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.rbac.api import serializers
from apps.rbac.api.webauthn import prove_by_key
from apps.rbac.errors import TokensAreManagedBySession
from apps.rbac.models import ApiToken, SignInEvent
from apps.rbac.services import step_up, tokens


class BySession(BasePermission):
    """Not for API tokens: a key that leaked must not make keys, nor confirm anything."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.auth is not None:
            raise TokensAreManagedBySession
        return True


class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """Personal API tokens of the signed-in person."""

    queryset = ApiToken.objects.all()
    serializer_class = serializers.TokenOut
    shown_once = {"token"}
    permission_classes = [IsAuthenticated, BySession]

    def get_queryset(self) -> Any:
        return super().get_queryset().of(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": timezone.now()}

    @extend_schema(request=serializers.TokenIn, responses={201: serializers.NewTokenOut})
    def create(self, request: Request) -> Response:
        now = timezone.now()
        step_up.ensure_confirmed(
            request.session, user=request.user, action="create-token", now=now, without_mfa=True
        )
        new = tokens.create_token(user=request.user, now=now, **self.payload(serializers.TokenIn))
        context = {**self.get_serializer_context(), "key": new.key}
        body = serializers.NewTokenOut(new.token, context=context).data
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        tokens.revoke_token(token=self.get_object(), actor=request.user, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignInViewSet(ScopedReadOnlyViewSet):
    """When, from where and with what the signed-in person signed in, or somebody tried to."""

    queryset = SignInEvent.objects.all()
    serializer_class = serializers.SignInOut

    def get_queryset(self) -> Any:
        return super().get_queryset().of(self.request.user)


class StepUpView(APIView):
    """Confirm with the second factor that it is you, for one kind of act and five minutes.

    Not in one transaction: a wrong code must stay counted although the answer is a refusal.
    """

    permission_classes = [IsAuthenticated, BySession]

    @extend_schema(request=serializers.StepUpIn, responses=serializers.StepUpOut)
    def post(self, request: Request) -> Response:
        asked = serializers.StepUpIn(data=request.data)
        asked.is_valid(raise_exception=True)
        body, now = asked.validated_data, timezone.now()
        if body["credential"]:
            prove_by_key(user=request.user, credential=body["credential"], now=now)
            step_up.remember(request.session, user=request.user, action=body["action"], now=now)
        else:
            proof = step_up.Proof(code=body["code"], password=body["password"])
            step_up.confirm(
                request.session, user=request.user, action=body["action"], proof=proof, now=now
            )
        return Response(
            {
                "action": body["action"],
                "methods": step_up.methods_of(request.user),
                "is_confirmed": True,
                "valid_seconds": int(step_up.VALID_FOR.total_seconds()),
            }
        )

    @extend_schema(responses=serializers.StepUpOut)
    def get(self, request: Request) -> Response:
        action = request.query_params.get("action", "")
        return Response(
            {
                "action": action,
                "methods": step_up.methods_of(request.user),
                "is_confirmed": step_up.is_confirmed(
                    request.session, user=request.user, action=action, now=timezone.now()
                ),
                "valid_seconds": int(step_up.VALID_FOR.total_seconds()),
            }
        )
