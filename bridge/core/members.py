"""Who is in a room: remote people come and go in quiet moments, never ahead of chat.

A person who speaks is brought in by their message (``inbound``). All the others are looked after here: their
joins up to a configured number, their leaves, their new names; one request at a time and only while
the conversation is quiet. Who comes in a crowd (``crowds``) is not brought in one by one, and who was torn
away by a netsplit stays for a while. What is lost in a crash is mended by the next list of members.
"""

import traceback
from collections import OrderedDict
from collections.abc import Callable

import structlog
from attrs import frozen

from bridge.core.bell import Bell
from bridge.core.crowds import Crowds
from bridge.core.ghosts import Ghosts
from bridge.core.inbound import Inbound
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver, Tasks
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, StoreUnavailable
from bridge.model.ids import LaneID, NetworkName, RemoteUserID
from bridge.model.outgoing import GhostProfile
from bridge.model.portals import Portal, PortalState
from bridge.model.remote_events import RemoteUser
from bridge.policy.crowds import Fate

log = structlog.get_logger(__name__)

_AWAY_S = 2.0
_LOOK_AGAIN_S = 0.5


@frozen
class _Wish:
    """What should become of one person in one room: here (with what slug), or gone (with what reason)."""

    user: RemoteUser
    present: bool
    reason: str | None = None


class Members:
    """The quiet worker of all memberships."""

    def __init__(
        self,
        *,
        homeserver: Homeserver,
        ghosts: Ghosts,
        portals: Portals,
        inbound: Inbound,
        crowds: Crowds,
        quiet: Callable[[LaneID], bool],
        slug: Callable[[NetworkName, RemoteUserID], str],
        limit: int,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._homeserver = homeserver
        self._ghosts = ghosts
        self._portals = portals
        self._inbound = inbound
        self._crowds = crowds
        self._quiet = quiet
        self._slug = slug
        self._limit = limit
        self._clock = clock
        self._tasks = tasks
        self._bell = Bell(clock, tasks)
        self._wishes: OrderedDict[LaneID, OrderedDict[RemoteUserID, _Wish]] = OrderedDict()
        self._seen_in: dict[tuple[NetworkName, RemoteUserID], set[LaneID]] = {}

    def came(self, portal: Portal, user: RemoteUser) -> None:
        verdict = self._crowds.came(portal.lane, user)
        if verdict.fate is Fate.SINGLE:
            self._is_here(portal, user)
            return
        # One of many: whoever speaks comes in by that, and the others with the next list of members.
        self._see(portal, user.id)
        wishes = self._wishes.get(portal.lane, OrderedDict())
        wishes.pop(user.id, None)
        for other in verdict.others:
            if other in wishes and wishes[other].present:
                del wishes[other]

    def went(self, portal: Portal, user: RemoteUser, reason: str | None, servers: str | None = None) -> None:
        """``servers`` names the netsplit that tore them away, if it was one."""
        if self._crowds.went(portal.lane, user, reason, servers).fate is not Fate.HELD:
            self._is_gone(portal, user, reason)
            return
        wish = self._wishes.get(portal.lane, OrderedDict()).get(user.id)
        if wish is not None and wish.present:
            del self._wishes[portal.lane][user.id]

    def renamed(self, network: NetworkName, before: RemoteUserID, now: RemoteUser) -> None:
        """The person stays who they are: what was wished for the old name is wished for the new one."""
        lanes = self._seen_in.pop((network, before), set())
        for lane in lanes:
            self._seen_in.setdefault((network, now.id), set()).add(lane)
            self._wishes.get(lane, OrderedDict()).pop(before, None)
            self._wish(lane, _Wish(now, present=True))

    def snapshot(self, portal: Portal, members: tuple[RemoteUser, ...]) -> None:
        """The whole list: whoever of our ghosts is not on it has gone while we did not look.

        Who was torn away by a netsplit is waited for all the same: a list is told with every change of modes.
        """
        here = {user.id for user in members}
        network, lane = portal.key.network, portal.lane
        for seen_network, user_id in [who for who, lanes in self._seen_in.items() if lane in lanes]:
            if seen_network == network and user_id not in here and not self._crowds.waits_for(lane, user_id):
                self._unsee(network, user_id, lane)
        wishes = self._wishes.get(lane, OrderedDict())
        for user_id in [each for each, wish in wishes.items() if wish.present and each not in here]:
            del wishes[user_id]
        for user in members:
            self._crowds.is_here(lane, user.id)
            self._is_here(portal, user)
        self._tasks.spawn("stale members", self._find_stale(portal))

    async def _find_stale(self, portal: Portal) -> None:
        while self._portals.by_lane(portal.lane) is not None:
            try:
                await self._look_for_stale(portal)
                return
            except (HomeserverUnavailable, StoreUnavailable):
                await self._clock.sleep(_AWAY_S)
            except HomeserverRefused as error:
                log.info("members cannot be seen", room_id=portal.room_id, error=str(error))
                return

    async def _look_for_stale(self, portal: Portal) -> None:
        network = portal.key.network
        for user_id in await self._homeserver.our_members(portal.room_id):
            ghost = await self._ghosts.by_user(user_id)
            if ghost is None or ghost.network != network:
                continue
            user = self._ghosts.goes_by(ghost)
            known = await self._ghosts.known(network, user)
            orphan = known is None or known.user_id != user_id
            if orphan and await self._homeserver.is_joined(portal.room_id, user_id):
                # Another ghost stands for this name by now.
                await self._homeserver.leave(user_id, portal.room_id)
            elif portal.lane not in self._seen_in.get((network, user), set()):
                self._is_gone(portal, RemoteUser(user, ghost.display_name), None)

    def forget(self, lane: LaneID) -> None:
        """The portal is gone."""
        self._wishes.pop(lane, None)
        self._crowds.forget(lane)

    async def run(self) -> None:
        """For ever, one wish at a time."""
        self._tasks.spawn("crowds", self._crowds.run(self._is_gone))
        while True:
            lane = next((lane for lane in self._wishes if self._quiet(lane)), None)
            if lane is None:
                await self._bell.wait(_LOOK_AGAIN_S if self._wishes else None)
                continue
            await self._one(lane)

    async def _one(self, lane: LaneID) -> None:
        self._wishes.move_to_end(lane)
        wishes = self._wishes[lane]
        if not wishes:
            del self._wishes[lane]
            return
        user, wish = wishes.popitem(last=False)
        portal = self._portals.by_lane(lane)
        if portal is not None and portal.state is PortalState.ACTIVE:
            try:
                await self._grant(portal, wish)
            except (HomeserverUnavailable, StoreUnavailable):
                wishes.setdefault(user, wish)
                await self._bell.wait(_AWAY_S)
            except HomeserverRefused as error:
                log.info("membership refused", lane=lane, error=str(error))
            except Exception:  # noqa: BLE001 - the supervisor of memberships: one must not stop all
                log.error("membership failed", lane=lane, trace=traceback.format_exc())
        if not wishes and self._wishes.get(lane) is wishes:
            del self._wishes[lane]

    async def _grant(self, portal: Portal, wish: _Wish) -> None:
        network = portal.key.network
        if not wish.present:
            ghost = await self._ghosts.known(network, wish.user.id)
            if ghost and await self._homeserver.is_joined(portal.room_id, ghost.user_id):
                await self._homeserver.leave(ghost.user_id, portal.room_id, wish.reason)
            if (network, wish.user.id) not in self._seen_in:
                self._ghosts.gone(network, wish.user.id)
            return
        known = await self._ghosts.known(network, wish.user.id)
        if known is not None and await self._homeserver.is_joined(portal.room_id, known.user_id):
            ghost = await self._ghosts.of(network, wish.user, "")
            await self._homeserver.ensure_ghost(ghost.user_id, GhostProfile(display_name=ghost.display_name))
            return
        if len(await self._homeserver.our_members(portal.room_id)) > self._limit:
            return
        ghost = await self._ghosts.of(network, wish.user, self._slug(network, wish.user.id))
        await self._inbound.bring_in(portal, ghost.user_id)

    def _is_here(self, portal: Portal, user: RemoteUser) -> None:
        self._see(portal, user.id)
        self._wish(portal.lane, _Wish(user, present=True))

    def _is_gone(self, portal: Portal, user: RemoteUser, reason: str | None) -> None:
        self._unsee(portal.key.network, user.id, portal.lane)
        self._wish(portal.lane, _Wish(user, present=False, reason=reason))

    def _see(self, portal: Portal, user: RemoteUserID) -> None:
        self._seen_in.setdefault((portal.key.network, user), set()).add(portal.lane)

    def _wish(self, lane: LaneID, wish: _Wish) -> None:
        wishes = self._wishes.setdefault(lane, OrderedDict())
        wishes.pop(wish.user.id, None)
        wishes[wish.user.id] = wish
        self._bell.ring()

    def _unsee(self, network: NetworkName, user: RemoteUserID, lane: LaneID) -> None:
        lanes = self._seen_in.get((network, user), set())
        lanes.discard(lane)
        if not lanes:
            self._seen_in.pop((network, user), None)
