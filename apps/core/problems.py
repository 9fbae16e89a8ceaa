"""RFC 9457 problem JSON: one shape for every refusal of the API."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from apps.core.errors import DomainError

CODES = {
    exceptions.NotAuthenticated: "core.not_authenticated",
    exceptions.AuthenticationFailed: "core.authentication_failed",
    exceptions.PermissionDenied: "core.forbidden",
    exceptions.NotFound: "core.not_found",
    exceptions.MethodNotAllowed: "core.method_not_allowed",
    exceptions.NotAcceptable: "core.not_acceptable",
    exceptions.UnsupportedMediaType: "core.unsupported_media_type",
    exceptions.Throttled: "core.throttled",
    exceptions.ParseError: "core.malformed",
    exceptions.ValidationError: "core.invalid",
}


def problem(
    *,
    status: int,
    code: str,
    detail: str,
    instance: str,
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """The body of a refusal. `code` is stable; `detail` is in the reader's language."""
    body: dict[str, Any] = {
        "type": f"urn:kboss:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    return {**body, "errors": errors} if errors else body


def problem_of(error: DomainError, *, instance: str) -> dict[str, Any]:
    """What a rule said, with each field that it named."""
    fields: dict[str, object] = getattr(error, "fields", {})
    return problem(
        status=error.status,
        code=error.code,
        detail=str(error),
        instance=instance,
        errors=[
            {"field": name, "code": error.code, "detail": str(text)}
            for name, text in fields.items()
        ],
    )


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer any expected error as problem JSON; unexpected ones are the server's (500)."""
    instance = context["request"].path
    if isinstance(error, DomainError):
        set_rollback()
        body = problem_of(error, instance=instance)
        return Response(body, status=error.status, content_type="application/problem+json")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    response.data = _of_framework(error, response.status_code, instance)
    response.content_type = "application/problem+json"
    return response


def _of_framework(error: exceptions.APIException, status: int, instance: str) -> dict[str, Any]:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), "core.error")
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flatten(error.get_full_details()))
        detail = errors[0]["detail"] if len(errors) == 1 else _("Please check the input.")
        return problem(status=status, code=code, detail=detail, instance=instance, errors=errors)
    return problem(status=status, code=code, detail=str(error.detail), instance=instance)


def _flatten(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested validation details as a flat list: lines.0.quantity → sentence."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, Mapping):
        for name, value in details.items():
            inner = path if name == "non_field_errors" else f"{path}.{name}".strip(".")
            yield from _flatten(value, inner)
    else:
        for position, value in enumerate(details):
            is_leaf = isinstance(value, Mapping) and set(value) == {"message", "code"}
            yield from _flatten(value, path if is_leaf else f"{path}.{position}".strip("."))
