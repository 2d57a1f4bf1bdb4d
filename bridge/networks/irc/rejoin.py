"""Tries again to come into channels whose refusal may pass: throttled, full, banned for a while."""

import asyncio
from typing import Final

from bridge.api.network import Clock
from bridge.networks.irc.client import Client
from bridge.networks.irc.client_errors import ClientError, JoinFailed
from bridge.networks.irc.config import IrcConfig

WAIT_S: Final = 60.0
"""Between two tries for one channel: far below what a server takes for a flood of joins."""


class Rejoiner:
    """Owns one task for each channel that is wished for and was refused."""

    def __init__(self, client: Client, config: IrcConfig, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def refused(self, channel: str) -> None:
        """Try the channel again later, for as long as it is wished for."""
        name = self._client.casemapping.fold(channel)
        known = self._tasks.get(name)
        if known is None or known.done():
            self._tasks[name] = asyncio.create_task(self._try(channel), name=f"rejoin {name}")

    async def stop(self) -> None:
        """End all tries."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _try(self, channel: str) -> None:
        while True:
            await self._clock.sleep(WAIT_S)
            if not self._client.wants(channel) or self._client.nick is None:
                return  # given up, or taken care of by the next connection
            key = self._config.key_of(channel)
            try:
                await self._client.join(channel, key)
            except JoinFailed:
                self._client.want(channel, key)
                continue
            except ClientError:
                pass
            return
