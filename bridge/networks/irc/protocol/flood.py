"""Decides when which line may be written, so that the server never calls us a flood.

A token bucket: ``burst`` lines at once, then ``per_second``. Every line costs one token. A PONG is written
even without one (the bucket then goes below zero), since a server that waits for it closes the connection.
A barrier (see `fates`) costs nothing: no further chat line leaves before it is answered, so it slows us
down by itself where a server takes its time. InspIRCd 3.15 and ngIRCd 26.1 do count a PING as a line, but
the one needs no barriers, and the other bears three lines a second. `FloodLimits.slowed` is for a server
that called us a flood all the same.

Lines wait by priority, and within one priority by flow (for chat: the target). Flows take turns, so that one
long paste does not hold up the other conversations; within a flow the order never changes.
"""

from collections import OrderedDict, deque
from enum import IntEnum
from typing import Generic, TypeVar

from attrs import frozen

T = TypeVar("T")

_FIRST_GUESS_PER_SECOND = 10.0
_SLOWEST_PER_SECOND = 0.25


class Priority(IntEnum):
    """What goes first."""

    PONG = 0
    BARRIER = 1
    CONTROL = 2
    MODERATION = 3
    CHAT = 4
    REST = 5


@frozen
class FloodLimits:
    """How much may be written: ``burst`` lines at once, then ``per_second``; 0 stands for no limit.

    Attributes:
        barriers_cost: a barrier counts as a line.
    """

    burst: int = 10
    per_second: float = 1.0
    barriers_cost: bool = False

    def slowed(self) -> "FloodLimits":
        """Give what to keep to after the server has called us a flood: half of it, and all counts."""
        burst = max(1, self.burst // 2)
        if self.per_second <= 0:
            return FloodLimits(burst, _FIRST_GUESS_PER_SECOND, True)
        # Whoever was slower than that already stays so.
        slowest = min(self.per_second, _SLOWEST_PER_SECOND)
        return FloodLimits(burst, max(self.per_second / 2, slowest), True)


class FloodPlan(Generic[T]):
    """The lines that wait, and the bucket. Times are seconds of any steady clock.

    Attributes:
        tokens: how many lines may be written at once, by what was known last.
    """

    def __init__(self, limits: FloodLimits) -> None:
        self._limits = limits
        self.tokens = float(max(1, limits.burst))
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

    def take(self, now: float, *, may_chat: bool = True) -> T | None:
        """Take out what is to be written next; None when nothing may be written now."""
        self._fill(now)
        # A rounding error must not make a timer that fires a hair early find nothing and fire for ever.
        has_token = self._limits.per_second <= 0 or self.tokens >= 1 - 1e-6
        for priority, flows in self._flows.items():
            if not flows or (priority is Priority.CHAT and not may_chat):
                continue
            if has_token or self._is_free(priority):
                self.tokens -= 0 if self._costs_nothing(priority) else 1
                return _take_turn(flows)
        return None

    def drop_all(self) -> list[T]:
        """Take out everything, in no promised order across flows."""
        dropped = [item for flows in self._flows.values() for items in flows.values() for item in items]
        for flows in self._flows.values():
            flows.clear()
        return dropped

    def next_at(self, now: float, *, may_chat: bool = True) -> float | None:
        """Say when the next waiting item may be written; None when nothing waits for the time to pass."""
        waiting = [
            priority
            for priority, flows in self._flows.items()
            if flows and (may_chat or priority is not Priority.CHAT)
        ]
        if not waiting:
            return None
        self._fill(now)
        if self._limits.per_second <= 0 or self.tokens >= 1 or self._is_free(waiting[0]):
            return now
        return now + (1 - self.tokens) / self._limits.per_second

    def _fill(self, now: float) -> None:
        if self._filled_at is not None and now > self._filled_at:
            gained = (now - self._filled_at) * self._limits.per_second
            self.tokens = min(float(max(1, self._limits.burst)), self.tokens + gained)
        self._filled_at = now if self._filled_at is None else max(now, self._filled_at)

    def _costs_nothing(self, priority: Priority) -> bool:
        return priority is Priority.BARRIER and not self._limits.barriers_cost

    def _is_free(self, priority: Priority) -> bool:
        return priority is Priority.PONG or self._costs_nothing(priority)


def _take_turn(flows: "OrderedDict[str, deque[T]]") -> T:
    flow, items = next(iter(flows.items()))
    item = items.popleft()
    if items:
        flows.move_to_end(flow)
    else:
        del flows[flow]
    return item
