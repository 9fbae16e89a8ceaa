"""Who a line is: a digest of everything that the vendor wrote in the row."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from apps.clouds.importing.columns import KNOWN, OWN_PREFIX

_BETWEEN = "\x1f"
_NULL = f"{_BETWEEN}NULL{_BETWEEN}"
_NOTHING = f"{_BETWEEN}{_BETWEEN}"
DIGEST_BYTES = 16


class Identifier:
    """
    Digests rows so that column order, a byte order mark and `NULL` against empty change nothing.

    Columns that FOCUS does not know count as well, by name: two charges that differ in the
    vendor's own row number only are two charges.
    """

    def __init__(self, header: Sequence[str], tenant: int) -> None:
        place = {name: index for index, name in enumerate(header)}
        others = sorted(
            name for name in header if name not in KNOWN and not name.lower().startswith(OWN_PREFIX)
        )
        self._places: list[int | None] = [place.get(name) for name in KNOWN]
        self._places += [place[name] for name in others]
        self._key = blake2b(
            _BETWEEN.join((str(tenant), *others)).encode(), digest_size=DIGEST_BYTES
        ).digest()

    def texts(self, columns: Sequence[Sequence[str]], count: int) -> list[str]:
        """One canonical text a row. `columns` is the chunk, turned on its side."""
        blank = ("",) * count
        ordered = [blank if place is None else columns[place] for place in self._places]
        return [
            f"{_BETWEEN}{_BETWEEN.join(cells)}{_BETWEEN}"
            # Twice: neighbors share the mark between them.
            .replace(_NULL, _NOTHING).replace(_NULL, _NOTHING)
            for cells in zip(*ordered, strict=True)
        ]

    def digests(self, texts: Iterable[str]) -> list[bytes]:
        """
        :raises UnicodeEncodeError: when a text holds bytes that were not UTF-8
        """
        key = self._key
        return [
            blake2b(text.encode(), digest_size=DIGEST_BYTES, key=key).digest() for text in texts
        ]
