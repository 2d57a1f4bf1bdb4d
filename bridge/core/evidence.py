"""Finds what we sent already, by our mark in it, where repeating the send would not tell.

A send that is repeated gives the same event back, but only for a day, and only in the same room. What is
older, or was on its way when its room was replaced, is looked for instead.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.core.marks import mark_of
from bridge.core.ports import Arrival, Clock, Homeserver
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import EventID, RoomID
from bridge.model.portals import Portal

log = structlog.get_logger(__name__)

WINDOW: Final = timedelta(hours=23)
"""So long a homeserver surely knows a send again; Synapse does for a day."""


class Evidence:
    """Looks for the events of arrivals whose sending may have begun."""

    def __init__(self, homeserver: Homeserver, clock: Clock) -> None:
        self._homeserver = homeserver
        self._clock = clock

    async def event_of(self, portal: Portal, arrival: Arrival) -> EventID | None:
        """The event that an arrival became; None where a repeated send tells, or there is none.

        Raises ``HomeserverUnavailable``.
        """
        for room_id in rooms_to_look(portal, arrival, now=self._clock.now()):
            try:
                found = await self._homeserver.event_marked(room_id, arrival.ghost, mark_of(arrival))
            except HomeserverRefused as error:
                log.warning("room is closed to us", room_id=room_id, reason=str(error))
                continue
            if found is not None:
                log.info("sent before", lane=arrival.lane, seq=arrival.seq, event_id=found)
                return found
        return None


def rooms_to_look(portal: Portal, arrival: Arrival, *, now: datetime) -> tuple[RoomID, ...]:
    """Where an arrival may have been sent to without a repeated send telling so."""
    former = [room.room_id for room in portal.former if arrival.received_at <= room.left_at]
    here = [portal.room_id] if now - arrival.received_at > WINDOW else []
    return (*here, *reversed(former))
