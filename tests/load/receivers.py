"""A program that takes transactions in one of several ways; started by ``tests.load.inbox``.

    python tests/load/receivers.py bare|minimal|mautrix|endpoint PORT [DATABASE]

All run on uvloop and listen on loopback only. ``DATABASE`` is an SQLite file or a PostgreSQL URL.
"""

import argparse
import asyncio
import logging
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import uvloop
from aiohttp import web
from attrs import frozen
from mautrix.appservice import AppService

from bridge.config.secret import Secret
from bridge.matrix.endpoint import MAX_BODY_BYTES, Endpoint
from bridge.matrix.ports import Signal
from bridge.model.ids import RoomAlias, UserID
from bridge.model.matrix_events import RawEvent
from bridge.storage.inbox import SqlInbox
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store

TOKEN: Final = "t" * 64
_HOST: Final = "127.0.0.1"
_PATH: Final = "/_matrix/app/v1/transactions/{txn_id}"

Stop = Callable[[], Awaitable[None]]


async def bare(port: int, database: str) -> Stop:
    """An aiohttp handler that reads the JSON and forgets it: no appservice can be quicker than this."""

    async def take(request: web.Request) -> web.Response:
        orjson.loads(await request.read())
        return web.Response(body=b"{}", content_type="application/json")

    return await _serve(_application(take), port)


async def minimal(port: int, database: str) -> Stop:
    """The least that stores: sqlite3 on the loop itself, one durable commit for each transaction."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE inbox (seq INTEGER PRIMARY KEY, event_id TEXT UNIQUE, body BLOB)")

    async def take(request: web.Request) -> web.Response:
        events = orjson.loads(await request.read())["events"]
        rows = [(event["event_id"], orjson.dumps(event)) for event in events]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO inbox (event_id, body) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        return web.Response(body=b"{}", content_type="application/json")

    return await _serve(_application(take), port)


async def mautrix(port: int, database: str) -> Stop:
    """mautrix-python's own server with nothing but its own handler; it stores nothing."""
    logging.disable(logging.INFO)
    server = AppService(
        "http://127.0.0.1:9",
        "localhost",
        as_token="a" * 64,
        hs_token=TOKEN,
        bot_localpart="bot",
        id="load",
        aiohttp_params={"client_max_size": MAX_BODY_BYTES},
    )
    await server.start(_HOST, port)
    return server.stop


async def endpoint(port: int, database: str) -> Stop:
    """Trunkline's endpoint on Trunkline's store, without the rest of the bridge."""
    place = database if "://" in database else Path(database)
    store = await open_store(place, SecretKey(bytes(32)))
    nobody = _Nobody()
    served = Endpoint(
        hs_token=Secret(TOKEN),
        sink=_Store(store.stores.inbox),
        rooms=nobody,
        users=nobody,
        third_party=nobody,
    )
    stop_serving = await _serve(served.application(), port)

    async def stop() -> None:
        await stop_serving()
        await store.close()

    return stop


@frozen
class _Store:
    inbox: SqlInbox

    async def accept(self, events: Sequence[RawEvent]) -> None:
        await self.inbox.accept(events, datetime.now(UTC))

    def ephemeral(self, signals: Sequence[Signal]) -> None: ...


class _Nobody:
    """Answers no question; none is asked."""

    async def alias_wanted(self, alias: RoomAlias) -> bool:
        return False

    async def user_wanted(self, user_id: UserID) -> bool:
        return False

    async def protocol(self, name: str) -> None: ...

    async def locations(self, protocol: str, fields: object) -> Sequence[dict[str, Any]]:
        return ()

    async def users(self, protocol: str, fields: object) -> Sequence[dict[str, Any]]:
        return ()

    async def locations_of(self, alias: RoomAlias) -> Sequence[dict[str, Any]]:
        return ()

    async def users_of(self, user_id: UserID) -> Sequence[dict[str, Any]]:
        return ()


def _application(take: Callable[[web.Request], Awaitable[web.Response]]) -> web.Application:
    application = web.Application(client_max_size=MAX_BODY_BYTES)
    application.router.add_put(_PATH, take)
    return application


async def _serve(application: web.Application, port: int) -> Stop:
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, _HOST, port).start()
    return runner.cleanup


RECEIVERS: Final = {"bare": bare, "minimal": minimal, "mautrix": mautrix, "endpoint": endpoint}


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(RECEIVERS))
    parser.add_argument("port", type=int)
    parser.add_argument("database", nargs="?", default="")
    options = parser.parse_args()
    stop = await RECEIVERS[options.kind](options.port, options.database)
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    sys.stdout.write("ready\n")
    await told.wait()
    await stop()


if __name__ == "__main__":
    uvloop.run(main())
