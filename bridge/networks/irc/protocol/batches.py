"""Collects lines that the server sends as one: answers to a label, net splits, history.

A batch is given out when it ends. Its bounds keep a hostile or broken server from making us hold lines for
ever: what does not fit is let through as if it had come alone, and an overdue batch is given out as it is.

Spec: https://ircv3.net/specs/extensions/batch
"""

from enum import Enum

from attrs import define, field, frozen

from bridge.networks.irc.protocol.line import Line

MAX_OPEN = 32
"""How many batches may be open at once, nested ones included."""
MAX_DEPTH = 4
MAX_LINES = 5000
"""How many lines all open batches may hold together."""
MAX_AGE_S = 30.0
"""How long a batch may stay open."""


class BatchKind(Enum):
    """The types of batch that mean something to us."""

    LABELED_RESPONSE = "labeled-response"
    NETSPLIT = "netsplit"
    NETJOIN = "netjoin"
    HISTORY = "chathistory"
    OTHER = ""


_KINDS = {kind.value: kind for kind in BatchKind} | {"znc.in/playback": BatchKind.HISTORY}


@frozen
class Batch:
    """A batch that has ended. ``opening`` is the BATCH line that began it, with its tags."""

    kind: BatchKind
    opening: Line
    items: "tuple[Line | Batch, ...]"


@define
class _Open:
    opening: Line
    parent: str | None
    opened_at: float
    depth: int
    items: list[Line | Batch] = field(factory=list)

    def closed(self) -> Batch:
        kind = _KINDS.get(self.opening.param(1).lower(), BatchKind.OTHER)
        return Batch(kind, self.opening, tuple(self.items))


class Batches:
    """The batches that are open. Give it every line; it gives back what is ready to be understood."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._lines = 0

    @property
    def are_open(self) -> bool:
        """Say whether something is being collected."""
        return bool(self._open)

    def receive(self, line: Line, now: float) -> list[Line | Batch]:
        """Take one line; give nothing (it is collected), itself, or the batch that it ends."""
        if line.command == "BATCH" and line.param(0).startswith("+"):
            self._begin(line, now)
            return []
        if line.command == "BATCH" and line.param(0).startswith("-"):
            return self._end(line.param(0)[1:])
        owner = self._open.get(line.tags.get("batch", ""))
        if owner is None or self._lines >= MAX_LINES:
            return [line]
        owner.items.append(line)
        self._lines += 1
        return []

    def expire(self, now: float) -> list[Line | Batch]:
        """Give out the batches that have been open for too long."""
        overdue = [name for name, batch in self._open.items() if now - batch.opened_at >= MAX_AGE_S]
        return [item for name in overdue for item in self._end(name)]

    def next_expiry(self) -> float | None:
        """Say when the oldest open batch is overdue."""
        return min((batch.opened_at + MAX_AGE_S for batch in self._open.values()), default=None)

    def end_all(self) -> list[Line | Batch]:
        """Give out whatever is open, because the connection has ended."""
        return [item for name in reversed(list(self._open)) for item in self._end(name)]

    def _begin(self, line: Line, now: float) -> None:
        name, parent = line.param(0)[1:], line.tags.get("batch")
        depth = self._open[parent].depth + 1 if parent in self._open else 0
        if name and name not in self._open and len(self._open) < MAX_OPEN and depth < MAX_DEPTH:
            self._open[name] = _Open(line, parent if depth else None, now, depth)

    def _end(self, name: str) -> list[Line | Batch]:
        ended = self._open.pop(name, None)
        if ended is None:
            return []
        batch = ended.closed()
        owner = self._open.get(ended.parent) if ended.parent is not None else None
        if owner is not None:
            owner.items.append(batch)
            return []
        self._lines -= _count(batch)
        return [batch]


def _count(batch: Batch) -> int:
    return sum(_count(item) if isinstance(item, Batch) else 1 for item in batch.items)
