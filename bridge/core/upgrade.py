"""Follows a room's upgrade, if both rooms agree and the one who did it had the right (CVE-2021-32659)."""

import structlog

from bridge.core.portals import Portals
from bridge.core.ports import Homeserver, PowerView
from bridge.core.rooms import Rooms
from bridge.core.words import Words
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.matrix_events import MatrixTombstone
from bridge.model.portals import Portal
from bridge.policy.power import PowerLevels
from bridge.policy.room_upgrade import Follow, NewRoom, Stay, Tombstone, Upgrade, may_follow

log = structlog.get_logger(__name__)


class Upgrades:
    """Moves portals into the rooms that replace theirs."""

    def __init__(self, homeserver: Homeserver, portals: Portals, rooms: Rooms, words: Words) -> None:
        self._homeserver = homeserver
        self._rooms = rooms
        self._portals = portals
        self._words = words

    async def follow(self, portal: Portal, event: MatrixTombstone) -> Portal:
        """Move the portal, or stop it with a sentence. Raises ``HomeserverUnavailable``."""
        verdict = await self._judge(event)
        if isinstance(verdict, Stay):
            log.warning("upgrade not followed", room_id=event.room_id, reason=str(verdict.reason))
            await self._words.in_room(event.room_id, verdict.reason, occasion=event.event_id)
            return await self._portals.stop(portal, "portal.upgraded")
        moved = await self._rooms.move(portal, event.replacement)
        log.info("portal moved", room_id=event.replacement, before=event.room_id)
        return moved

    async def _judge(self, event: MatrixTombstone) -> Upgrade:
        old = power_levels(await self._homeserver.power(event.room_id))
        if not old.may_set(event.sender, "m.room.tombstone"):
            # Asked before we join a room that anybody could have named.
            return Stay(Phrase.of("upgrade.sender", user=event.sender))
        try:
            await self._homeserver.ensure_joined(self._homeserver.bot, event.replacement)
            new = await self._new_room(event)
        except HomeserverRefused:
            return Stay(Phrase.of("upgrade.no_entry"))
        tombstone = Tombstone(
            room_id=event.room_id,
            event_id=event.event_id,
            sender=event.sender,
            replacement=event.replacement,
        )
        verdict = may_follow(tombstone, old_power=old, new=new)
        if isinstance(verdict, Follow) and await self._homeserver.is_encrypted(event.replacement):
            verdict = Stay(Phrase.of("portal.encrypted"))
        if isinstance(verdict, Stay):
            await self._homeserver.leave(self._homeserver.bot, event.replacement)
        return verdict

    async def _new_room(self, event: MatrixTombstone) -> NewRoom:
        view = await self._homeserver.power(event.replacement)
        found = await self._homeserver.predecessor(event.replacement)
        room, predecessor_event, creator = found or (None, None, event.sender)
        return NewRoom(
            room_id=event.replacement,
            creator=creator,
            room_version=view.room_version,
            predecessor_room=room,
            predecessor_event=predecessor_event,
        )


def power_levels(view: PowerView) -> PowerLevels:
    return PowerLevels.read(view.levels, creators=view.creators)
