"""How words are written where the catalogue is searched: one spelling for text and question."""

import re
import unicodedata
from collections.abc import Iterable

MOST_WORDS = 8
_BLANKS = re.compile(r"\s+")


def folded(text: str) -> str:
    """No capitals, no full-width letters, no blanks: "2 核 4 GiB" and "2核4gib" are the same."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def shelf_text(words: Iterable[str]) -> str:
    """The words of one product, each once, apart so that no match runs across two of them."""
    return "\n".join(dict.fromkeys(filter(None, map(folded, words))))


def asked_words(question: str, vocabulary: Iterable[str]) -> list[str]:
    """The words of a question. Chinese is written without blanks, so what `vocabulary` knows
    (regions, billing modes) is a word also in the middle of another: 北京云服务器包月.
    """
    known = sorted({folded(word) for word in vocabulary if not word.isascii()}, key=len)
    border = "|".join(map(re.escape, reversed(known)))
    found: list[str] = []
    for piece in _BLANKS.split(unicodedata.normalize("NFKC", question)):
        parts = re.split(f"({border})", folded(piece)) if border else [folded(piece)]
        found += [part for part in parts if part]
    return list(dict.fromkeys(found))[:MOST_WORDS]
