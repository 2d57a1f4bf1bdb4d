"""The joined core, the same for the real bridge and for a test with fakes, and what it stands on."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from attrs import frozen

from bridge.actions.deeds import Deeds
from bridge.actions.registry import Actions
from bridge.actions.tokens import Tokens
from bridge.commands.answers import Answers
from bridge.core.attend import Attendance
from bridge.core.audit import AuditTrail
from bridge.core.config import BridgeConfig
from bridge.core.dispatcher import Dispatcher
from bridge.core.gaps import Gaps
from bridge.core.ghosts import Ghosts
from bridge.core.host import CoreHost
from bridge.core.lanes import Lanes
from bridge.core.management import ManagementRooms
from bridge.core.members import Members
from bridge.core.networks import Networks
from bridge.core.news import News
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver, MediaLinks, Reader, Sentence, Stores, Tasks
from bridge.core.retries import Retries
from bridge.core.rooms import Rooms
from bridge.core.shedding import Shedding
from bridge.core.telling import Telling
from bridge.model.errors import StoreUnavailable
from bridge.model.namespace import Namespace
from bridge.policy.access import AccessRules
from bridge.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

_STORE_AGAIN_S: Final = 1.0


@frozen(kw_only=True)
class Outside:
    """What the core stands on, real or fake."""

    config: BridgeConfig
    access: AccessRules
    names: Namespace
    stores: Stores
    homeserver: Homeserver
    reader: Reader
    media: MediaLinks
    sentence: Sentence
    clock: Clock
    tasks: Tasks
    metrics: Metrics
    audit: AuditTrail
    tokens: Tokens
    sign_in_url: str | None = None
    """Where a code to sign in with is brought; None where the world cannot reach the bridge."""


@frozen(kw_only=True)
class Heart:
    """The joined core, by what others need of it."""

    outside: Outside
    networks: Networks
    portals: Portals
    management: ManagementRooms
    ghosts: Ghosts
    lanes: Lanes
    dispatcher: Dispatcher
    host: CoreHost
    rooms: Rooms
    attendance: Attendance
    members: Members
    telling: Telling
    gaps: Gaps
    shedding: Shedding
    retries: Retries
    actions: Actions
    news: News
    deeds: Deeds
    answers: Answers

    async def start(self) -> None:
        """Read what there is, take up what was on its way, then begin to listen to the inbox.

        A store that goes away meanwhile is waited for.
        """
        out = self.outside
        steps = (self.portals.load, self.management.load, self.retries.resume, self._resume_lanes)
        for step in steps:
            await self._patiently(step)
        out.tasks.spawn("dispatcher", self.dispatcher.run())
        out.tasks.spawn("members", self.members.run())
        out.tasks.spawn("telling", self.telling.run())
        out.tasks.spawn("gaps", self.gaps.run())
        out.tasks.spawn("shedding", self.shedding.run())

    async def _resume_lanes(self) -> None:
        await self.lanes.resume(self.outside.stores.arrivals)

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await step()
            except StoreUnavailable as error:
                log.warning("start waits for the store", reason=str(error))
                await self.outside.clock.sleep(_STORE_AGAIN_S)
