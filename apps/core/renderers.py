"""Apart from problems.py: REST framework loads its renderers while problems.py still imports it."""

from http import HTTPStatus
from typing import Any

from rest_framework.renderers import JSONRenderer


class ProblemRenderer(JSONRenderer):
    """JSON; refusals say so in their content type."""

    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> Any:
        response = (renderer_context or {}).get("response")
        if response is not None and response.status_code >= HTTPStatus.BAD_REQUEST:
            response.content_type = "application/problem+json"
        return super().render(data, accepted_media_type, renderer_context)
