"""Joins reconciliation to the heart, and tells it when the homeserver goes and comes back."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

import aiohttp

from bridge.app.heart import Heart
from bridge.app.sink import InboxIntake
from bridge.core.reconcile import Reconciler
from bridge.core.reconcile_ports import History, Intake, ReconcileStore
from bridge.core.sweep import SweepParts
from bridge.core.words import Words

_NOT_ITSELF: Final = (502, 503, 504)
"""What a proxy says while the homeserver behind it is away."""
_PING: Final = "/ping"
"""Answered with 502 by the homeserver itself when it does not reach us."""


def make_reconciler(heart: Heart, intake: InboxIntake, history: History, store: ReconcileStore) -> Reconciler:
    out = heart.outside
    intake_port: Intake = intake
    parts = SweepParts(
        history=history,
        store=store,
        intake=intake_port,
        homeserver=out.homeserver,
        portals=heart.portals,
        words=Words(out.homeserver, heart.networks, out.sentence),
        names=out.names,
        config=out.config,
        clock=out.clock,
        metrics=out.metrics,
    )
    return Reconciler(parts, out.tasks)


def notice_return(back: Callable[[], None], *, away: Callable[[], None]) -> aiohttp.TraceConfig:
    """Call ``away`` when a request is not answered, and ``back`` when one is answered again."""
    is_away = False

    def note(now_away: bool) -> None:
        nonlocal is_away
        before, is_away = is_away, now_away
        if before is not now_away:
            (away if now_away else back)()

    async def ended(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        if not params.url.path.endswith(_PING):
            note(params.response.status in _NOT_ITSELF)

    async def failed(
        session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        note(True)

    traced = aiohttp.TraceConfig()
    traced.on_request_end.append(ended)
    traced.on_request_exception.append(failed)
    return traced
