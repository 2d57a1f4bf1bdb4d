"""The only place where Trunkline listens: one private listener for the homeserver, one public."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from bridge.model.errors import Misconfigured, Phrase

_SHUTDOWN_S = 5.0


class Listeners:
    """Servers that were started, to be stopped together."""

    def __init__(self) -> None:
        self._runners: list[web.AppRunner] = []
        self.ports: dict[str, int] = {}
        """The port of each listener, by its name; useful where 0 was asked for."""

    async def add(self, name: str, application: web.Application, host: str, port: int) -> None:
        """Begin to listen. Raises ``Misconfigured`` when the address cannot be had."""
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, host, port, reuse_address=True)
        try:
            await site.start()
        except OSError as error:
            words: Mapping[str, str | int] = {"name": name, "host": host, "port": port}
            raise Misconfigured(
                Phrase.of("listen.failed", error=error.strerror or str(error), **words)
            ) from error
        self.ports[name] = runner.addresses[0][1]

    async def stop(self) -> None:
        """No new requests; those at work have 5 seconds."""
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        self._runners.clear()
