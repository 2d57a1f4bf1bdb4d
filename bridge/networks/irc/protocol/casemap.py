"""Which names a server holds to be the same: case folding and mappings keyed by folded names."""

from collections.abc import Iterator, MutableMapping
from enum import Enum
from typing import TypeVar

V = TypeVar("V")

_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_STRICT = _ASCII | {ord(upper): ord(lower) for upper, lower in ("[{", "]}", "\\|")}
_RFC1459 = _STRICT | {ord("~"): ord("^")}


class CaseMapping(Enum):
    """The foldings that servers announce as ``CASEMAPPING``."""

    ASCII = "ascii"
    RFC1459 = "rfc1459"
    RFC1459_STRICT = "rfc1459-strict"
    UNICODE = "rfc7613"

    def fold(self, name: str) -> str:
        """Give the one spelling that all equal names share."""
        table = _TABLES[self]
        return name.casefold() if table is None else name.translate(table)

    def same(self, one: str, other: str) -> bool:
        """Say whether the server holds two names to be the same."""
        return one == other or self.fold(one) == self.fold(other)


_TABLES: dict[CaseMapping, dict[int, int] | None] = {
    CaseMapping.ASCII: _ASCII,
    CaseMapping.RFC1459: _RFC1459,
    CaseMapping.RFC1459_STRICT: _STRICT,
    CaseMapping.UNICODE: None,
}
_SPELLINGS = {mapping.value: mapping for mapping in CaseMapping} | {
    "strict-rfc1459": CaseMapping.RFC1459_STRICT,
    "rfc8265": CaseMapping.UNICODE,
    "precis": CaseMapping.UNICODE,
}


def parse_casemapping(value: str) -> CaseMapping:
    """Read the value of ``CASEMAPPING``; ASCII for one we do not know, since it joins the fewest names."""
    return _SPELLINGS.get(value.lower(), CaseMapping.ASCII)


class NameMap(MutableMapping[str, V]):
    """A mapping whose keys are names: they are looked up folded and come back as they were last written."""

    def __init__(self, casemapping: CaseMapping) -> None:
        self._fold = casemapping.fold
        self._items: dict[str, tuple[str, V]] = {}

    def __getitem__(self, name: str) -> V:
        return self._items[self._fold(name)][1]

    def __setitem__(self, name: str, value: V) -> None:
        self._items[self._fold(name)] = (name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[self._fold(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._fold(name) in self._items

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._items.values()])

    def __len__(self) -> int:
        return len(self._items)
