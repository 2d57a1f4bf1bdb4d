"""The Matrix users that stand for remote people, and what they are known by on the remote side."""

from functools import partial
from typing import Final

from bridge.model.ids import NetworkName, RemoteUserID, UserID
from bridge.model.portals import Ghost
from bridge.storage.engine import Engine, Row, Script, first, run
from bridge.storage.values import clean, name

_SELECT: Final = "SELECT g.user_id, g.network, g.remote_id, g.display_name, g.registered FROM ghosts g"
_BY_ALIAS: Final = (
    _SELECT + " JOIN ghost_aliases a ON a.user_id = g.user_id WHERE a.network = ? AND a.remote_id = ?"
)
_BY_USER: Final = _SELECT + " WHERE g.user_id = ?"
_PUT: Final = """
    INSERT INTO ghosts (user_id, network, remote_id, display_name, registered) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (user_id) DO UPDATE SET network = excluded.network, remote_id = excluded.remote_id,
        display_name = excluded.display_name, registered = excluded.registered
"""
_PUT_ALIAS: Final = """
    INSERT INTO ghost_aliases (network, remote_id, user_id) VALUES (?, ?, ?)
    ON CONFLICT (network, remote_id) DO UPDATE SET user_id = excluded.user_id
"""


class SqlGhosts:
    """The ghosts of either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ghost_of(self, network: NetworkName, remote_id: RemoteUserID) -> Ghost | None:
        return _ghost(await self._engine.read(partial(first, _BY_ALIAS, clean(network), name(remote_id))))

    async def ghost_by_user(self, user_id: UserID) -> Ghost | None:
        return _ghost(await self._engine.read(partial(first, _BY_USER, name(user_id))))

    async def put_ghost(self, ghost: Ghost) -> None:
        """An alias that was another ghost's is this one's from now on."""
        await self._engine.write(partial(_put, ghost))


def _put(ghost: Ghost) -> Script[None]:
    user_id, network, remote_id = name(ghost.user_id), clean(ghost.network), name(ghost.remote_id)
    yield from run(_PUT, user_id, network, remote_id, clean(ghost.display_name), int(ghost.registered))
    yield from run(_PUT_ALIAS, network, remote_id, user_id)


def _ghost(row: Row | None) -> Ghost | None:
    if row is None:
        return None
    user_id, network, remote_id, display_name, registered = row
    return Ghost(
        user_id=UserID(user_id),
        network=NetworkName(network),
        remote_id=RemoteUserID(remote_id),
        display_name=display_name,
        registered=bool(registered),
    )
