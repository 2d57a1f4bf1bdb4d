"""Sees to it that every sender learns what became badly of a message, beside the lanes and after a crash."""

import traceback
from collections.abc import Callable

import structlog

from bridge.core.bell import Bell
from bridge.core.ports import Clock, LedgerStore, PartRow, Tasks
from bridge.core.status import StatusTeller
from bridge.core.work import UnderWay
from bridge.model.errors import HomeserverUnavailable, StoreUnavailable
from bridge.model.ids import EventID, LaneID, RoomID

log = structlog.get_logger(__name__)

_TELL_AGAIN_S = 30.0
_ROOMS_AT_ONCE = 200


class Telling:
    """Looks into the ledger, where what is to be told stands: nothing is handed over.

    Each room is told by itself: one in which the homeserver makes the bot wait holds up no other.
    """

    def __init__(
        self,
        *,
        teller: StatusTeller,
        ledger: LedgerStore,
        under_way: UnderWay,
        network_of: Callable[[LaneID], str],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._teller = teller
        self._ledger = ledger
        self._under_way = under_way
        self._network_of = network_of
        self._tasks = tasks
        self._bell = Bell(clock, tasks)
        self._telling: set[RoomID] = set()

    def ring(self) -> None:
        """A message ended badly."""
        self._bell.ring()

    async def run(self) -> None:
        """For ever; a homeserver or a store that is away is tried again after a while."""
        while True:
            try:
                await self._look()
            except StoreUnavailable as error:
                log.info("senders are told later", reason=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of telling: others are still to be told
                log.error("telling failed", trace=traceback.format_exc())
            await self._bell.wait(_TELL_AGAIN_S)

    async def _look(self) -> None:
        rooms: dict[RoomID, dict[tuple[LaneID, EventID], list[PartRow]]] = {}
        for row in await self._ledger.untold():
            # Of a message that is still going on, one word is said at its end.
            if not self._under_way.holds(row.lane, row.event_id):
                rooms.setdefault(row.room_id, {}).setdefault((row.lane, row.event_id), []).append(row)
        free = [room_id for room_id in rooms if room_id not in self._telling]
        for room_id in free[: _ROOMS_AT_ONCE - len(self._telling)]:
            self._telling.add(room_id)
            self._tasks.spawn("telling", self._tell(room_id, list(rooms[room_id].values())))

    async def _tell(self, room_id: RoomID, events: list[list[PartRow]]) -> None:
        try:
            for rows in events:
                await self._teller.failed(rows, self._network_of(rows[0].lane))
            # More may have failed meanwhile, here or in a room for which there was no place.
            self._bell.ring()
        except (HomeserverUnavailable, StoreUnavailable) as error:
            log.info("senders are told later", room_id=room_id, reason=str(error))
        except Exception:  # noqa: BLE001 - the supervisor of telling: others are still to be told
            log.error("telling failed", room_id=room_id, trace=traceback.format_exc())
        finally:
            self._telling.discard(room_id)
