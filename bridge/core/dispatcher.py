"""Reads the inbox in its order, opens each event and hands it to whoever wants it."""

import traceback
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Protocol, assert_never

import structlog

from bridge.core.admission import Admission
from bridge.core.bell import Bell
from bridge.core.lanes import Lanes
from bridge.core.portals import Portals
from bridge.core.ports import Clock, InboxEvent, InboxStore, Reader, Tasks
from bridge.core.retries import RETRY_KEY, Retries
from bridge.core.router import Command, Cross, Ignore, Refuse, RoomChange, RoomView, Router
from bridge.core.tally import Tally
from bridge.core.work import Claim, Work
from bridge.model.errors import StoreUnavailable, Unreadable
from bridge.model.ids import InboxSeq, LaneID, RoomID
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEvent,
    MatrixMessage,
    MatrixReaction,
    MatrixTombstone,
)
from bridge.model.portals import Direction, Portal
from bridge.policy.loop_guard import PingPong

log = structlog.get_logger(__name__)

_BATCH = 50
"""Events opened in one go, about 3 ms of work: a transaction that comes meanwhile waits for no more."""
_AWAY_S = 1.0
_REPEATS_KEPT = 10_000
"""So many refused repetitions are remembered, for lanes that read them again after a spill."""


class Desk(Protocol):
    """Where events go that concern the bridge itself, one after another for each room."""

    def is_management(self, room_id: RoomID) -> bool: ...

    def take(
        self,
        row: InboxEvent,
        event: MatrixEvent,
        route: Command | RoomChange | Refuse,
        done: Callable[[], None],
    ) -> None:
        """Has the inbox row finished when it is done, and then calls ``done``. Never blocks."""


class Dispatcher:
    """The one reader of the inbox."""

    def __init__(
        self,
        *,
        inbox: InboxStore,
        reader: Reader,
        router: Router,
        portals: Portals,
        desk: Desk,
        lanes: Lanes,
        retries: Retries,
        admission: Admission,
        tally: Tally,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._inbox = inbox
        self._reader = reader
        self._router = router
        self._portals = portals
        self._desk = desk
        self._clock = clock
        self._ping_pong = PingPong()
        self._bell = Bell(clock, tasks)
        self._lanes = lanes
        self._retries = retries
        self._admission = admission
        self._tally = tally
        self._again: deque[InboxEvent] = deque()
        self._expected: dict[RoomID, list[InboxEvent]] = {}
        self._shared: dict[InboxSeq, Claim] = {}
        self._repeats: OrderedDict[InboxSeq, None] = OrderedDict()
        self._ignored: list[InboxSeq] = []
        self._read_up_to = InboxSeq(0)

    def ring(self) -> None:
        """New events are in the inbox."""
        self._bell.ring()

    def take_again(self, row: InboxEvent) -> None:
        """Look at one that was set aside and is open again, before all that is new."""
        if row.seq <= self._read_up_to:
            self._again.append(row)
        self._bell.ring()

    async def run(self) -> None:
        """For ever; a store that is away is waited for."""
        while True:
            try:
                rows = await self._inbox.pending(self._read_up_to, _BATCH)
                while self._again:
                    await self._dispatch(self._again[0])
                    self._again.popleft()
                for row in rows:
                    await self._dispatch(row)
                    self._read_up_to = row.seq
                await self._finish_ignored()
            except StoreUnavailable as error:
                log.warning("inbox waits", reason=str(error))
                await self._bell.wait(_AWAY_S)
                continue
            except Exception:  # noqa: BLE001 - the inbox's supervisor: without its reader all stands still
                log.error("inbox failed", trace=traceback.format_exc())
                await self._bell.wait(_AWAY_S)
                continue
            if len(rows) < _BATCH:
                await self._bell.wait()

    async def _dispatch(self, row: InboxEvent) -> None:
        """Raises ``StoreUnavailable`` if it was not handed over."""
        try:
            if await self._one(row):
                self._ignored.append(row.seq)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - the inbox's supervisor
            # A fault of ours in opening or routing: no second try would end otherwise.
            log.error("event set aside", event_id=row.event_id, trace=traceback.format_exc())
            await self._inbox.failed(row.seq, traceback.format_exc(), set_aside=True)
            self._tally.set_aside(Direction.TO_NETWORK)

    async def _finish_ignored(self) -> None:
        if self._ignored:
            await self._inbox.finish(self._ignored)
            self._ignored = []

    async def _one(self, row: InboxEvent) -> bool:
        """Hand over one event. Returns whether nobody wanted it."""
        if row.room_id in self._expected:
            self._expected[row.room_id].append(row)
            return False
        event = await self._open(row)
        if event is None:
            return False
        again = isinstance(event, MatrixMessage | MatrixEdit) and self._ping_pong.seen(
            event, self._clock.monotonic()
        )
        if again:
            self._remember_repeat(row.seq)
        route = self._router.route(event, self._view(row), ping_pong=again)
        match route:
            case Ignore(why=why):
                log.debug("event ignored", why=why, event_id=event.event_id)
                return True
            case Cross(lanes=lanes):
                if await self._is_retry(event):
                    return True
                refusal = self._admission.refusal(lanes, len(row.body))
                if refusal is None:
                    self._cross(row, event, lanes)
                else:
                    self._desk.take(row, event, Refuse(refusal, keep=False), lambda: None)
            case Command() | RoomChange() | Refuse():
                self._desk.take(row, event, route, self._expecting(event))
            case _:
                assert_never(route)
        return False

    def _expecting(self, event: MatrixEvent) -> Callable[[], None]:
        """What is said in a room that a portal is about to move into waits until it is there.

        Returns what is to be called when that has been decided.
        """
        if not isinstance(event, MatrixTombstone) or not self._portals.in_room(event.room_id):
            return lambda: None
        self._expected.setdefault(event.replacement, [])
        return lambda: self._moved(event.replacement)

    def _moved(self, room_id: RoomID) -> None:
        self._again.extend(self._expected.pop(room_id, ()))
        self._bell.ring()

    def _view(self, row: InboxEvent) -> RoomView:
        return RoomView(
            portals=self._portals.spoken_to(row.room_id, row.received_at),
            management=self._desk.is_management(row.room_id),
            left=self._portals.have_left(row.room_id),
        )

    async def _is_retry(self, event: MatrixEvent) -> bool:
        """Whether somebody asked for their own failed message to be sent again, by a reaction to it."""
        if not isinstance(event, MatrixReaction) or event.key != RETRY_KEY:
            return False
        return await self._retries.retry(event.room_id, event.sender, event_id=event.target) > 0

    async def _open(self, row: InboxEvent) -> MatrixEvent | None:
        try:
            return self._reader.read(row.body)
        except Unreadable as error:
            log.warning("event set aside", event_id=row.event_id, reason=str(error))
            await self._inbox.failed(row.seq, str(error), set_aside=True)
            self._tally.set_aside(Direction.TO_NETWORK)
            return None

    def _cross(self, row: InboxEvent, event: MatrixEvent, lanes: tuple[LaneID, ...]) -> None:
        claim = Claim(row.seq, set(lanes))
        if len(lanes) > 1:
            # Until the last of its lanes has planned it: one that spilled takes up the same claim.
            self._shared = {seq: each for seq, each in self._shared.items() if each.lanes}
            self._shared[row.seq] = claim
        for lane in lanes:
            self._lanes.to_network(lane).add(_work(row, event, claim))

    def _remember_repeat(self, seq: InboxSeq) -> None:
        self._repeats[seq] = None
        if len(self._repeats) > _REPEATS_KEPT:
            self._repeats.popitem(last=False)

    async def refill(
        self, portal: Portal, after: InboxSeq, limit: int
    ) -> tuple[Sequence[Work], InboxSeq | None]:
        """More of a spilled lane's work; see ``network_track.Refill``."""
        lane = portal.lane
        rows = await self._rows_for(portal, after, limit)
        works: list[Work] = []
        last: InboxSeq | None = None
        for row in rows:
            if row.seq > self._read_up_to:
                break
            last = row.seq
            if row.seq in self._ignored:
                continue
            event = await self._open(row)
            if event is None:
                continue
            route = self._router.route(event, self._view(row), ping_pong=row.seq in self._repeats)
            if isinstance(route, Cross) and lane in route.lanes:
                claim = self._shared.get(row.seq) or Claim(row.seq, {lane})
                works.append(_work(row, event, claim))
        return works, last

    async def _rows_for(self, portal: Portal, after: InboxSeq, limit: int) -> Sequence[InboxEvent]:
        """What waits in the room of a portal and in those it came from, in the order of its coming."""
        rooms = (portal.room_id, *(room.room_id for room in portal.former))
        rows = [row for room in rooms for row in await self._inbox.pending_in_room(room, after, limit)]
        return sorted(rows, key=lambda row: row.seq)[:limit]


def _work(row: InboxEvent, event: MatrixEvent, claim: Claim) -> Work:
    return Work(
        event_id=event.event_id,
        sender=event.sender,
        order=row.seq,
        accepted_at=row.received_at,
        size_bytes=len(row.body),
        event=event,
        claim=claim,
    )
