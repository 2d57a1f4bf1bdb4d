"""A database of an earlier version with much in it, and a process that is killed while it changes one."""

import asyncio
import os
import sys
from functools import partial
from typing import Final

from bridge.app.clock import SystemClock
from bridge.storage.engine import Dialect, Engine, Script, run
from bridge.storage.migrations import all_migrations
from bridge.storage.migrations.online import OnlineMigrations
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.storage.values import to_micros
from tests.storage.builders import NOW

BEFORE_TIMES: Final = [one for one in all_migrations() if one.version < 3]
"""The schema as it was before pairs had their time."""
LINES: Final = 100_000
"""So many lines went each way."""

_NUMBERS: Final = {
    Dialect.SQLITE: """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
        INSERT INTO {table} SELECT {values} FROM numbers
    """,
    Dialect.POSTGRES: "INSERT INTO {table} SELECT {values} FROM generate_series(1, {count}) AS numbers (n)",
}


async def fill(engine: Engine, lane: int, count: int = LINES) -> None:
    """``count`` lines to the network and as many to Matrix, all of them settled long ago."""
    await engine.write(partial(_fill, engine.dialect, lane, count))


def _fill(dialect: Dialect, lane: int, count: int) -> Script[None]:
    at = to_micros(NOW)
    blob = "X'7B7D'" if dialect is Dialect.SQLITE else "'\\x7b7d'::bytea"
    tables = {
        "inbox (event_id, room_id, body, received_at, state)": f"'$out' || n, '!old', {blob}, {at} + n,"
        " 'done'",
        "ledger (event_id, lane, part, parts, room_id, sender, author, excerpt, token, payload, state,"
        " created_at, changed_at)": f"'$out' || n, {lane}, 0, 1, '!old', '@a:b', 'a', 'words', 'token' || n,"
        f" {blob}, 'confirmed', {at} + n, {at} + n",
        "arrivals (lane, body, ghost, dedup_key, state, received_at, closed_at, event_id)": f"{lane}, {blob},"
        f" '@g:b', 'RemoteMessage m' || n, 'confirmed', {at} + n, {at} + n, '$in' || n",
    }
    for table, values in tables.items():
        yield from run(_NUMBERS[dialect].format(table=table, values=values, count=count))
    pairs = "messages (event_id, lane, part, remote_id, direction, sender, author, excerpt)"
    for kind, direction in (("out", "to_network"), ("in", "to_matrix")):
        values = f"'${kind}' || n, {lane}, 0, '{kind}' || n, '{direction}', '@a:b', 'a', 'words'"
        yield from run(_NUMBERS[dialect].format(table=pairs, values=values, count=count))


async def change(place: str) -> None:
    """Change a database, and say after each batch how far it has come."""
    opened = await open_store(place, SecretKey(b"k" * 32))
    clock = SystemClock()
    changes = OnlineMigrations(
        opened.engine,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        # One system call: what was said was said, however the process ends.
        show=lambda step, share: (os.write(sys.stdout.fileno(), f"share {share}\n".encode()), None)[1],
    )
    await changes.run()
    await opened.close()


if __name__ == "__main__":
    asyncio.run(change(sys.argv[1]))
