"""The bridge's own desk: commands, room changes and refusals, in order for each room."""

import traceback
from collections import deque
from collections.abc import Callable

import structlog

from bridge.core.bell import Bell
from bridge.core.management import ManagementRooms
from bridge.core.portals import Portals
from bridge.core.ports import Clock, CommandDoor, InboxEvent, InboxStore, Task, Tasks
from bridge.core.room_changes import RoomChanges
from bridge.core.router import Command, Refuse, RoomChange
from bridge.core.status import StatusTeller
from bridge.core.tally import Tally
from bridge.model.errors import StoreUnavailable, Unavailable
from bridge.model.ids import RoomID
from bridge.model.matrix_events import MatrixEvent, MatrixMessage
from bridge.model.portals import Direction

log = structlog.get_logger(__name__)

_AWAY_S = 1.0
_MAX_FAILURES = 3

_Item = tuple[InboxEvent, MatrixEvent, Command | RoomChange | Refuse, Callable[[], None]]


class BridgeDesk:
    """Implements ``dispatcher.Desk``: one worker for each room that has something for us."""

    def __init__(
        self,
        *,
        inbox: InboxStore,
        portals: Portals,
        management: ManagementRooms,
        commands: CommandDoor,
        room_changes: RoomChanges,
        teller: StatusTeller,
        tally: Tally,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._inbox = inbox
        self._portals = portals
        self._management = management
        self._commands = commands
        self._room_changes = room_changes
        self._teller = teller
        self._tally = tally
        self._clock = clock
        self._tasks = tasks
        self._waiting: dict[RoomID, deque[_Item]] = {}
        self._workers: dict[RoomID, Task] = {}

    def is_management(self, room_id: RoomID) -> bool:
        return room_id in self._management

    def take(
        self,
        row: InboxEvent,
        event: MatrixEvent,
        route: Command | RoomChange | Refuse,
        done: Callable[[], None],
    ) -> None:
        self._waiting.setdefault(event.room_id, deque()).append((row, event, route, done))
        worker = self._workers.get(event.room_id)
        if worker is None or worker.done():
            self._workers[event.room_id] = self._tasks.spawn("desk", self._run(event.room_id))

    async def _run(self, room_id: RoomID) -> None:
        bell = Bell(self._clock, self._tasks)
        waiting = self._waiting[room_id]
        failures = 0
        done = False
        while waiting:
            row, event, route, when_done = waiting[0]
            try:
                if not done:
                    await self._one(event, route, attempt=row.attempts + failures)
                    done = True
                await self._finish(row, route)
            except Unavailable as error:
                log.warning("desk waits", room_id=room_id, reason=str(error))
                await bell.wait(_AWAY_S)
                continue
            except Exception:  # noqa: BLE001 - the desk's supervisor: one bad event must not stop it
                failures += 1
                trace = traceback.format_exc()
                log.error("desk failed", event_id=row.event_id, failures=failures, trace=trace)
                set_aside = row.attempts + failures >= _MAX_FAILURES
                await self._note_failure(bell, row, trace, set_aside=set_aside)
                if not set_aside:
                    continue
                self._tally.set_aside(Direction.TO_NETWORK)
            failures, done = 0, False
            waiting.popleft()
            when_done()
        del self._waiting[room_id]
        del self._workers[room_id]

    async def _finish(self, row: InboxEvent, route: Command | RoomChange | Refuse) -> None:
        if isinstance(route, Refuse) and not route.keep:
            await self._inbox.discard(row.seq)
        else:
            await self._inbox.finish([row.seq])

    async def _note_failure(self, bell: Bell, row: InboxEvent, trace: str, *, set_aside: bool) -> None:
        while True:
            try:
                await self._inbox.failed(row.seq, trace, set_aside=set_aside)
                return
            except StoreUnavailable:
                await bell.wait(_AWAY_S)

    async def _one(self, event: MatrixEvent, route: Command | RoomChange | Refuse, *, attempt: int) -> None:
        match route:
            case Command():
                if isinstance(event, MatrixMessage):
                    here = self.is_management(event.room_id)
                    await self._commands.handle(event, in_management_room=here, attempt=attempt)
            case RoomChange():
                await self._room_changes.handle(event)
            case Refuse(reason=reason):
                portals = self._portals.in_room(event.room_id)
                network = portals[0].key.network if portals else ""
                await self._teller.refused(event.room_id, event.event_id, reason, network=network)
