"""The track of a lane towards Matrix: one worker, one send at a time, in the order of arrival.

While one arrival is sent, the end of the one before is stored: in a busy room every moment between two sends
is lost. After a crash both are sent again, which the homeserver knows by their transaction IDs.
"""

import asyncio
import traceback
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from attrs import frozen

from bridge.core.absence import Absence
from bridge.core.bell import Bell
from bridge.core.inbound import Inbound, target_of
from bridge.core.load import Load
from bridge.core.patience import HOMESERVER_S, STORE_S, Patience
from bridge.core.portals import Portals
from bridge.core.ports import Arrival, ArrivalResult, ArrivalStore, Clock, Task, Tasks
from bridge.core.tally import Tally
from bridge.core.work import RoomReplaced, TargetUnderWay, UnderWay
from bridge.model.errors import HomeserverUnavailable, Phrase, StoreRefused, StoreUnavailable
from bridge.model.ids import ArrivalSeq, LaneID
from bridge.model.portals import Direction, Portal
from bridge.model.remote_events import RemoteEvent
from bridge.model.statuses import PartState

log = structlog.get_logger(__name__)

_MAX_FAILURES = 3
_TARGET_S = 0.2
_TARGET_LOOKS = 25
"""How often, and how long apart, to look for what an answer from the network speaks about."""
_BEGUN = 3
"""So many may have been sent in an earlier life without being closed: the ends of two wait beside a send."""
_FOLLOW_S = 1800.0
"""How long a room that was replaced is waited for to be followed; its tombstone may be fetched late."""


@frozen(kw_only=True)
class MatrixTrackParts:
    """What every Matrix track works with."""

    inbound: Inbound
    portals: Portals
    arrivals: ArrivalStore
    under_way: UnderWay
    tally: Tally
    absence: Absence
    clock: Clock
    tasks: Tasks
    load: Load
    let_go: Callable[[Portal, RemoteEvent], None]
    """Told of what waited too long."""
    expire_after_s: float
    memory: int


class MatrixTrack:
    """The arrivals of one lane that wait or are being sent.

    Beyond ``memory`` they stay in the store only (*spilled*) and are read again when there is room.
    """

    def __init__(self, lane: LaneID, parts: MatrixTrackParts) -> None:
        self._lane = lane
        self._with = parts
        self._waiting: deque[Arrival] = deque()
        self._bell = Bell(parts.clock, parts.tasks)
        self._task: Task | None = None
        self._newest = ArrivalSeq(0)
        self._read_up_to = ArrivalSeq(0)
        self._skipped: ArrivalSeq | None = None
        self._ended: deque[tuple[Arrival, ArrivalResult]] = deque()
        self._failures = 0
        self._looks = 0
        self._begun = 0
        """Of so many of those that wait, the sending may have begun before."""
        self._replaced_since: float | None = None
        self._patience = Patience(lane)
        self.next_try_at: datetime | None = None
        """While the lane waits for the homeserver or the store: until when, if nothing wakes it before."""
        self.last_busy = float("-inf")
        """Monotonic seconds of the last chat."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._ended) or self._skipped is not None

    def owes(self, until: datetime) -> bool:
        """Whether something that was heard before then has yet to be said."""
        if self._waiting:
            return self._waiting[0].received_at < until
        return self._skipped is not None

    def add(self, arrival: Arrival) -> None:
        """Take a stored arrival; the caller adds them in the order in which they were stored."""
        self._with.load.add(self._lane, arrival.size_bytes)
        if arrival.seq <= self._read_up_to:
            return  # it was in the store before its own caller heard so, and was read from there
        if self._skipped is not None or len(self._waiting) >= self._with.memory:
            self._skipped = arrival.seq
        else:
            self._take(arrival)
        self._start()

    def take_again(self, arrival: Arrival) -> None:
        """Take one that was set aside and is open again, behind all that waits."""
        if arrival.seq > self._newest:
            self.read_from_store()  # this process has not come so far yet
            return
        if all(each.seq != arrival.seq for each in self._waiting):
            self._with.load.add(self._lane, arrival.size_bytes)
            self._waiting.append(arrival)
        self._start()

    def read_from_store(self) -> None:
        """There is work from before the start."""
        self._set_begun(_BEGUN)
        self._skipped = self._skipped or ArrivalSeq(0)
        self._start()

    def wake(self) -> None:
        self._bell.ring()

    def _take(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)
        self._newest = arrival.seq

    def _start(self) -> None:
        # Without a ring: a lane that waits for the homeserver is not hurried by more work.
        if self._task is None or self._task.done():
            self._task = self._with.tasks.spawn(f"lane {self._lane} to matrix", self._run())

    async def _run(self) -> None:
        while self.busy:
            try:
                if self._waiting:
                    await self._one(self._waiting[0])
                elif self._ended:
                    await self._store_ends()
                    self._with.under_way.posting(self._lane, now=False)
                else:
                    await self._read_more()
            except (HomeserverUnavailable, StoreUnavailable) as error:
                self._set_begun(max(self._begun, 1))
                await self._wait_after(error)
            else:
                self._went_on()
        self._with.load.clear(self._lane)

    async def _wait_after(self, error: HomeserverUnavailable | StoreUnavailable) -> None:
        """Only this lane waits: what a homeserver asks for, it asks of one room."""
        asked_s = error.retry_after_s if isinstance(error, HomeserverUnavailable) else None
        longest_s = HOMESERVER_S if isinstance(error, HomeserverUnavailable) else STORE_S
        wait_s = self._patience.failed(longest_s=longest_s, asked_s=asked_s)
        self.next_try_at = self._with.clock.now() + timedelta(seconds=wait_s)
        say = log.warning if self._patience.failures == 1 else log.debug
        portal = self._with.portals.by_lane(self._lane)
        if isinstance(error, HomeserverUnavailable) and portal is not None and self._waiting:
            self._with.absence.waits(portal, self._waiting[0])
        say("lane waits", lane=self._lane, reason=str(error), failures=self._patience.failures, wait_s=wait_s)
        until = self._with.clock.monotonic() + wait_s
        while (left_s := until - self._with.clock.monotonic()) > 0:
            await self._bell.wait(left_s)
            if asked_s is None:
                break  # what was guessed ends with a ring; what was asked for is kept

    def _went_on(self) -> None:
        self.next_try_at = None
        if self._patience.worked():
            self._with.absence.over(self._lane)
            log.info("lane goes on", lane=self._lane)

    async def _read_more(self) -> None:
        """Read on in the store. It ends when there was no more, and nothing was skipped meanwhile."""
        skipped_before = self._skipped
        more = await self._with.arrivals.pending(self._lane, self._newest, self._with.memory)
        for arrival in more:
            self._take(arrival)
        self._read_up_to = self._newest
        if len(more) < self._with.memory and self._skipped == skipped_before:
            self._skipped = None
        self._set_begun(min(self._begun, len(self._waiting)))

    def _set_begun(self, count: int) -> None:
        """An event of ours may be seen, and spoken about, that we do not know by its ID."""
        self._begun = count
        self._with.under_way.unsure(self._lane, now=count > 0)

    async def _one(self, arrival: Arrival) -> None:
        self.last_busy = self._with.clock.monotonic()
        portal = self._with.portals.by_lane(self._lane)
        if portal is None:
            self._end(arrival, PartState.REFUSED, Phrase.of("portal.removed"))
            return
        if self._is_expired(arrival):
            self._with.let_go(portal, arrival.event)
            self._end(arrival, PartState.EXPIRED, Phrase.of("arrival.expired"))
            return
        self._with.under_way.posting(self._lane, now=True)
        try:
            await self._send_beside(portal, arrival)
            return
        except TargetUnderWay:
            self._looks += 1
        except RoomReplaced as error:
            now = self._with.clock.monotonic()
            self._replaced_since = self._replaced_since or now
            if now - self._replaced_since > _FOLLOW_S:
                self._end(arrival, PartState.REFUSED, error.reason)
                return
        except (HomeserverUnavailable, StoreUnavailable):
            raise
        except Exception:  # noqa: BLE001 - the lane's supervisor: a fault of ours must not stop it
            await self._failed(arrival, traceback.format_exc())
            return
        finally:
            self._with.under_way.posting(self._lane, now=bool(self._ended))
        await self._bell.wait(_TARGET_S)

    async def _send_beside(self, portal: Portal, arrival: Arrival) -> None:
        """Send while the end of the one before is stored, unless that may be what this one speaks about."""
        if len(self._ended) > 1 or target_of(arrival.event) is not None:
            await self._store_ends()
        patient = self._looks < _TARGET_LOOKS
        deliver = self._with.inbound.deliver(portal, arrival, patient=patient, begun=self._begun > 0)
        stored, result = await asyncio.gather(self._store_ends(), deliver, return_exceptions=True)
        if isinstance(result, ArrivalResult):
            self._ended.append((arrival, result))
            self._replaced_since = None
            self._next()
        for outcome in (stored, result):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _store_ends(self) -> None:
        """Raises ``StoreUnavailable``; what is not stored yet is kept."""
        while self._ended:
            arrival, result = self._ended[0]
            try:
                await self._with.arrivals.close(result, at=self._with.clock.now())
            except StoreRefused:
                if result.state is PartState.DEAD:
                    raise
                trace = traceback.format_exc()
                log.error("arrival set aside", lane=self._lane, seq=arrival.seq, trace=trace)
                await self._with.arrivals.failed(arrival.seq, trace)
                dead = ArrivalResult(
                    seq=arrival.seq, state=PartState.DEAD, reason=Phrase.of("message.set_aside")
                )
                self._ended[0] = (arrival, dead)
                continue
            self._ended.popleft()
            self._with.load.take(self._lane, arrival.size_bytes)
            portal = self._with.portals.by_lane(self._lane)
            self._with.tally.ended(portal, Direction.TO_MATRIX, result.state, arrival.received_at)

    async def _failed(self, arrival: Arrival, trace: str) -> None:
        self._failures += 1
        log.error("arrival failed", lane=self._lane, seq=arrival.seq, failures=self._failures, trace=trace)
        await self._with.arrivals.failed(arrival.seq, trace)
        if self._failures >= _MAX_FAILURES:
            self._with.tally.set_aside(Direction.TO_MATRIX)
            self._end(arrival, PartState.DEAD, Phrase.of("message.set_aside"))

    def _is_expired(self, arrival: Arrival) -> bool:
        """Whether it waited too long. One whose sending may have begun is sent: it may be there already."""
        waited = self._with.clock.now() - arrival.received_at
        return not self._begun and waited > timedelta(seconds=self._with.expire_after_s)

    def _end(self, arrival: Arrival, state: PartState, reason: Phrase) -> None:
        self._ended.append((arrival, ArrivalResult(seq=arrival.seq, state=state, reason=reason)))
        self._next()

    def _next(self) -> None:
        self._set_begun(max(0, self._begun - 1))
        self._waiting.popleft()
        self._failures = 0
        self._looks = 0
