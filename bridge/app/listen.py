"""The only place where Trunkline listens: one private listener for the homeserver, one public."""

import asyncio
import logging
from collections.abc import Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bridge.model.errors import Misconfigured, Phrase

_SHUTDOWN_S = 5.0


class _NotHttp(logging.Filter):
    """Passes over what the HTTP library says of requests that are no HTTP.

    It writes a traceback for each, with the words that did not fit: anybody on the Internet could fill the
    log with lines of their own, and a token in a broken header would stand there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


_library = logging.getLogger("aiohttp.server")
_library.addFilter(_NotHttp())


class Listeners:
    """Servers that were started, to be stopped together."""

    def __init__(self) -> None:
        self._runners: list[web.AppRunner] = []
        self.ports: dict[str, int] = {}
        """The port of each listener, by its name; useful where 0 was asked for."""

    async def add(self, name: str, application: web.Application, host: str, port: int) -> None:
        """Begin to listen. Raises ``Misconfigured`` when the address cannot be had."""
        runner = web.AppRunner(application, access_log=None, logger=_library, shutdown_timeout=_SHUTDOWN_S)
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
