"""The door at /graphql/: signed in as at the REST API, refused in the same words."""

import json
from collections.abc import Mapping
from typing import Any

import strawberry
from django.utils import timezone
from django.utils.translation import gettext as _
from graphql import GraphQLError
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import DomainError
from apps.core.graph.limits import LONGEST, QueryIsInvalid, QueryIsTooLong
from apps.core.graph.rows import Asker
from apps.core.problems import problem_of


class Graph(strawberry.Schema):
    """A schema whose refusals are not logged: the door tells them to whoever asked."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        pass


class GraphView(APIView):
    """Queries by GET or POST. There are no mutations, so a token that may only read will do."""

    schema = None  # not a part of OpenAPI: GraphQL describes itself
    reads_only = True  # see rbac.authentication
    graph: Graph

    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params.dict())

    def post(self, request: Request) -> Response:
        return self._answer(request, request.data)

    def _answer(self, request: Request, asked: object) -> Response:
        """What could be read, and why the rest could not; 400 when nothing was tried."""
        query, variables, operation = _asked(asked)
        result = self.graph.execute_sync(
            query,
            variable_values=variables,
            operation_name=operation,
            context_value=Asker(request=request, user=request.user, now=timezone.now()),
        )
        errors = [_told(error, request.path) for error in result.errors or ()]
        body: dict[str, Any] = {"errors": errors} if errors else {}
        if result.data is not None or not errors:
            return Response({"data": result.data, **body})
        return Response(body, status=errors[0]["extensions"]["status"])


def _asked(given: object) -> tuple[str, dict[str, Any], str | None]:
    """:raises ParseError: if it is no question; :raises QueryIsTooLong: if nobody wrote it"""
    query = given.get("query") if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or not isinstance(query, str) or not query.strip():
        raise ParseError(_("Send a JSON object with a “query”."))
    if len(query) > LONGEST:
        raise QueryIsTooLong(limit=LONGEST)
    variables = given.get("variables") or {}
    if isinstance(variables, str):  # of the address
        try:
            variables = json.loads(variables)
        except ValueError:
            variables = None
    if not isinstance(variables, dict):
        raise ParseError(_("“variables” is a JSON object."))
    return query, variables, given.get("operationName") or None


def _told(error: GraphQLError, instance: str) -> dict[str, Any]:
    """An error of GraphQL, with the problem that REST would answer. What nobody foresaw is the
    server's fault, here as there."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        cause = QueryIsInvalid(reason=error.message)
    if not isinstance(cause, DomainError):
        raise cause
    told = {**error.formatted, "extensions": problem_of(cause, instance=instance)}
    return {**told, "message": str(cause)}
