"""Tells those who watch over the process whether it lives, whether it can work, and what it counts."""

import asyncio
from typing import Final

import orjson
from aiohttp import hdrs, web
from attrs import frozen

from bridge.model.errors import BridgeError
from bridge.telemetry import Metrics, get_log
from bridge.telemetry.metrics import CONTENT_TYPE
from bridge.web.ports import ReadyChecks

READY_S: Final = 5.0

_log = get_log(__name__)


@frozen(kw_only=True)
class Health:
    """``/live``, ``/ready`` and, where ``metrics`` are given, ``/metrics``."""

    checks: ReadyChecks
    metrics: Metrics | None = None
    timeout_s: float = READY_S

    def add_to(self, application: web.Application) -> None:
        application.router.add_get("/live", self._live)
        application.router.add_get("/ready", self._ready)
        if self.metrics is not None:
            application.router.add_get("/metrics", self._metrics)

    async def _live(self, request: web.Request) -> web.Response:
        """That this is answered at all is the answer: the loop turns."""
        return _json(200, {"live": True})

    async def _ready(self, request: web.Request) -> web.Response:
        """200 when everything is there, else 503; with the names of all that was looked at."""
        try:
            async with asyncio.timeout(self.timeout_s):
                checks = await self.checks()
        except (BridgeError, TimeoutError) as error:
            _log.warning("readiness not known", reason=error)
            return _json(503, {"ready": False, "checks": {}})
        ready = all(check.ready for check in checks)
        answer = {"ready": ready, "checks": {check.name: check.ready for check in checks}}
        return _json(200 if ready else 503, answer)

    async def _metrics(self, request: web.Request) -> web.Response:
        assert self.metrics is not None
        return web.Response(
            body=self.metrics.render(),
            headers={hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store"},
        )


def _json(status: int, value: object) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(value),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store"},
    )
