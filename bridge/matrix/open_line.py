"""Keeps one silent connection to the homeserver open, to learn at once when its process ends.

A bridge on which nothing happens asks nothing for minutes, and a homeserver is killed and started again in
seconds. Its end closes every connection; so does a time limit, about once a minute. Whenever this one ends
or begins, the homeserver is asked whether it is there, and whoever watches our requests learns the rest.
Behind a proxy that keeps connections open this tells nothing.
"""

import asyncio
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from bridge.matrix.ping import Probe
from bridge.matrix.ports import Clock
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable

AGAIN_S: Final = 0.5


class OpenLine:
    """Args: ``url``: the homeserver's address."""

    def __init__(self, url: str, probe: Probe, clock: Clock) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._probe = probe
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        while True:
            with suppress(OSError):
                await self._listen()
            # At once: in a moment it may be there again as if nothing had happened.
            await self._ask()
            await self._clock.sleep(AGAIN_S)

    async def _ask(self) -> None:
        with suppress(HomeserverUnavailable, HomeserverRefused):
            await self._probe.client_versions()

    async def _listen(self) -> None:
        """Return when the connection ends. Raises ``OSError`` when there is none to be had."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            await self._ask()
            while await reader.read(1024):
                pass
        finally:
            writer.close()
