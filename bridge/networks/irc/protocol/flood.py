"""Decides when which line may be written, so that the server never calls us a flood.

A token bucket: ``burst`` lines at once, then ``per_second``. Every line costs one token. A PONG is written
even without one (the bucket then goes below zero), since a server that waits for it closes the connection.

Lines wait by priority, and within one priority by flow (for chat: the target). Flows take turns, so that one
long paste does not hold up the other conversations; within a flow the order never changes.
"""

from collections import OrderedDict, deque
from enum import IntEnum
from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")


class Priority(IntEnum):
    """What goes first."""

    PONG = 0
    CONTROL = 1
    MODERATION = 2
    CHAT = 3
    REST = 4


@frozen
class FloodLimits:
    """How much may be written: ``burst`` lines at once, then ``per_second``; 0 stands for no limit."""

    burst: int = 10
    per_second: float = 1.0


class FloodPlan(Generic[T]):
    """The lines that wait, and the bucket. Times are seconds of any steady clock."""

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self._tokens = float(max(1, limits.burst))
        self._filled_at: float | None = None
        self._flows: dict[Priority, OrderedDict[str, deque[T]]] = {
            priority: OrderedDict() for priority in Priority
        }

    def __len__(self) -> int:
        return sum(len(items) for flows in self._flows.values() for items in flows.values())

    def waiting(self, priority: Priority) -> int:
        """Say how many items of one priority wait."""
        return sum(len(items) for items in self._flows[priority].values())

    def put(self, item: T, priority: Priority, *, flow: str = "") -> None:
        """Add an item behind those of its flow."""
        self._flows[priority].setdefault(flow, deque()).append(item)

    def discard(self, item: T, priority: Priority, *, flow: str = "") -> bool:
        """Take one waiting item out again; False when it does not wait any more."""
        flows = self._flows[priority]
        if flow not in flows or item not in flows[flow]:
            return False
        flows[flow].remove(item)
        if not flows[flow]:
            del flows[flow]
        return True

    def take(self, now: float) -> list[T]:
        """Take out all that may be written now, in the order to write it."""
        self._fill(now)
        taken: list[T] = []
        while (item := self._next_free()) is not None:
            taken.append(item)
        return taken

    def drop_all(self) -> list[T]:
        """Take out everything, in no promised order across flows."""
        dropped = [item for flows in self._flows.values() for items in flows.values() for item in items]
        for flows in self._flows.values():
            flows.clear()
        return dropped

    def next_at(self, now: float) -> float | None:
        """Say when the next waiting item may be written; None when nothing waits."""
        if not len(self):
            return None
        self._fill(now)
        if self._limits.per_second <= 0 or self._tokens >= 1 or self._flows[Priority.PONG]:
            return now
        return now + (1 - self._tokens) / self._limits.per_second

    def _fill(self, now: float) -> None:
        if self._filled_at is not None and now > self._filled_at:
            gained = (now - self._filled_at) * self._limits.per_second
            self._tokens = min(float(max(1, self._limits.burst)), self._tokens + gained)
        self._filled_at = now if self._filled_at is None else max(now, self._filled_at)

    def _next_free(self) -> T | None:
        # A rounding error must not make a timer that fires a hair early find nothing and fire for ever.
        free = self._limits.per_second <= 0 or self._tokens >= 1 - 1e-6
        for priority, flows in self._flows.items():
            if flows and (free or priority is Priority.PONG):
                self._tokens -= 1
                return _take_turn(flows)
        return None


def _take_turn(flows: "OrderedDict[str, deque[T]]") -> T:
    flow, items = next(iter(flows.items()))
    item = items.popleft()
    if items:
        flows.move_to_end(flow)
    else:
        del flows[flow]
    return item
