"""What connectors are given: the way in for all that is seen on the networks."""

import traceback
from datetime import timedelta
from functools import partial

import structlog

from bridge.api.network import ChatInfo
from bridge.core.arriving import Arriving, name_of
from bridge.core.catch_up import CatchUp
from bridge.core.gaps import Gaps
from bridge.core.ghosts import Ghosts
from bridge.core.lanes import Lanes
from bridge.core.members import Members
from bridge.core.networks import Networks
from bridge.core.news import NETWORK, News, network_values
from bridge.core.observers import Observers
from bridge.core.portals import Portals
from bridge.core.ports import Clock, RemoteWords
from bridge.core.tally import Tally
from bridge.model.ids import ChatID, LoginID, PortalKey
from bridge.model.portals import Direction, Portal
from bridge.model.remote_events import (
    RemoteEvent,
    RemoteJoin,
    RemoteLeave,
    RemoteRename,
)
from bridge.model.statuses import LoginHealth, LoginState
from bridge.policy.access import Action as Right
from bridge.policy.quota import Kind

log = structlog.get_logger(__name__)

_MAX_FAILURES = 3
_CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a remote clock may be behind ours before its live lines look like old ones."""


class CoreHost:
    """Implements ``bridge.api.network.Host``."""

    def __init__(
        self,
        *,
        networks: Networks,
        portals: Portals,
        ghosts: Ghosts,
        members: Members,
        observers: Observers,
        gaps: Gaps,
        catch_up: CatchUp,
        lanes: Lanes,
        arriving: Arriving,
        tally: Tally,
        news: News,
        remote_words: RemoteWords,
        clock: Clock,
    ) -> None:
        self._networks = networks
        self._portals = portals
        self._ghosts = ghosts
        self._members = members
        self._observers = observers
        self._gaps = gaps
        self._lanes = lanes
        self._arriving = arriving
        self._catch_up = catch_up
        self._tally = tally
        self._news = news
        self._met: set[LoginID] = set()
        self._remote_words = remote_words
        self._clock = clock
        self._states: dict[LoginID, LoginState] = {}

    def state_of(self, login: LoginID) -> LoginState | None:
        return self._states.get(login)

    async def emit(self, login: LoginID, event: RemoteEvent) -> None:
        if self._observers.elected(event.portal) != login:
            return
        await self._catch_up.until_done(event.portal)
        name = name_of(event)
        for failure in range(1, _MAX_FAILURES + 1):
            try:
                await self._arriving.patiently(partial(self._take_again, event, name, failure))
                return
            except Exception:  # noqa: BLE001 - the supervisor of the way in
                log.error("remote event failed", login=login, failures=failure, trace=traceback.format_exc())
        # It could not be stored, so nothing of it is kept but the log and the count.
        self._tally.set_aside(Direction.TO_MATRIX)

    async def _take_again(self, event: RemoteEvent, name: str, failure: int, again: bool) -> None:
        await self._take(event, name, again=again or failure > 1)

    async def _take(self, event: RemoteEvent, name: str, *, again: bool) -> None:
        if await self._remote_words.handle(event):
            return
        portal = self._portals.by_key(event.portal)
        if portal is None:
            return
        if self._is_below_floor(portal, event):
            self._tally.below_floor(portal.key.network)
            return
        match event:
            case RemoteJoin() if self._arriving.sheds(Kind.MEMBERSHIP):
                pass  # whoever speaks comes in by that, and the others with the next list of members
            case RemoteJoin():
                self._members.came(portal, event.sender)
            case RemoteLeave(kicked=False):
                self._members.went(portal, event.user, event.reason, event.split)
            case RemoteLeave():
                # In its place among what was said; the wish is for whoever has not come in yet.
                self._members.went(portal, event.user, event.reason)
                await self._arriving.store(portal, event, name, again=again)
            case RemoteRename():
                await self._ghosts.renamed(portal.key.network, event.previous.id, event.sender)
                self._members.renamed(portal.key.network, event.previous.id, event.sender)
            case _:
                await self._arriving.store(portal, event, name, again=again)

    @staticmethod
    def _is_below_floor(portal: Portal, event: RemoteEvent) -> bool:
        return event.happened_at is not None and event.happened_at < portal.floor_at - _CLOCK_TOLERANCE

    def login_changed(self, login: LoginID, state: LoginState) -> None:
        before = self._states.get(login)
        self._states[login] = state
        if before is not None and before.health is state.health:
            return
        log.info("login changed", login=login, health=state.health.value, reason=str(state.reason or ""))
        connector = self._networks.owner_of(login)
        if connector is not None:
            values = network_values(connector.network, login, state)
            self._news.tell(NETWORK, Right.STATUS, values)
            up = state.health is LoginHealth.CONNECTED
            self._tally.connected(connector.network, now=up, again=login in self._met)
            if up:
                self._met.add(login)
        if state.health is LoginHealth.CONNECTED:
            self._lanes.wake_all()
            return
        for key in self._observers.blind(login):
            self._gaps.nobody_sees(key)
        connector = self._networks.owner_of(login)
        if connector is not None and not any(self._is_connected(each.id) for each in connector.logins()):
            self._ghosts.forget_renames(connector.network)

    def _is_connected(self, login: LoginID) -> bool:
        state = self._states.get(login)
        return state is not None and state.health is LoginHealth.CONNECTED

    def sees(self, login: LoginID, info: ChatInfo) -> None:
        key = self._key(login, info.chat)
        if key is None:
            return
        self._observers.sees(login, key, is_relay=self._networks.is_relay(login))
        gap = self._gaps.somebody_sees(key, info.seen_since)
        if gap is not None:
            self._catch_up.begin(gap)
        portal = self._portals.by_key(key)
        if portal is not None and self._observers.elected(key) == login:
            self._members.snapshot(portal, info.members)
        if portal is not None:
            self._lanes.wake(portal.lane)

    def sees_no_more(self, login: LoginID, chat: ChatID) -> None:
        key = self._key(login, chat)
        if key is not None and self._observers.sees_no_more(login, key):
            self._gaps.nobody_sees(key)

    def _key(self, login: LoginID, chat: ChatID) -> PortalKey | None:
        connector = self._networks.owner_of(login)
        return PortalKey(connector.network, chat) if connector else None
