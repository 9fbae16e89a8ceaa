"""Log lines that carry the request id and never a secret."""

import logging
import re

import structlog

SECRETS = re.compile(
    r"(?i)(?P<name>authorization|password|secret|access_key_secret|api_key|token|code|sign)"
    r"(?P<sep>[\"']?\s*[=:]\s*[\"']?)(?P<value>(?:bearer |basic )?[^\s\"'&,;}]+)"
)
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")


def redact(text: str) -> str:
    """`text` without values of secrets, and with phone and identity numbers masked."""
    text = SECRETS.sub(r"\g<name>\g<sep>[hidden]", text)
    text = ID_CARD.sub(r"\1********\2", text)
    return MOBILE.sub(r"\1****\2", text)


class RedactFilter(logging.Filter):
    """Formats the message once and takes secrets and line breaks out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = redact(record.getMessage())
        record.msg = text.replace("\r", "\\r").replace("\n", "\\n").replace("\x1b", "\\x1b")
        record.args = ()
        return True


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        context = structlog.contextvars.get_contextvars()
        record.request_id = context.get("request_id", "-")
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802  the library's name
        return redact(super().formatException(ei))  # type: ignore[arg-type]
