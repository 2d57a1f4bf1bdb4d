"""Measures the true round trip: something said in a private room, until the homeserver has pushed it to us.

A connection that stands proves nothing: a homeserver may take what we say and push nothing, for it waits up
to 512 s before it tries again, or has forgotten us. So now and then the bot says a word in a room where only
it is, and waits for the push. One that does not come back is a reason to look for what else was not pushed.

Every canary stays in the homeserver's database. Redacting them would only add to it; so each room serves for
one week, is then left and forgotten, and asks to be emptied after a day (``m.room.retention``): what the
homeserver makes of that is its own setting. The room's alias carries the week: after a restart it is found
by it, and nothing of all this is stored on our side.
"""

import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bridge.core.bell import Bell
from bridge.core.marks import notice_txn
from bridge.core.ports import Clock, Homeserver, Tasks
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable
from bridge.model.ids import EventID, RoomID
from bridge.model.markup import Document
from bridge.model.matrix_events import RawEvent
from bridge.model.messages import TextBody, Tone
from bridge.model.namespace import Namespace
from bridge.model.outgoing import Post, RoomRequest
from bridge.telemetry import Outage, get_log
from bridge.telemetry.metrics import Metrics

log = get_log(__name__)

SLOW_S: Final = 5.0
"""One that takes so long is no reason to worry yet."""
PATIENCE_S: Final = 30.0
"""A canary that is not back by then is missed."""
KEEP_S: Final = 86_400.0
"""How long the homeserver needs to keep one."""
_REMEMBERED: Final = 50
_WEEK: Final = timedelta(days=7)


class CanaryHomeserver(Homeserver, Protocol):
    """What canaries need besides."""

    async def close_room(self, room_id: RoomID) -> None:
        """As the bot: leave a room and forget it, so that the homeserver may delete it."""


class Canary:
    """One canary at a time.

    Args:
        every_s: from one to the next; more than 0.
        slow: called when one takes longer than it should: maybe the homeserver only waits to be asked.
        missed: called when one did not come back.
    """

    def __init__(
        self,
        *,
        homeserver: CanaryHomeserver,
        names: Namespace,
        metrics: Metrics,
        clock: Clock,
        tasks: Tasks,
        every_s: float,
        slow: Callable[[], None],
        missed: Callable[[], None],
    ) -> None:
        self._homeserver = homeserver
        self._names = names
        self._metrics = metrics
        self._clock = clock
        self._bell = Bell(clock, tasks)
        self._every_s = every_s
        self._slow = slow
        self._missed = missed
        self._outage = Outage(log, "round trip through the homeserver", now=clock.monotonic)
        self._room: tuple[str, RoomID] | None = None
        self._pushed: OrderedDict[EventID, float] = OrderedDict()
        self._late: OrderedDict[EventID, float] = OrderedDict()
        self._well_at = clock.monotonic()

    @property
    def is_well(self) -> bool:
        """False from the first one that was missed until one is back."""
        return not self._outage.is_down

    @property
    def age_s(self) -> float:
        """Since the last one came back, or since the start."""
        return self._clock.monotonic() - self._well_at

    def pushed(self, events: Sequence[RawEvent]) -> None:
        """The homeserver has pushed these, and they are stored. Quick: it answers it only then."""
        if self._room is None:
            return
        for event in events:
            if event.room_id == self._room[1]:
                self._came(event.event_id)

    async def run(self) -> None:
        """For ever."""
        self._well_at = self._clock.monotonic()
        while True:
            began = self._clock.monotonic()
            try:
                await self._fly()
            except (HomeserverUnavailable, HomeserverRefused) as error:
                self._metrics.canaries.add(outcome="failed")
                self._outage.down(str(error))
            except Exception:  # noqa: BLE001 - the supervisor of canaries: the next one may fly
                log.error("canary failed", trace=traceback.format_exc())
            took_s = self._clock.monotonic() - began
            await self._clock.sleep(max(1.0, self._every_s - took_s))

    async def _fly(self) -> None:
        """Raises ``HomeserverUnavailable`` and ``HomeserverRefused``."""
        room_id = await self._room_of(self._clock.now())
        began = self._clock.monotonic()
        txn = notice_txn("canary", str(self._clock.now().timestamp()))
        try:
            event_id = await self._homeserver.send(room_id, self._homeserver.bot, _WORD, txn=txn)
        except HomeserverRefused:
            # An admin has deleted the room, or put the bot out: the next one gets a new one.
            await self._give_up_room()
            raise
        if not await self._is_back(event_id, SLOW_S):
            self._slow()
        if await self._is_back(event_id, PATIENCE_S - SLOW_S):
            self._back(self._pushed.pop(event_id) - began, outcome="ok")
            return
        self._late[event_id] = began
        _shorten(self._late)
        self._metrics.canaries.add(outcome="lost")
        self._outage.down("it was taken and not pushed", patience_s=PATIENCE_S)
        self._missed()

    async def _is_back(self, event_id: EventID, patience_s: float) -> bool:
        until = self._clock.monotonic() + patience_s
        while event_id not in self._pushed:
            left_s = until - self._clock.monotonic()
            if left_s <= 0:
                return False
            await self._bell.wait(left_s)
        return True

    def _came(self, event_id: EventID) -> None:
        now = self._clock.monotonic()
        began = self._late.pop(event_id, None)
        if began is not None:
            self._back(now - began, outcome="late")
            return
        # The push may overtake the answer to the send.
        self._pushed[event_id] = now
        _shorten(self._pushed)
        self._bell.ring()

    def _back(self, seconds: float, *, outcome: str) -> None:
        self._metrics.canary_seconds.observe(seconds)
        self._metrics.canaries.add(outcome=outcome)
        self._well_at = self._clock.monotonic()
        self._outage.back()

    # Its room.

    async def _room_of(self, now: datetime) -> RoomID:
        week = _name(now)
        if self._room is not None and self._room[0] == week:
            return self._room[1]
        room_id = await self._homeserver.resolve_alias(self._names.own_alias(week))
        if room_id is None:
            room_id = await self._make_room(week)
            await self._close(_name(now - _WEEK))
        self._room = (week, room_id)
        return room_id

    async def _make_room(self, week: str) -> RoomID:
        request = RoomRequest(
            alias_localpart=self._names.own_alias(week)[1:].partition(":")[0],
            name="Canary",
            topic="Trunkline measures here how long a message takes. Nobody needs to come in.",
            public=False,
            keep_for_s=KEEP_S,
        )
        return await self._homeserver.create_room(request, {})

    async def _close(self, week: str) -> None:
        alias = self._names.own_alias(week)
        room_id = await self._homeserver.resolve_alias(alias)
        if room_id is not None:
            await self._homeserver.close_room(room_id)
            await self._homeserver.drop_alias(alias)

    async def _give_up_room(self) -> None:
        if self._room is not None:
            (week, _), self._room = self._room, None
            await self._homeserver.drop_alias(self._names.own_alias(week))


_WORD: Final = Post(body=TextBody(Document.of("canary"), Tone.NOTICE), mark="canary")


def _name(now: datetime) -> str:
    """What the room of a week is called (ISO 8601)."""
    year, week, _ = now.isocalendar()
    return f"canary_{year}w{week:02}"


def _shorten(remembered: OrderedDict[EventID, float]) -> None:
    while len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
