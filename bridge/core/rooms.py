"""Makes portals and ends them: by alias, command, configuration, or into a room that exists (plumb)."""

import asyncio
from fnmatch import fnmatchcase

import structlog
from attrs import frozen

from bridge.api.network import ChatInfo, Connector, Login
from bridge.core.members import Members
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver, Tasks
from bridge.core.words import Words
from bridge.model.errors import (
    HomeserverRefused,
    HomeserverUnavailable,
    InvalidInput,
    NetworkUnavailable,
    NotAllowed,
    Phrase,
)
from bridge.model.ids import ChatID, LaneID, PortalKey, RoomAlias, RoomID, UserID
from bridge.model.namespace import Namespace
from bridge.model.outgoing import BridgeInfo, RoomRequest
from bridge.model.portals import Portal, PortalOrigin, PortalState

log = structlog.get_logger(__name__)

_PORTAL_POWER = {"m.room.topic": 50, "m.room.encryption": 100}


class Rooms:
    """The births and ends of portals. Of two wishes for one conversation the second gets the first one's."""

    def __init__(
        self,
        *,
        names: Namespace,
        networks: Networks,
        portals: Portals,
        homeserver: Homeserver,
        members: Members,
        words: Words,
        alias_chats: tuple[str, ...],
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._names = names
        self._networks = networks
        self._portals = portals
        self._homeserver = homeserver
        self._members = members
        self._words = words
        self._alias_chats = alias_chats
        self._clock = clock
        self._tasks = tasks
        self._making: dict[PortalKey, asyncio.Lock] = {}
        self._plumbing = asyncio.Lock()

    # -------------------------------------------------------------------------------- wishes

    async def by_alias(self, alias: RoomAlias) -> Portal:
        """The room behind an alias of ours, made if that is allowed for its conversation.

        Raises ``InvalidInput`` and ``NotAllowed``, and what joining the conversation raises.
        """
        connector, chat = self._read_alias(alias)
        known = self._portals.by_key(PortalKey(connector.network, chat))
        if known is not None:
            return known
        if not self._alias_allowed(connector, chat):
            raise NotAllowed(Phrase.of("alias.not_allowed", alias=alias))
        return await self.open(connector, chat, PortalOrigin.ALIAS)

    async def open(
        self, connector: Connector, chat: ChatID, origin: PortalOrigin, by: UserID | None = None
    ) -> Portal:
        """The portal of a conversation, with a room made for it if there is none yet.

        Raises ``NotAllowed`` when the network refuses, and ``Unavailable``.
        """
        key = PortalKey(connector.network, chat)
        async with self._making.setdefault(key, asyncio.Lock()):
            known = self._portals.by_key(key)
            if known is not None:
                return known
            info = await self._join(connector, chat, must_be_there=origin is not PortalOrigin.CONFIG)
            try:
                room_id = await self._room(connector, info)
                return await self._store(connector, info, room_id, origin, by)
            except HomeserverRefused:
                await self._go(key)
                raise

    async def plumb(self, connector: Connector, info: ChatInfo, room_id: RoomID, by: UserID) -> Portal:
        """Join an existing room to a conversation. Rights were looked at by the caller."""
        key = PortalKey(connector.network, info.chat)
        async with self._plumbing, self._making.setdefault(key, asyncio.Lock()):
            if self._portals.by_key(key) is not None:
                raise NotAllowed(Phrase.of("plumb.taken", chat=info.name))
            if self._portals.in_room(room_id):
                raise NotAllowed(Phrase.of("plumb.room_taken"))
            return await self._store(connector, info, room_id, PortalOrigin.PLUMB, by)

    async def move(self, portal: Portal, room_id: RoomID) -> Portal:
        """The conversation goes on in another room (an upgrade). May be repeated at any point."""
        connector = self._networks.get(portal.key.network)
        if connector is not None:
            if portal.origin is not PortalOrigin.PLUMB:
                with _Courtesy("alias refused", room_id):
                    await self._homeserver.put_alias(self.alias_of(connector, portal.key.chat), room_id)
            with _Courtesy("bridge state refused", room_id):
                await self._homeserver.set_bridge_info(room_id, bridge_info(connector, portal))
        moved = await self._portals.move(portal, room_id, at=self._clock.now())
        relay = self._relay(connector)
        if relay is not None:
            self._tasks.spawn("members move", self._bring_members(relay, moved))
        return moved

    async def close(self, portal: Portal, reason: Phrase) -> None:
        """End a portal: its room is told, our users leave it; what was said stays in it.

        May be repeated at any point: the portal is there, but stopped, until all the rest is done.
        """
        room_id = portal.room_id
        if portal.state is PortalState.ACTIVE:
            portal = await self._portals.stop(portal, "portal.removed")
        await self._words.in_room(room_id, reason, occasion=f"end {portal.floor_at.isoformat()}")
        with _Courtesy("bridge state refused", room_id):
            await self._homeserver.set_bridge_info(room_id, None)
        connector = self._networks.get(portal.key.network)
        if portal.origin is not PortalOrigin.PLUMB and connector is not None:
            # The next wish for the address makes a new room; this one would stay silent.
            with _Courtesy("alias refused", room_id):
                await self._homeserver.drop_alias(self.alias_of(connector, portal.key.chat))
        await self.abandon(portal)
        if portal.origin is PortalOrigin.PLUMB or not await self._people(room_id):
            await self._leave(self._homeserver.bot, room_id)

    async def abandon(self, portal: Portal) -> None:
        """Forget a portal, whether or not its room is still ours to act in; our ghosts leave it."""
        with _Courtesy("members cannot be seen", portal.room_id):
            for user_id in sorted(await self._homeserver.our_members(portal.room_id)):
                if user_id != self._homeserver.bot:
                    await self._leave(user_id, portal.room_id)
        await self._portals.remove(portal)
        self._members.forget(portal.lane)
        await self._go(portal.key)

    async def _people(self, room_id: RoomID) -> bool:
        with _Courtesy("members cannot be seen", room_id):
            return bool(await self._homeserver.people(room_id))
        return True

    async def _leave(self, user_id: UserID, room_id: RoomID) -> None:
        with _Courtesy("leave refused", room_id):
            await self._homeserver.leave(user_id, room_id)

    async def _go(self, key: PortalKey) -> None:
        """Our relay has nothing to do in this conversation any longer."""
        relay = self._relay(self._networks.get(key.network))
        if relay is not None:
            await relay.leave(key.chat)

    async def _bring_members(self, relay: Login, portal: Portal) -> None:
        try:
            info = await relay.join(portal.key.chat)
        except (NetworkUnavailable, NotAllowed):
            return  # with the connection comes a new list of members
        self._members.snapshot(portal, info.members)

    # --------------------------------------------------------------------------------- parts

    def alias_of(self, connector: Connector, chat: ChatID) -> RoomAlias:
        return self._names.alias(connector.network, connector.chat_slug(chat))

    def _read_alias(self, alias: RoomAlias) -> tuple[Connector, ChatID]:
        """Of two networks whose names begin alike, the longer name is meant."""
        for connector in sorted(self._networks.all(), key=lambda each: -len(each.network)):
            slug = self._names.slug_of(alias, connector.network)
            if slug is not None:
                return connector, connector.parse_slug(slug)
        raise InvalidInput(Phrase.of("alias.not_ours", alias=alias))

    def _alias_allowed(self, connector: Connector, chat: ChatID) -> bool:
        name = f"{connector.network}/{connector.chat_name(chat)}".casefold()
        return any(fnmatchcase(name, pattern.casefold()) for pattern in self._alias_chats)

    @staticmethod
    def _relay(connector: Connector | None) -> Login | None:
        return connector.relay() if connector else None

    async def _join(self, connector: Connector, chat: ChatID, *, must_be_there: bool) -> ChatInfo:
        relay = self._relay(connector)
        if relay is None:
            raise NotAllowed(Phrase.of("network.no_relay", network=connector.network))
        try:
            return await relay.join(chat)
        except NetworkUnavailable:
            if must_be_there:
                await relay.leave(chat)  # the wish that is told to have failed must not come true later
                raise
            return ChatInfo(chat=chat, name=connector.chat_name(chat))

    async def _room(self, connector: Connector, info: ChatInfo) -> RoomID:
        """A new room behind the conversation's alias; one that a crash left without a portal is taken up.

        The homeserver is asked for the alias only when it exists: asking for one that does not would
        make it ask us for it, while we wait.
        """
        alias = self.alias_of(connector, info.chat)
        request = RoomRequest(
            alias_localpart=alias.removeprefix("#").partition(":")[0],
            name=info.name,
            topic=info.topic,
            public=not info.secret,
            listed=not info.secret,
        )
        try:
            return await self._homeserver.create_room(request, _PORTAL_POWER)
        except HomeserverRefused as error:
            if error.code != "M_ROOM_IN_USE":
                raise
        known = await self._homeserver.resolve_alias(alias)
        if known is None:
            raise HomeserverUnavailable(Phrase.of("alias.vanished", alias=alias))
        if await self._is_usable(known):
            return known
        await self._homeserver.drop_alias(alias)
        return await self._homeserver.create_room(request, _PORTAL_POWER)

    async def _is_usable(self, room_id: RoomID) -> bool:
        """Whether a room can become a portal: we may be in it, it goes on, and it can be read."""
        if self._portals.in_room(room_id):
            return False
        with _Courtesy("room behind alias is closed to us", room_id):
            await self._homeserver.ensure_joined(self._homeserver.bot, room_id)
            if await self._homeserver.tombstone(room_id) is not None:
                return False
            return not await self._homeserver.is_encrypted(room_id)
        return False

    async def _store(
        self,
        connector: Connector,
        info: ChatInfo,
        room_id: RoomID,
        origin: PortalOrigin,
        by: UserID | None,
    ) -> Portal:
        wanted = Portal(
            lane=LaneID(0),
            key=PortalKey(connector.network, info.chat),
            room_id=room_id,
            origin=origin,
            name=info.name,
            created_by=by,
            floor_at=self._clock.now(),
        )
        with _Courtesy("bridge state refused", room_id):
            await self._homeserver.set_bridge_info(room_id, bridge_info(connector, wanted))
        portal = await self._portals.create(wanted)
        log.info("portal created", portal=portal.key.chat, network=connector.network, room_id=room_id)
        self._members.snapshot(portal, info.members)
        return portal


@frozen
class _Courtesy:
    """Around what is good to have, and no reason to stop where the homeserver refuses it."""

    what: str
    room_id: RoomID

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, HomeserverRefused):
            return False
        log.warning(self.what, room_id=self.room_id, error=str(error))
        return True


def bridge_info(connector: Connector, portal: Portal) -> BridgeInfo:
    return BridgeInfo(
        creator=portal.created_by,
        protocol_id=connector.protocol_id,
        protocol_name=connector.protocol_id.upper(),
        network_id=connector.network,
        network_name=connector.display_name,
        channel_id=connector.chat_slug(portal.key.chat),
        channel_name=connector.chat_name(portal.key.chat),
    )
