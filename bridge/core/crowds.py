"""Tells a room in one line when many people came or went at once, and waits for those whom a netsplit took.

What is going on is kept in memory only: after a restart the next list of members says who is there.
"""

import traceback
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from attrs import frozen

from bridge.core.bell import Bell
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Tasks
from bridge.core.words import Words
from bridge.model.errors import HomeserverUnavailable, Phrase
from bridge.model.ids import LaneID, RemoteUserID
from bridge.model.portals import Portal, PortalState
from bridge.model.remote_events import RemoteUser
from bridge.policy.crowds import Crowd, CrowdWatch, Verdict

log = structlog.get_logger(__name__)

MAX_UNTOLD: Final = 1000
"""Lines that wait for the homeserver, or for chat to end; older ones are dropped."""
AT_LAST_S: Final = 60.0
"""So long a line gives way to chat."""
_LOOK_AGAIN_S: Final = 0.5
_AWAY_S: Final = 2.0

Gone = Callable[[Portal, RemoteUser, str | None], None]


@frozen
class _Line:
    lane: LaneID
    crowd: Crowd
    occasion: str
    at_last: float


class Crowds:
    """Who comes and goes, by conversation. ``quiet`` says whether chat has paused there."""

    def __init__(
        self,
        *,
        portals: Portals,
        words: Words,
        quiet: Callable[[LaneID], bool],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._portals = portals
        self._words = words
        self._quiet = quiet
        self._clock = clock
        self._bell = Bell(clock, tasks)
        self._watches: dict[LaneID, CrowdWatch] = {}
        self._lines: deque[_Line] = deque(maxlen=MAX_UNTOLD)

    def came(self, lane: LaneID, user: RemoteUser) -> Verdict:
        verdict = self._watch(lane).came(user, self._clock.monotonic())
        self._bell.ring()
        return verdict

    def went(self, lane: LaneID, user: RemoteUser, reason: str | None, servers: str | None) -> Verdict:
        verdict = self._watch(lane).went(user, reason, servers, self._clock.monotonic())
        self._bell.ring()
        return verdict

    def waits_for(self, lane: LaneID, user: RemoteUserID) -> bool:
        """Whether somebody was torn away by a netsplit and may come back."""
        watch = self._watches.get(lane)
        return watch is not None and watch.holds(user)

    def is_here(self, lane: LaneID, user: RemoteUserID) -> None:
        """A list of members has them on it."""
        watch = self._watches.get(lane)
        if watch is not None:
            watch.is_here(user)

    def forget(self, lane: LaneID) -> None:
        """The portal is gone: nobody is waited for any longer."""
        self._watches.pop(lane, None)

    async def run(self, gone: Gone) -> None:
        """For ever. ``gone`` is told who did not come back after a netsplit."""
        while True:
            try:
                self._look(gone)
                await self._tell()
            except HomeserverUnavailable as error:
                log.info("crowds are told later", reason=str(error))
                await self._clock.sleep(_AWAY_S)
            except Exception:  # noqa: BLE001 - the supervisor of crowds: others are still to be told
                log.error("telling of a crowd failed", trace=traceback.format_exc())
            await self._bell.wait(self._pause_s())

    def _watch(self, lane: LaneID) -> CrowdWatch:
        return self._watches.setdefault(lane, CrowdWatch())

    def _pause_s(self) -> float | None:
        times = [at for watch in self._watches.values() if (at := watch.next_at()) is not None]
        waits = [max(0.0, at - self._clock.monotonic()) for at in times]
        return min([*waits, *([_LOOK_AGAIN_S] if self._lines else [])], default=None)

    def _look(self, gone: Gone) -> None:
        now = self._clock.monotonic()
        for lane, watch in list(self._watches.items()):
            for crowd in watch.over(now):
                log.info("crowd", lane=lane, kind=crowd.kind.value, count=crowd.count)
                occasion = f"{lane} {self._clock.now().isoformat()}"
                self._lines.append(_Line(lane, crowd, occasion, now + AT_LAST_S))
            portal = self._portals.by_lane(lane)
            for held in watch.given_up(now):
                if portal is not None:
                    gone(portal, held.user, held.reason)
            if watch.next_at() is None and not watch.remembers(now):
                del self._watches[lane]

    async def _tell(self) -> None:
        now = self._clock.monotonic()
        for line in list(self._lines):
            if not self._quiet(line.lane) and now < line.at_last:
                continue
            portal = self._portals.by_lane(line.lane)
            if portal is not None and portal.state is PortalState.ACTIVE:
                await self._words.in_room(portal.room_id, _phrase(line.crowd), occasion=line.occasion)
            self._lines.remove(line)


def _phrase(crowd: Crowd) -> Phrase:
    key = f"crowd.{crowd.kind.value}"
    if crowd.servers is not None:
        return Phrase.of(key, count=crowd.count, servers=crowd.servers)
    return Phrase.of(key, count=crowd.count, seconds=crowd.seconds)
