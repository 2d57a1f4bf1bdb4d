"""Rooms in which a person talks to the bridge bot alone."""

from bridge.core.ports import RoomStore
from bridge.model.ids import RoomID, UserID


class ManagementRooms:
    """Which rooms they are, and whose."""

    def __init__(self, store: RoomStore) -> None:
        self._store = store
        self._rooms: dict[RoomID, UserID] = {}

    async def load(self) -> None:
        self._rooms = dict(await self._store.management_rooms())

    def __contains__(self, room_id: object) -> bool:
        return room_id in self._rooms

    async def add(self, room_id: RoomID, user_id: UserID) -> None:
        await self._store.put_management_room(room_id, user_id)
        self._rooms[room_id] = user_id

    async def drop(self, room_id: RoomID) -> None:
        await self._store.drop_management_room(room_id)
        self._rooms.pop(room_id, None)
