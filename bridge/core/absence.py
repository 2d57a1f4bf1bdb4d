"""Tells people on a network, once for each outage, that Matrix does not hear them for now."""

from typing import Final

import structlog

from bridge.core.ports import Arrival, Clock, Tasks
from bridge.core.words import Words
from bridge.model.errors import Phrase, Unavailable
from bridge.model.ids import LaneID
from bridge.model.portals import Portal
from bridge.model.remote_events import RemoteMessage

log = structlog.get_logger(__name__)

_TRIES: Final = 2
"""What fails once passes by itself, however long its turn was in coming."""


class Absence:
    """Only conversations in which somebody spoke meanwhile are told: others miss nothing.

    ``after_s`` is how long a line must have waited; 0 for never.
    """

    def __init__(self, words: Words, *, after_s: float, clock: Clock, tasks: Tasks) -> None:
        self._words = words
        self._after_s = after_s
        self._clock = clock
        self._tasks = tasks
        self._tries: dict[LaneID, int] = {}

    def waits(self, portal: Portal, arrival: Arrival) -> None:
        """The homeserver did not take it, and was not there or had no time."""
        if self._after_s <= 0 or not isinstance(arrival.event, RemoteMessage):
            return
        tries = self._tries.get(portal.lane, 0) + 1
        age_s = (self._clock.now() - arrival.received_at).total_seconds()
        told = tries > _TRIES
        if told or (tries == _TRIES and age_s < self._after_s):
            return
        self._tries[portal.lane] = tries
        if tries == _TRIES:
            self._tasks.spawn("absence", self._tell(portal))

    def over(self, lane: LaneID) -> None:
        """Something of the conversation was taken again."""
        self._tries.pop(lane, None)

    async def _tell(self, portal: Portal) -> None:
        log.info("a network is told that Matrix is away", portal=portal.key)
        try:
            await self._words.on_network(portal.key, Phrase.of("absence.notice"))
        except Unavailable as error:
            log.info("a network was not told that Matrix is away", portal=portal.key, reason=str(error))
