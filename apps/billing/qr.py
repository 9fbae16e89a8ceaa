"""QR codes of payment addresses."""

import io

import segno


def as_svg(text: str) -> str:
    """The QR code of `text` as an <svg> element; empty for an empty text."""
    if not text:
        return ""
    target = io.BytesIO()
    code = segno.make(text, error="l", micro=False)
    code.save(target, kind="svg", scale=3, border=2, xmldecl=False, svgns=True, nl=False)
    return target.getvalue().decode()
