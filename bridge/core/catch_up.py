"""Brings in what was said while nobody of ours was there, out of the network's own history.

It happens before anything newer of the conversation is taken: what is emitted meanwhile waits. What was heard
before the break is in the history again, and lines of just before it may not have been heard although the
connection seemed to stand: so the history is asked for from some minutes before, and compared with what was
heard. What the history does not hold, or what is older than the ceiling, remains a gap and is told as one.
"""

import asyncio
import traceback
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from attrs import evolve

from bridge.api.network import ChatHistory, KeepsHistory
from bridge.core.arriving import Arriving, name_of
from bridge.core.gaps import Gap, Gaps
from bridge.core.networks import Networks
from bridge.core.observers import Observers
from bridge.core.overlap import unheard
from bridge.core.portals import Portals
from bridge.core.ports import ArrivalStore, Clock, Tasks
from bridge.model.errors import NetworkUnavailable
from bridge.model.ids import PortalKey
from bridge.model.portals import Portal, PortalState
from bridge.model.remote_events import RemoteEvent

log = structlog.get_logger(__name__)

MARGIN: Final = timedelta(minutes=5)
"""How long before a break we may have been deaf already, and how far a network's clock may be from ours."""
LIMIT: Final = 1000
"""How many lines of one conversation are brought in after a break; of more, the newest."""
HEARD_LIMIT: Final = 5000
_AWAY_S: Final = 1.0


class CatchUp:
    """One task for each conversation that is seen again."""

    def __init__(
        self,
        *,
        networks: Networks,
        portals: Portals,
        observers: Observers,
        gaps: Gaps,
        arriving: Arriving,
        arrivals: ArrivalStore,
        ceiling_s: float,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._networks = networks
        self._portals = portals
        self._observers = observers
        self._gaps = gaps
        self._arriving = arriving
        self._arrivals = arrivals
        self._ceiling = timedelta(seconds=ceiling_s)
        self._clock = clock
        self._tasks = tasks
        self._under_way: dict[PortalKey, asyncio.Event] = {}

    def begin(self, gap: Gap) -> None:
        """A conversation is seen again; from now on nothing newer of it is taken before it is caught up."""
        if self._portals.by_key(gap.key) is None or self._teller(gap.key) is None:
            self._gaps.remains(gap, gap.ended)
            return
        before, done = self._under_way.get(gap.key), asyncio.Event()
        self._under_way[gap.key] = done
        self._tasks.spawn(f"catch up {gap.key.chat}", self._run(gap, before, done))

    async def until_done(self, key: PortalKey) -> None:
        """Until newer events of the conversation may be taken."""
        while (done := self._under_way.get(key)) is not None:
            await done.wait()

    async def _run(self, gap: Gap, before: asyncio.Event | None, done: asyncio.Event) -> None:
        try:
            if before is not None:
                # Two that store at once would not see what the other one has stored.
                await before.wait()
            self._gaps.remains(gap, await self._catch_up(gap))
        except Exception:  # noqa: BLE001 - the supervisor: the conversation must go on in any case
            log.error("history could not be taken over", portal=gap.key, trace=traceback.format_exc())
            self._gaps.remains(gap, gap.ended)
        finally:
            if self._under_way.get(gap.key) is done:
                del self._under_way[gap.key]
            done.set()

    async def _catch_up(self, gap: Gap) -> datetime | None:
        """Bring in what can be had. Returns until when a gap remains, None if none does."""
        began = await self._arriving.patiently(lambda _: self._gaps.began(gap))
        portal = self._portals.by_key(gap.key)
        if began is None or portal is None or portal.state is not PortalState.ACTIVE:
            return gap.ended
        if began >= gap.ended:
            return None  # the connection was held: nothing was missed
        oldest = max(portal.floor_at, self._clock.now() - self._ceiling)
        since = max(began - MARGIN, oldest)
        history = await self._ask(gap, since)
        if history is None:
            return gap.ended
        await self._bring_in(portal, history, since, gap.ended)
        if history.whole_since is None:
            return gap.ended
        unknown_until = max(history.whole_since, oldest)
        return min(unknown_until, gap.ended) if unknown_until > began else None

    async def _ask(self, gap: Gap, since: datetime) -> ChatHistory | None:
        while self._gaps.is_open(gap) and (teller := self._teller(gap.key)) is not None:
            try:
                return await teller.history(gap.key.chat, since, LIMIT)
            except NetworkUnavailable:
                # Another login of ours may still be there; else the gap goes on.
                await self._clock.sleep(_AWAY_S)
        return None

    async def _bring_in(
        self, portal: Portal, history: ChatHistory, since: datetime, seen_at: datetime
    ) -> None:
        heard = await self._arriving.patiently(
            lambda _: self._arrivals.heard(portal.lane, since - 2 * MARGIN, HEARD_LIMIT)
        )
        late = [
            evolve(event, late=event.happened_at < seen_at)
            for event in unheard(history.events, heard)
            if event.happened_at is not None and event.happened_at >= since
        ]
        for event in late:
            await self._arriving.patiently(partial(self._store, portal, event, name_of(event)))
        if late:
            log.info("late lines taken over", portal=portal.key, count=len(late), oldest=late[0].happened_at)

    async def _store(self, portal: Portal, event: RemoteEvent, name: str, again: bool) -> None:
        await self._arriving.store(portal, event, name, again=again)

    def _teller(self, key: PortalKey) -> KeepsHistory | None:
        login_id = self._observers.elected(key)
        connector = None if login_id is None else self._networks.owner_of(login_id)
        for login in () if connector is None else connector.logins():
            if login.id == login_id and isinstance(login, KeepsHistory):
                return login
        return None
