"""Management rooms, and wishes that wait for an answer."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from bridge.model.ids import PortalKey, RoomID, UserID
from bridge.model.records import Approval
from bridge.storage.engine import Engine, Row, Script, run
from bridge.storage.portals import make_key, parse_key
from bridge.storage.values import clean, from_micros, name, to_micros

_ALL: Final = "SELECT room_id, user_id FROM management_rooms ORDER BY room_id"
_PUT: Final = """
    INSERT INTO management_rooms (room_id, user_id) VALUES (?, ?)
    ON CONFLICT (room_id) DO UPDATE SET user_id = excluded.user_id
"""
_DROP: Final = "DELETE FROM management_rooms WHERE room_id = ?"
_PUT_APPROVAL: Final = """
    INSERT INTO approvals (code_hash, network, chat, login, room_id, asked_by, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (code_hash, network, chat, login) DO UPDATE SET room_id = excluded.room_id,
        asked_by = excluded.asked_by, expires_at = excluded.expires_at
"""
_DROP_EXPIRED: Final = "DELETE FROM approvals WHERE expires_at <= ?"
_TAKE: Final = """
    DELETE FROM approvals WHERE code_hash = ? AND network = ? AND chat = ? AND login = ?
    RETURNING code_hash, network, chat, login, room_id, asked_by, expires_at
"""


class SqlRooms:
    """The rooms that are not portals, in either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def management_rooms(self) -> Sequence[tuple[RoomID, UserID]]:
        return [(RoomID(row[0]), UserID(row[1])) for row in await self._engine.read(partial(run, _ALL))]

    async def put_management_room(self, room_id: RoomID, user_id: UserID) -> None:
        await self._engine.write(partial(run, _PUT, name(room_id), clean(user_id)))

    async def drop_management_room(self, room_id: RoomID) -> None:
        await self._engine.write(partial(run, _DROP, name(room_id)))

    async def put_approval(self, approval: Approval) -> None:
        values = (
            approval.code_hash,
            *make_key(approval.key),
            name(approval.room_id),
            clean(approval.asked_by),
            to_micros(approval.expires_at),
        )
        await self._engine.write(partial(run, _PUT_APPROVAL, *values))

    async def take_approval(self, code_hash: str, key: PortalKey, now: datetime) -> Approval | None:
        rows = await self._engine.write(partial(_take, code_hash, key, to_micros(now)))
        return _approval(rows[0]) if rows else None


def _take(code_hash: str, key: PortalKey, now: int) -> Script[Sequence[Row]]:
    yield from run(_DROP_EXPIRED, now)
    return (yield from run(_TAKE, clean(code_hash), *make_key(key)))


def _approval(row: Row) -> Approval:
    code_hash, network, chat, login, room_id, asked_by, expires_at = row
    return Approval(
        code_hash=code_hash,
        key=parse_key(network, chat, login),
        room_id=RoomID(room_id),
        asked_by=UserID(asked_by),
        expires_at=from_micros(expires_at),
    )
