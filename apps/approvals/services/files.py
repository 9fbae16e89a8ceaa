"""Files with a request: kept by digest and size, of known types only."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.files import File

from apps.approvals.errors import (
    AttachmentIsTooLarge,
    AttachmentTypeIsRefused,
    TooManyAttachments,
)
from apps.approvals.models import Approval, Attachment
from apps.rbac.models import User

MEGABYTE = 1024 * 1024
SIZE_LIMIT, COUNT_LIMIT = 10 * MEGABYTE, 20
_ZIP, _OLE = (b"PK\x03\x04",), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
# Ending → media type, and how such a file begins (none: any text).
TYPES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", _ZIP),
    ".doc": ("application/msword", _OLE),
    ".xls": ("application/vnd.ms-excel", _OLE),
    ".csv": ("text/csv", ()),
    ".txt": ("text/plain", ()),
}


@dataclass(frozen=True)
class Examined:
    """What a file says of itself, once it has been looked into."""

    name: str
    content_type: str
    size: int
    sha256: str


def examine_file(*, file: "File[Any]") -> Examined:
    """Look into a file that is to be kept. Trusted: the caller has asked who brings it.

    :raises AttachmentIsTooLarge: above 10 MB
    :raises AttachmentTypeIsRefused: if its ending is not allowed, or its content is something else
    """
    name = PurePath((file.name or "").replace("\\", "/")).name[-200:]
    if (file.size or 0) > SIZE_LIMIT:
        raise AttachmentIsTooLarge(name=name, limit=SIZE_LIMIT // MEGABYTE)
    content_type = _type_of(name, file)
    digest, size = _digest_of(file)
    return Examined(name, content_type, size, digest)


def keep_file(*, approval: Approval, file: "File[Any]", by: User, now: datetime) -> Attachment:
    """Store one file. Trusted: the caller has asked who attaches.

    :raises AttachmentIsTooLarge: above 10 MB
    :raises AttachmentTypeIsRefused: if its ending is not allowed, or its content is something else
    :raises TooManyAttachments: above 20 files
    """
    if Attachment.objects.filter(approval=approval).count() >= COUNT_LIMIT:
        raise TooManyAttachments(limit=COUNT_LIMIT)
    found = examine_file(file=file)
    attachment = Attachment(
        approval=approval,
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        uploaded_by=by,
        at=now,
    )
    attachment.file.save(found.name, file, save=False)
    attachment.save()
    return attachment


def _type_of(name: str, file: "File[Any]") -> str:
    content_type, beginnings = TYPES.get(PurePath(name).suffix.lower(), ("", ()))
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    fits = head.startswith(beginnings) if beginnings else b"\x00" not in head
    if not content_type or not fits:
        raise AttachmentTypeIsRefused(name=name, allowed=" ".join(sorted(TYPES)))
    return content_type


def _digest_of(file: "File[Any]") -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    if size > SIZE_LIMIT:  # what a client says of its file is no proof
        raise AttachmentIsTooLarge(name=file.name, limit=SIZE_LIMIT // MEGABYTE)
    return digest.hexdigest(), size
