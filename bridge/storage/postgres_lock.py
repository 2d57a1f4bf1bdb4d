"""One bridge for one PostgreSQL database: an advisory lock on a connection of its own.

The lock goes with its connection, so it ends with the process, and with the database. Before anything is
done after that, it is taken again; if another bridge was quicker, nothing is done any more.
"""

import asyncio
from typing import Any, Final

import asyncpg

from bridge.model.errors import Misconfigured, Phrase

_KEY: Final = 0x7472756E6B6C6E65
_CONNECT_S: Final = 10.0
_WAIT_S: Final = 3


class PostgresLock:
    """Make one with ``PostgresLock.take``."""

    def __init__(self, url: str, password: str | None, connection: "asyncpg.Connection[Any]") -> None:
        self._url = url
        self._password = password
        self._connection = connection
        self._taking = asyncio.Lock()

    @classmethod
    async def take(cls, url: str, password: str | None = None) -> "PostgresLock":
        """Raises ``Misconfigured`` when another bridge has it, and asyncpg's errors."""
        return cls(url, password, await _locked_connection(url, password))

    async def ensure(self) -> None:
        """See that the lock is still ours; raises as ``take`` does."""
        if not self._connection.is_closed():
            return
        # Held across a network call: everybody waits for the same connection to come back.
        async with self._taking:
            if self._connection.is_closed():
                self._connection = await _locked_connection(self._url, self._password)

    async def release(self) -> None:
        self._connection.terminate()


async def _locked_connection(url: str, password: str | None) -> "asyncpg.Connection[Any]":
    connection = await asyncpg.connect(
        url,
        password=password,
        timeout=_CONNECT_S,
        server_settings={
            "application_name": "trunkline (lock)",
            # A machine that vanished must not hold the lock for hours.
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "3",
            "idle_session_timeout": "0",
            # A bridge that was killed a moment ago holds its lock until the server has noticed.
            "lock_timeout": f"{_WAIT_S}s",
        },
    )
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_KEY})")
    except asyncpg.LockNotAvailableError as error:
        connection.terminate()
        raise Misconfigured(Phrase.of("storage.locked", place="PostgreSQL", holder="?")) from error
    return connection
