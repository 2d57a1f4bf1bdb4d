"""Fair turns: each sender's work in its order, the senders in turn, waiting ones passed over."""

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from bridge.model.ids import UserID

W = TypeVar("W")


class SenderQueues(Generic[W]):
    """The waiting work of one track, by sender.

    A sender whose head must wait (for a time, or for another message) is passed over; nobody else is.
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[UserID, deque[W]] = OrderedDict()
        self._until: dict[UserID, float] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def count(self, sender: UserID) -> int:
        """How much of one sender waits."""
        return len(self._queues.get(sender, ()))

    def add(self, sender: UserID, work: W) -> None:
        self._queues.setdefault(sender, deque()).append(work)
        self._count += 1

    def next(self, now: float) -> tuple[UserID, W] | None:
        """The next ready sender's first work, which stays where it is; that sender's turn is then over."""
        for sender in list(self._queues):
            if self._until.get(sender, 0.0) <= now:
                self._queues.move_to_end(sender)
                return sender, self._queues[sender][0]
        return None

    def done(self, sender: UserID) -> None:
        """The sender's first work is finished."""
        queue = self._queues[sender]
        queue.popleft()
        self._count -= 1
        self._until.pop(sender, None)
        if not queue:
            del self._queues[sender]

    def replace_head(self, sender: UserID, work: W) -> None:
        self._queues[sender][0] = work

    def hold(self, sender: UserID, until: float) -> None:
        """Pass over the sender until then (monotonic seconds)."""
        self._until[sender] = until

    def release(self) -> None:
        """Nobody has to wait any longer: what they waited for may have come."""
        self._until.clear()

    def wakes_at(self) -> float | None:
        """When the first held sender is ready again; None if nobody is held."""
        held = [until for sender, until in self._until.items() if sender in self._queues]
        return min(held, default=None)
