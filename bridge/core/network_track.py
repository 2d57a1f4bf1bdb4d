"""The track of a lane towards its network: one worker, fair turns, poison set aside."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence

import structlog
from attrs import evolve, frozen

from bridge.core.bell import Bell
from bridge.core.load import Load
from bridge.core.outbound import Done, Hold, Next, Outbound, Step
from bridge.core.patience import HOMESERVER_S, STORE_S, Patience
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Task, Tasks
from bridge.core.queues import SenderQueues
from bridge.core.receipts import Receipts
from bridge.core.spill import Spill
from bridge.core.tally import Tally
from bridge.core.telling import Telling
from bridge.core.work import UnderWay, Work
from bridge.model.errors import HomeserverUnavailable, Phrase, StoreUnavailable, Unavailable
from bridge.model.ids import EventID, InboxSeq, LaneID, RoomID
from bridge.model.portals import Direction, Portal
from bridge.model.statuses import PartState

log = structlog.get_logger(__name__)

MAX_FAILURES = 3
"""So many failures set an event aside; the lane goes on."""
_AWAY_S = 1.0
"""How long to wait when the store or the homeserver is away."""

Refill = Callable[[Portal, InboxSeq, int], Awaitable[tuple[Sequence[Work], InboxSeq | None]]]
"""Reads more of a spilled lane's work out of the inbox: its portal, behind which event, how many.

Gives the work and the last event it looked at, None if there was none.
"""


@frozen(kw_only=True)
class NetworkTrackParts:
    """What every network track works with."""

    outbound: Outbound
    portals: Portals
    telling: Telling
    receipts: Receipts
    tally: Tally
    under_way: UnderWay
    clock: Clock
    tasks: Tasks
    refill: Refill
    load: Load
    memory: int


class NetworkTrack:
    """The waiting and running work of one lane towards its network.

    Work beyond ``memory`` stays in the inbox (*spilled*) and is read again when there is room.
    """

    def __init__(self, lane: LaneID, parts: NetworkTrackParts) -> None:
        self._lane = lane
        self._with = parts
        self._queues: SenderQueues[Work] = SenderQueues()
        self._bell = Bell(parts.clock, parts.tasks)
        self._task: Task | None = None
        self._newest = InboxSeq(0)
        self._spill = Spill(parts.memory)
        self._held_receipt: tuple[RoomID, InboxSeq] | None = None
        self._failures: dict[str, int] = {}
        self._in_doubt: set[EventID] = set()
        self._patience = Patience(lane)
        self._ending = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def __len__(self) -> int:
        return len(self._queues)

    @property
    def spilled(self) -> bool:
        return bool(self._spill)

    def add(self, work: Work) -> bool:
        """Take new work, or leave it in the inbox when the memory is full. Returns whether it was taken."""
        self._with.load.add(self._lane, work.size_bytes)
        full = self.spilled or len(self._queues) >= self._with.memory
        # What lies behind the place up to which the inbox was read (set aside once) would not be read again.
        if not full or work.claim is None or work.claim.seq <= self._newest:
            self._advance(work)
            self._take(work)
            return True
        own = self._queues.count(work.queue)
        if self._spill.may_pass(work, held=len(self._queues), own=own):
            self._spill.passes(work.claim.seq)
            self._take(work)
            return True
        if not self.spilled:
            self._hold_receipts(work.room_id, work.order)
        self._spill.leave(work, work.claim.seq)
        return False

    async def rest(self) -> None:
        """Begin nothing more; returns when what is being written has come to its end."""
        self._ending = True
        self._bell.ring()
        await self._at_rest.wait()

    def wake(self) -> None:
        """What somebody waits for may have come: a connection, a target."""
        self._queues.release()
        self._bell.ring()

    def _advance(self, work: Work) -> None:
        if work.claim is not None:
            self._newest = max(self._newest, work.claim.seq)

    def _hold_receipts(self, room_id: RoomID, order: InboxSeq) -> None:
        """What goes past the inbox must not say that all before it has arrived."""
        self._let_receipts_go()
        self._held_receipt = (room_id, order)
        self._with.receipts.begun(room_id, order)

    def _let_receipts_go(self) -> None:
        if self._held_receipt is not None:
            (room_id, order), self._held_receipt = self._held_receipt, None
            self._with.receipts.ended(room_id, order, EventID(""), arrived=False)

    def _take(self, work: Work) -> None:
        self._queues.add(work.sender, work)
        self._with.receipts.begun(work.room_id, work.order)
        self._with.under_way.begin(self._lane, work.event_id)
        if work.in_doubt:
            self._in_doubt.add(work.event_id)
            self._with.under_way.writing(self._lane, now=True)
        self._bell.ring()
        if self._task is None or self._task.done():
            self._task = self._with.tasks.spawn(f"lane {self._lane} to network", self._run())

    async def _run(self) -> None:
        self._at_rest.clear()
        try:
            await self._work()
        finally:
            self._at_rest.set()

    async def _work(self) -> None:
        while not self._ending and (len(self._queues) or self.spilled):
            if self.spilled and len(self._queues) <= self._with.memory // 2:
                await self._read_more()
            turn = self._queues.next(self._with.clock.monotonic())
            if turn is None:
                await self._bell.wait(self._seconds_to_next())
                continue
            await self._turn(turn[1])
        if not self._ending:
            self._with.load.clear(self._lane)

    def _seconds_to_next(self) -> float:
        wakes_at = self._queues.wakes_at()
        now = self._with.clock.monotonic()
        return _AWAY_S if wakes_at is None else max(0.0, wakes_at - now)

    async def _read_more(self) -> None:
        portal = self._with.portals.by_lane(self._lane)
        skipped_before = self._spill.newest
        assert skipped_before is not None
        if portal is None:
            self._spill.over()
            self._let_receipts_go()
            return
        try:
            more, last = await self._with.refill(portal, self._newest, max(1, self._with.memory // 2))
        except StoreUnavailable:
            await self._bell.wait(_AWAY_S)
            return
        for work in more:
            if self._spill.is_new(work):
                self._advance(work)
                self._take(work)
        # Rows that were skipped but are not there any longer were finished without us.
        read_up_to = max(self._newest, last if last is not None else skipped_before)
        self._newest = self._spill.read_up_to(read_up_to)
        if not self.spilled:
            self._let_receipts_go()
        elif self._held_receipt is not None:
            self._hold_receipts(self._held_receipt[0], InboxSeq(read_up_to + 1))

    async def _turn(self, work: Work) -> None:
        self._with.under_way.writing(self._lane, now=True)
        try:
            step = await self._steps(work)
        except Unavailable as error:
            self._wait_after(error, work)
            step = None
        else:
            if self._patience.worked():
                log.info("lane goes on", lane=self._lane)
        self._note_doubt(
            work if step is None else None if isinstance(step, Done) else step.work, work.event_id
        )
        self._with.under_way.writing(self._lane, now=bool(self._in_doubt))
        match step:
            case Next(work=further):
                self._queues.replace_head(work.queue, further)
            case Hold(work=further, seconds=seconds):
                self._replace(work, further)
                self._hold(further, seconds)
            case Done():
                self._finished(work, step)

    def _note_doubt(self, work: Work | None, event_id: EventID) -> None:
        """A remote ID that the store has yet to learn may be spoken about already."""
        if work is not None and work.in_doubt:
            self._in_doubt.add(event_id)
        else:
            self._in_doubt.discard(event_id)

    def _replace(self, work: Work, further: Work) -> None:
        if further.queue == work.queue:
            self._queues.replace_head(work.queue, further)
        else:
            self._queues.done(work.queue)
            self._queues.add(further.queue, further)

    async def _steps(self, work: Work) -> Step:
        """One step, and those that must follow it at once. Raises ``Unavailable``."""
        while True:
            portal = self._with.portals.by_lane(self._lane)
            try:
                if portal is None:
                    return await self._with.outbound.gone(self._lane, work)
                step = await self._with.outbound.step(portal, work)
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001 - the lane's supervisor: a fault of ours must not stop it
                return await self._failed(portal, work, traceback.format_exc())
            if not (isinstance(step, Next) and step.at_once):
                return step
            work = step.work
            self._queues.replace_head(work.queue, work)

    def _wait_after(self, error: Unavailable, work: Work) -> None:
        asked_s = error.retry_after_s if isinstance(error, HomeserverUnavailable) else None
        longest_s = HOMESERVER_S if isinstance(error, HomeserverUnavailable) else STORE_S
        wait_s = self._patience.failed(longest_s=longest_s, asked_s=asked_s)
        say = log.warning if self._patience.failures == 1 else log.debug
        say("lane waits", lane=self._lane, reason=str(error), failures=self._patience.failures, wait_s=wait_s)
        self._hold(work, wait_s)

    def _hold(self, work: Work, seconds: float) -> None:
        self._queues.hold(work.queue, self._with.clock.monotonic() + seconds)

    def _finished(self, work: Work, done: Done) -> None:
        self._queues.done(work.queue)
        self._failures.pop(work.event_id, None)
        self._with.load.take(self._lane, work.size_bytes)
        self._with.under_way.end(self._lane, work.event_id)
        arrived = done.said and not done.bad
        if done.said:
            state = done.bad[0].state if done.bad else PartState.CONFIRMED
            portal = self._with.portals.by_lane(self._lane)
            self._with.tally.ended(portal, Direction.TO_NETWORK, state, work.accepted_at)
            self._with.tally.parts_ended(portal, (row.state for row in done.bad))
        self._with.receipts.ended(work.room_id, work.order, work.event_id, arrived=arrived)
        if done.bad:
            # The rows say that their sender was not told, so this outlives any crash.
            self._with.telling.ring()

    async def _failed(self, portal: Portal | None, work: Work, trace: str) -> Step:
        """A fault of ours: try again, and after the third time go on without this event."""
        failures = self._failures.get(work.event_id, 0) + 1
        self._failures[work.event_id] = failures
        log.error("event failed", lane=self._lane, event_id=work.event_id, failures=failures, trace=trace)
        # What was about to be written may have been: its fate is to be settled.
        work = evolve(work, fresh=False)
        if failures < MAX_FAILURES or portal is None:
            return Hold(work, 0.05 * failures)
        reason = Phrase.of("message.set_aside")
        self._with.tally.set_aside(Direction.TO_NETWORK)
        return await self._with.outbound.set_aside(portal, work, reason, trace)
