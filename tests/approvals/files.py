from django.core.files.base import ContentFile


def pdf(name: str = "合同.pdf", content: bytes = b"%PDF-1.7 test") -> ContentFile:
    return ContentFile(content, name=name)
