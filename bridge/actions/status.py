"""The action that tells how the bridge fares."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.trace import said
from bridge.core.backlogs import Behind, behind, behind_by_network
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import TraceStore
from bridge.core.tally import Tally
from bridge.model.backlog import Backlog
from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.portals import Portal, PortalState
from bridge.model.statuses import LoginHealth, LoginState, PartState

_HEALTH = {
    LoginHealth.CONNECTING: "status.connecting",
    LoginHealth.CONNECTED: "status.connected",
    LoginHealth.DISCONNECTED: "status.disconnected",
    LoginHealth.REFUSED: "status.refused",
    LoginHealth.STOPPED: "status.stopped",
}
_WORTH_SAYING_S: Final = 30.0
"""What waits for less is just on its way."""
_FAILED: Final = (PartState.REFUSED, PartState.EXPIRED, PartState.DEAD)


class Status:
    """The health of each network, and of this room's portal; what waits, what failed, what was not heard.

    What nobody heard is counted since the bridge was started: each gap was told in its room as well. What
    is uncertain or failed is counted for as long as it is kept, until somebody retries or drops it.
    """

    spec = specs.STATUS

    def __init__(
        self,
        networks: Networks,
        portals: Portals,
        traces: TraceStore,
        tally: Tally,
        now: Callable[[], datetime],
    ) -> None:
        self._networks = networks
        self._portals = portals
        self._traces = traces
        self._tally = tally
        self._now = now

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        lines: list[Phrase] = []
        for portal in self._portals.in_room(caller.room_id) if caller.room_id else ():
            lines += self._portal(portal)
        lines += self._health()
        return [*(lines or [Phrase.of("status.no_networks")]), *await self._promise()]

    def _health(self) -> Iterator[Phrase]:
        for connector in self._networks.all():
            count = len(self._portals.of_network(connector.network))
            for login in connector.logins():
                key = _HEALTH[login.state.health]
                name = login.own_name or "-"
                yield Phrase.of(key, network=connector.network, name=name, count=count)
                yield from self._why(connector.network, login.state)

    def _why(self, network: str, state: LoginState) -> Iterator[Phrase]:
        if state.health is LoginHealth.CONNECTED:
            return
        if state.reason is not None:
            yield state.reason
        if state.retry_at is not None and state.retry_at > self._now():
            yield Phrase.of("status.next_try", network=network, at=said(state.retry_at))

    async def _promise(self) -> Answer:
        """What is not kept of the promise, each in one line, if there is any of it."""
        lines = [
            Phrase.of("status.unseen", network=network, count=unseen.gaps, age=age_of(unseen.together))
            for network, unseen in self._tally.unseen.items()
        ]
        try:
            return [*self._backlog(await self._traces.backlog()), *lines]
        except StoreUnavailable:
            return [*lines, Phrase.of("status.no_store")]

    def _backlog(self, backlog: Backlog) -> Iterator[Phrase]:
        now = self._now()
        yield from _waits(behind(backlog.inbox, now), "status.inbox")
        for piles in (backlog.to_network, backlog.to_matrix):
            for network, one in behind_by_network(piles, self._portals, now).items():
                yield from _waits(one, "status.waiting", network=network)
        if uncertain := backlog.bad.get(PartState.UNCERTAIN, 0):
            yield Phrase.of("status.uncertain", count=uncertain)
        if failed := backlog.aside + sum(backlog.bad.get(state, 0) for state in _FAILED):
            yield Phrase.of("status.failed", count=failed)

    @staticmethod
    def _portal(portal: Portal) -> list[Phrase]:
        if portal.state is PortalState.STOPPED:
            return [
                Phrase.of("status.portal_stopped", chat=portal.name),
                Phrase.of(portal.stop_key or "portal.stopped"),
            ]
        return [Phrase.of("status.portal", chat=portal.name, network=portal.key.network)]


def _waits(what: Behind, key: str, **values: str) -> Iterator[Phrase]:
    if what.count and what.oldest_s >= _WORTH_SAYING_S:
        yield Phrase(key, {"count": what.count, "age": age_of(timedelta(seconds=what.oldest_s)), **values})


def age_of(length: timedelta) -> str:
    """A length of time for people, in any language: ``2 d 3 h``, ``4 min``, ``12 s``."""
    seconds = int(length.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    named = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    shown = [f"{count} {unit}" for count, unit in named if count]
    return " ".join(shown[:2]) or "0 s"
