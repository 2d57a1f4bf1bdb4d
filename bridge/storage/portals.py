"""Rooms joined to remote conversations."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import orjson
from attrs import evolve

from bridge.model.errors import Phrase, Rejected
from bridge.model.ids import ChatID, LaneID, LoginID, NetworkName, PortalKey, RoomID, UserID
from bridge.model.portals import FormerRoom, Portal, PortalOrigin, PortalState
from bridge.storage.engine import Engine, Row, Script, first, run, run_many
from bridge.storage.values import clean, from_micros, maybe_clean, name, to_micros

_SELECT: Final = (
    "SELECT lane, network, chat, login, room_id, origin, state, stop_key, name, created_by, floor_at, data"
    " FROM portals"
)
_ALL: Final = _SELECT + " WHERE state <> 'removed' ORDER BY lane"
_BY_KEY: Final = "SELECT lane, state, room_id FROM portals WHERE network = ? AND chat = ? AND login = ?"
_NEW_LANE: Final = "INSERT INTO lanes (network, created_at) VALUES (?, ?) RETURNING id"
_INSERT: Final = """
    INSERT INTO portals (network, chat, login, room_id, origin, state, stop_key, name, created_by, floor_at,
        data, lane)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE: Final = """
    UPDATE portals SET network = ?, chat = ?, login = ?, room_id = ?, origin = ?, state = ?, stop_key = ?,
        name = ?, created_by = ?, floor_at = ?, data = ?
    WHERE lane = ?
"""
_FORMER: Final = "SELECT lane, room_id, left_at FROM former_rooms ORDER BY lane, left_at"
_FORGET_FORMER: Final = "DELETE FROM former_rooms WHERE lane = ?"
_PUT_FORMER: Final = "INSERT INTO former_rooms (lane, room_id, left_at) VALUES (?, ?, ?)"


class SqlPortals:
    """The portals of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def all_portals(self) -> Sequence[Portal]:
        rows, former = await self._engine.read(_read_all)
        return [_portal(row, former.get(row[0], ())) for row in rows]

    async def create_portal(self, portal: Portal) -> Portal:
        """Raises ``Rejected`` when the conversation is joined to another room already."""
        return evolve(portal, lane=await self._engine.write(partial(_create, portal)))

    async def update_portal(self, portal: Portal) -> None:
        await self._engine.write(partial(_update, portal, portal.lane))


def _read_all() -> Script[tuple[Sequence[Row], dict[int, tuple[FormerRoom, ...]]]]:
    rows = yield from run(_ALL)
    former: dict[int, tuple[FormerRoom, ...]] = {}
    for lane, room_id, left_at in (yield from run(_FORMER)):
        former[lane] = (*former.get(lane, ()), FormerRoom(RoomID(room_id), from_micros(left_at)))
    return rows, former


def _update(portal: Portal, lane: LaneID) -> Script[None]:
    yield from run(_UPDATE, *_values(portal), lane)
    yield from run(_FORGET_FORMER, lane)
    yield from run_many(
        _PUT_FORMER, [(lane, name(one.room_id), to_micros(one.left_at)) for one in portal.former]
    )


def _create(portal: Portal) -> Script[LaneID]:
    old = yield from first(_BY_KEY, *make_key(portal.key))
    if old is None:
        rows = yield from run(_NEW_LANE, clean(portal.key.network), to_micros(portal.floor_at))
        lane = LaneID(rows[0][0])
        yield from run(_INSERT, *_values(portal), lane)
        return lane
    lane, state, room_id = LaneID(old[0]), old[1], old[2]
    # The same wish again, after an answer that was lost, is no conflict.
    if state != PortalState.REMOVED.value and room_id != name(portal.room_id):
        raise Rejected(Phrase.of("storage.portal_taken", chat=portal.key.chat, room=room_id))
    yield from _update(portal, lane)
    return lane


def make_key(key: PortalKey) -> tuple[str, str, str]:
    """Network, chat and login as columns; no login is the empty text."""
    return clean(key.network), name(key.chat), name(key.login or "")


def parse_key(network: str, chat: str, login: str) -> PortalKey:
    return PortalKey(NetworkName(network), ChatID(chat), LoginID(login) if login else None)


def _values(portal: Portal) -> tuple[object, ...]:
    return (
        *make_key(portal.key),
        name(portal.room_id),
        portal.origin.value,
        portal.state.value,
        portal.stop_key,
        clean(portal.name),
        maybe_clean(portal.created_by),
        to_micros(portal.floor_at),
        orjson.dumps(portal.data).decode(),
    )


def _portal(row: Row, former: tuple[FormerRoom, ...]) -> Portal:
    lane, network, chat, login, room_id, origin, state, stop_key, title, created_by, floor_at, data = row
    return Portal(
        lane=LaneID(lane),
        key=parse_key(network, chat, login),
        room_id=RoomID(room_id),
        origin=PortalOrigin(origin),
        state=PortalState(state),
        stop_key=stop_key,
        name=title,
        created_by=None if created_by is None else UserID(created_by),
        floor_at=from_micros(floor_at),
        data=orjson.loads(data),
        former=former,
    )
