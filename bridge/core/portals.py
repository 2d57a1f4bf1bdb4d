"""The directory of portals: which room is joined to which remote conversation."""

from datetime import datetime

from attrs import evolve

from bridge.core.news import PORTAL, News, portal_values
from bridge.core.ports import PortalStore
from bridge.model.ids import LaneID, NetworkName, PortalKey, RoomID
from bridge.model.portals import FormerRoom, Portal, PortalState
from bridge.policy.access import Action as Right

_FORMER_KEPT = 20
"""So many replaced rooms of one conversation are remembered."""


class Portals:
    """All portals, in memory and in the store; every change is stored before it is seen."""

    def __init__(self, store: PortalStore, news: News) -> None:
        self._store = store
        self._news = news
        self._by_lane: dict[LaneID, Portal] = {}
        self._by_key: dict[PortalKey, Portal] = {}
        self._by_room: dict[RoomID, tuple[Portal, ...]] = {}
        self._by_former_room: dict[RoomID, dict[LaneID, datetime]] = {}

    async def load(self) -> None:
        for portal in await self._store.all_portals():
            self._index(portal)

    def all(self) -> tuple[Portal, ...]:
        return tuple(self._by_lane.values())

    def of_network(self, network: NetworkName) -> tuple[Portal, ...]:
        return tuple(portal for portal in self._by_lane.values() if portal.key.network == network)

    def by_key(self, key: PortalKey) -> Portal | None:
        return self._by_key.get(key)

    def by_lane(self, lane: LaneID) -> Portal | None:
        return self._by_lane.get(lane)

    def in_room(self, room_id: RoomID) -> tuple[Portal, ...]:
        """Usually none or one; a room may be joined to several conversations."""
        return self._by_room.get(room_id, ())

    def spoken_to(self, room_id: RoomID, at: datetime) -> tuple[Portal, ...]:
        """Those that what was accepted in a room at this time is for; some may have moved on since."""
        former = self._by_former_room.get(room_id, {})
        moved = (self._by_lane[lane] for lane, left_at in former.items() if at <= left_at)
        return (*self.in_room(room_id), *moved)

    def have_left(self, room_id: RoomID) -> bool:
        """Whether a portal that lives on was in this room."""
        return room_id in self._by_former_room

    async def create(self, portal: Portal) -> Portal:
        stored = await self._store.create_portal(portal)
        self._index(stored)
        self._news.tell(PORTAL, Right.MANAGE, portal_values(stored))
        return stored

    async def stop(self, portal: Portal, stop_key: str) -> Portal:
        """Nothing crosses from now on; ``stop_key`` names the sentence that says why."""
        return await self._change(evolve(portal, state=PortalState.STOPPED, stop_key=stop_key))

    async def move(self, portal: Portal, room_id: RoomID, *, at: datetime) -> Portal:
        """The conversation goes on in another room (an upgrade), and remembers the one it leaves."""
        if room_id == portal.room_id:
            return portal
        rooms = (*portal.former, FormerRoom(portal.room_id, at))
        latest = {one.room_id: one for one in rooms if one.room_id != room_id}
        return await self._change(
            evolve(portal, room_id=room_id, former=tuple(latest.values())[-_FORMER_KEPT:])
        )

    async def remove(self, portal: Portal) -> None:
        await self._change(evolve(portal, state=PortalState.REMOVED))

    async def _change(self, portal: Portal) -> Portal:
        await self._store.update_portal(portal)
        self._forget(portal.lane)
        if portal.state is not PortalState.REMOVED:
            self._index(portal)
        self._news.tell(PORTAL, Right.MANAGE, portal_values(portal))
        return portal

    def _index(self, portal: Portal) -> None:
        self._by_lane[portal.lane] = portal
        self._by_key[portal.key] = portal
        others = tuple(other for other in self.in_room(portal.room_id) if other.lane != portal.lane)
        self._by_room[portal.room_id] = (*others, portal)
        for room in portal.former:
            self._by_former_room.setdefault(room.room_id, {})[portal.lane] = room.left_at

    def _forget(self, lane: LaneID) -> None:
        portal = self._by_lane.pop(lane)
        self._by_key.pop(portal.key, None)
        left = tuple(other for other in self.in_room(portal.room_id) if other.lane != lane)
        if left:
            self._by_room[portal.room_id] = left
        else:
            self._by_room.pop(portal.room_id, None)
        for room in portal.former:
            lanes = self._by_former_room.get(room.room_id, {})
            lanes.pop(lane, None)
            if not lanes:
                self._by_former_room.pop(room.room_id, None)
