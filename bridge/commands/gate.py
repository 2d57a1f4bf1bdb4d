"""How many commands a person may give: a burst at once, then a slow stream, one warning, and silence."""

from collections import OrderedDict
from enum import Enum

from bridge.core.ports import Clock
from bridge.model.ids import EventID, UserID
from bridge.policy.rate_limit import Rate, RateLimit

RATE = Rate(per_s=1 / 3, burst=10)
_REMEMBERED = 1000
"""So many of the newest commands, and of the people warned, are kept in mind."""


class Passage(Enum):
    """What becomes of a command."""

    FREE = "free"
    WARNING = "warning"
    """One too many, and the first since there was room: its sender is told."""
    NONE = "none"


class Gate:
    """Counts each command once, however often it is tried."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limit: RateLimit[UserID] = RateLimit(RATE)
        self._decided: OrderedDict[EventID, Passage] = OrderedDict()
        self._warned: OrderedDict[UserID, None] = OrderedDict()

    def passage(self, user_id: UserID, event_id: EventID) -> Passage:
        if event_id not in self._decided:
            self._decided[event_id] = self._decide(user_id)
            if len(self._decided) > _REMEMBERED:
                self._decided.popitem(last=False)
        return self._decided[event_id]

    def _decide(self, user_id: UserID) -> Passage:
        if self._limit.take(user_id, self._clock.monotonic()):
            self._warned.pop(user_id, None)
            return Passage.FREE
        if user_id in self._warned:
            return Passage.NONE
        self._warned[user_id] = None
        if len(self._warned) > _REMEMBERED:
            self._warned.popitem(last=False)
        return Passage.WARNING
