"""IRC clients that are connected beforehand: InspIRCd welcomes newcomers once a second only."""

import asyncio
import secrets
from collections import deque
from collections.abc import Mapping
from typing import Any, Self

from bridge.testing.irc_client import IrcClient

_WAITING = 3


class WaitingRoom:
    """Keeps a few clients of each server ready, under names that mean nothing."""

    def __init__(self, servers: Mapping[str, Any]) -> None:
        self._servers = servers
        self._ready: dict[str, deque[asyncio.Task[IrcClient]]] = {name: deque() for name in servers}

    async def take(self, network: str) -> IrcClient:
        """Another client for each one that is taken; without one that is ready it takes its time."""
        ready = self._ready[network]
        while len(ready) <= _WAITING:
            ready.append(asyncio.create_task(self._connect(network), name=f"newcomer on {network}"))
        return await ready.popleft()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for ready in self._ready.values():
            for client in await asyncio.gather(*ready):
                await client.close()

    async def _connect(self, network: str) -> IrcClient:
        server = self._servers[network]
        return await IrcClient(f"w{secrets.token_hex(4)}").connect(server.host, server.port)
