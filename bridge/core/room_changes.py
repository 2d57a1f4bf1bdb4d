"""What the bridge does when something happens to a room: invites, kicks, upgrades, encryption."""

import structlog

from bridge.core.management import ManagementRooms
from bridge.core.portals import Portals
from bridge.core.ports import Homeserver
from bridge.core.rooms import Rooms
from bridge.core.upgrade import Upgrades
from bridge.core.words import Words
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.matrix_events import (
    MatrixEncryptionOn,
    MatrixEvent,
    MatrixMembership,
    MatrixTombstone,
    Membership,
)
from bridge.model.namespace import Namespace
from bridge.model.portals import PortalOrigin, PortalState
from bridge.policy.access import AccessRules, Action

log = structlog.get_logger(__name__)


class RoomChanges:
    """Acts on changes of rooms. Everything here may be repeated after a crash."""

    def __init__(
        self,
        *,
        names: Namespace,
        access: AccessRules,
        homeserver: Homeserver,
        portals: Portals,
        management: ManagementRooms,
        rooms: Rooms,
        upgrades: Upgrades,
        words: Words,
    ) -> None:
        self._names = names
        self._access = access
        self._homeserver = homeserver
        self._portals = portals
        self._management = management
        self._rooms = rooms
        self._upgrades = upgrades
        self._words = words

    async def handle(self, event: MatrixEvent) -> None:
        """Raises ``Unavailable``; then it is to be repeated."""
        match event:
            case MatrixTombstone():
                for portal in self._portals.in_room(event.room_id):
                    await self._upgrades.follow(portal, event)
            case MatrixEncryptionOn():
                await self._encrypted(event)
            case MatrixMembership(user_id=user_id) if user_id == self._names.bot:
                await self._bot(event)
            case MatrixMembership(membership=Membership.INVITE):
                await self._homeserver.leave(event.user_id, event.room_id)
            case MatrixMembership():
                await self._person_left(event)
            case _:
                log.debug("room change ignored", room_id=event.room_id)

    async def _encrypted(self, event: MatrixEncryptionOn) -> None:
        for portal in self._portals.in_room(event.room_id):
            if portal.state is PortalState.ACTIVE:
                await self._portals.stop(portal, "portal.encrypted")
            elif portal.stop_key != "portal.encrypted":
                continue
            # A crash may have come between the stop and these words.
            reason = Phrase.of("portal.encrypted")
            await self._words.in_room(event.room_id, reason, occasion=event.event_id)
            await self._words.on_network(portal.key, Phrase.of("portal.encrypted_there"))

    async def _bot(self, event: MatrixMembership) -> None:
        match event.membership:
            case Membership.INVITE:
                await self._invited(event)
            case Membership.LEAVE | Membership.BAN:
                await self._management.drop(event.room_id)
                for portal in self._portals.in_room(event.room_id):
                    log.warning("bot was removed", room_id=event.room_id, by=event.sender)
                    await self._rooms.abandon(portal)
            case Membership.JOIN | Membership.KNOCK:
                pass

    async def _invited(self, event: MatrixMembership) -> None:
        bot, room_id = self._names.bot, event.room_id
        if not self._access.may(event.sender, Action.JOIN):
            await self._homeserver.leave(bot, room_id)
            return
        try:
            await self._homeserver.ensure_joined(bot, room_id)
        except HomeserverRefused as error:
            log.info("invite is void", room_id=room_id, error=str(error))
            return
        if await self._homeserver.is_encrypted(room_id):
            await self._words.in_room(room_id, Phrase.of("bot.encrypted"), occasion=event.event_id)
        if event.is_direct:
            await self._management.add(room_id, event.sender)
            await self._words.in_room(room_id, Phrase.of("bot.greeting"), occasion=event.event_id)

    async def _person_left(self, event: MatrixMembership) -> None:
        """A portal that was made for somebody ends when the last person has left it."""
        if event.room_id in self._management:
            await self._management_left(event)
        for portal in self._portals.in_room(event.room_id):
            made_for_people = portal.origin in (PortalOrigin.ALIAS, PortalOrigin.COMMAND)
            if made_for_people and not await self._homeserver.people(event.room_id):
                await self._rooms.close(portal, Phrase.of("portal.deserted"))

    async def _management_left(self, event: MatrixMembership) -> None:
        if not await self._homeserver.people(event.room_id):
            await self._management.drop(event.room_id)
            await self._homeserver.leave(self._names.bot, event.room_id)
