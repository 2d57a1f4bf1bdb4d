"""What a comparison with the homeserver's history needs: how far it went, and which events are known."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import orjson

from bridge.model.ids import EventID
from bridge.model.matrix_events import RawEvent
from bridge.storage.engine import Dialect, Engine, Order, run, run_many
from bridge.storage.meta import MetaStore
from bridge.storage.values import name, to_micros

_TOKEN: Final = "sync_token"  # noqa: S105  # a place in the homeserver's stream, no secret
_KNOWN: Final = {
    Dialect.SQLITE: "SELECT event_id FROM inbox WHERE event_id IN (SELECT value FROM json_each(?))",
    Dialect.POSTGRES: """
        SELECT event_id FROM inbox
        WHERE event_id IN (SELECT value FROM json_array_elements_text(?::json))
    """,
}
_SKIP: Final = """
    INSERT INTO inbox (event_id, room_id, body, received_at, state) VALUES (?, ?, NULL, ?, 'done')
    ON CONFLICT DO NOTHING
"""


class SqlLate:
    """Beside the inbox, in either engine. Raises ``StoreUnavailable`` throughout."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._meta = MetaStore(engine)

    async def token(self) -> str | None:
        return await self._meta.get(_TOKEN)

    async def put_token(self, token: str) -> None:
        await self._meta.put(_TOKEN, token)

    async def unknown(self, event_ids: Sequence[EventID]) -> set[EventID]:
        if not event_ids:
            return set()
        named = {name(event_id): event_id for event_id in event_ids}
        wanted = orjson.dumps(list(named)).decode()
        rows = await self._engine.read(partial(run, _KNOWN[self._engine.dialect], wanted))
        return {named[each] for each in named.keys() - {row[0] for row in rows}}

    async def skip(self, events: Sequence[RawEvent], at: datetime) -> None:
        if events:
            rows = [(name(event.event_id), name(event.room_id), to_micros(at)) for event in events]
            await self._engine.write_in_order(Order.INBOX, partial(run_many, _SKIP, rows))
