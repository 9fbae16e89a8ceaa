"""Server-sent events on the wire (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import json
from collections.abc import Mapping

from django.core.serializers.json import DjangoJSONEncoder

READY, RESET, BEAT = "ready", "reset", "beat"


def retry(milliseconds: int) -> bytes:
    """How long a browser waits before it comes back."""
    return f"retry: {milliseconds}\n\n".encode()


def event(topic: str, data: Mapping[str, object], *, position: int) -> bytes:
    """One event. JSON has no line breaks, so its data is one line."""
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return f"id: {position}\nevent: {topic}\ndata: {text}\n\n".encode()
