"""Pairs what was said on one side with what arrived on the other; no clock and no waiting here."""

from collections import deque
from enum import Enum
from typing import Final

from attrs import frozen

_KEPT: Final = 500
_COMPARED: Final = 60


class Side(Enum):
    MATRIX = "Matrix"
    IRC = "IRC"


@frozen
class Said:
    """``at`` is seconds since the epoch."""

    side: Side
    who: str
    text: str
    at: float


@frozen
class Crossed:
    said: Said
    latency_ms: int


class Crossings:
    """Either half of a pair may be known first: the two sides are watched over two connections."""

    def __init__(self) -> None:
        self._said: deque[Said] = deque(maxlen=_KEPT)
        self._arrived: deque[tuple[Side, str, float]] = deque(maxlen=_KEPT)

    def said(self, said: Said) -> Crossed | None:
        for arrival in self._arrived:
            side, text, at = arrival
            if side is not said.side and _same(said.text, text):
                self._arrived.remove(arrival)
                return crossed_at(said, at)
        self._said.append(said)
        return None

    def arrived(self, side: Side, text: str, at: float) -> Crossed | None:
        """Something that the bridge brought to this side."""
        for said in self._said:
            if side is not said.side and _same(said.text, text):
                self._said.remove(said)
                return crossed_at(said, at)
        self._arrived.append((side, text, at))
        return None


def crossed_at(said: Said, at: float) -> Crossed:
    return Crossed(said, max(0, round((at - said.at) * 1000)))


def _same(said: str, arrived: str) -> bool:
    """Whether one holds the beginning of the other; formatting and the relay's form are left out."""
    wanted, found = _letters(said), _letters(arrived)
    if not wanted:
        return said.strip() in arrived
    return wanted[:_COMPARED] in found


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())
