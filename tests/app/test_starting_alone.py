"""The bridge comes up although the homeserver is away, and goes on by itself when it comes."""

import asyncio
from pathlib import Path

from aiohttp import web

from bridge.app.bridge import Bridge
from bridge.app.settings import load_settings
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.e2e.stack import make_place, write_config


async def test_a_bridge_whose_homeserver_is_away_at_the_start_meets_it_when_it_comes(tmp_path: Path) -> None:
    """The warning about the missing homeserver once broke off the very task that waited for it."""
    place, port = make_place(tmp_path), free_port()
    write_config(place, f"http://{LOOPBACK}:{port}", {})
    homeserver = _LateHomeserver()
    runner = web.AppRunner(homeserver.application())
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    bridge = Bridge(load_settings(place.config, {}), place.folder)
    await bridge.start()
    try:
        await asyncio.wait_for(homeserver.pinged.wait(), 30)
    finally:
        await bridge.stop()
        await runner.cleanup()
    assert homeserver.refused == 1


class _LateHomeserver:
    """A proxy that answers in its place at first, then a homeserver that says just enough."""

    def __init__(self) -> None:
        self.refused = 0
        self.pinged = asyncio.Event()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.Response:
        if not self.refused:
            self.refused += 1
            return web.Response(status=502)
        if request.path.endswith("/ping"):
            self.pinged.set()
            return web.json_response({"duration_ms": 1})
        if request.path.endswith("/versions"):
            return web.json_response({"versions": ["v1.11"]})
        return web.json_response({"displayname": "Trunkline"})
