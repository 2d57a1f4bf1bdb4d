"""Makes portals and ends them: by alias, command, configuration, or into a room that exists (plumb)."""

import asyncio
from fnmatch import fnmatchcase

import structlog

from bridge.api.network import ChatInfo, ConfiguresChats, Connector, Login
from bridge.core.members import Members
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver, Tasks
from bridge.core.words import Words
from bridge.model.errors import (
    BridgeError,
    HomeserverRefused,
    HomeserverUnavailable,
    InvalidInput,
    NetworkUnavailable,
    NotAllowed,
    Phrase,
    Unavailable,
)
from bridge.model.ids import ChatID, LaneID, PortalKey, RoomAlias, RoomID, UserID
from bridge.model.namespace import Namespace
from bridge.model.outgoing import BridgeInfo, RoomRequest
from bridge.model.portals import Portal, PortalOrigin

log = structlog.get_logger(__name__)

_PORTAL_POWER = {"m.room.topic": 50, "m.room.encryption": 100}
_RETRY_S = 10.0


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
            room_id = await self._room(connector, info)
            return await self._store(connector, info, room_id, origin, by)

    async def plumb(self, connector: Connector, info: ChatInfo, room_id: RoomID, by: UserID) -> Portal:
        """Join an existing room to a conversation. Rights were looked at by the caller."""
        key = PortalKey(connector.network, info.chat)
        async with self._making.setdefault(key, asyncio.Lock()):
            known = self._portals.by_key(key)
            if known is not None:
                raise NotAllowed(Phrase.of("plumb.taken", chat=info.name))
            return await self._store(connector, info, room_id, PortalOrigin.PLUMB, by)

    async def close(self, portal: Portal, reason: Phrase) -> None:
        """End a portal: both sides are told, our users leave the room; what was said stays in it."""
        await self._words.in_room(portal.room_id, reason, occasion=str(self._clock.now()))
        await self.abandon(portal)
        await self._homeserver.set_bridge_info(portal.room_id, None)
        for user_id in sorted(await self._homeserver.our_members(portal.room_id)):
            if user_id != self._homeserver.bot:
                await self._homeserver.leave(user_id, portal.room_id)
        if portal.origin is PortalOrigin.PLUMB:
            await self._homeserver.leave(self._homeserver.bot, portal.room_id)

    async def abandon(self, portal: Portal) -> None:
        """Forget a portal whose room is no longer ours to act in."""
        await self._portals.remove(portal)
        self._members.forget(portal.lane)
        relay = self._relay(self._networks.get(portal.key.network))
        if relay is not None:
            await relay.leave(portal.key.chat)

    # --------------------------------------------------------------------------------- start

    async def attend(self, connector: Connector) -> None:
        """After a network's start: be in the conversations of all its portals and of its configuration."""
        relay = self._relay(connector)
        for portal in self._portals.of_network(connector.network):
            if relay is not None:
                self._tasks.spawn("attend", self._attend(relay, portal))
        if isinstance(connector, ConfiguresChats):
            for chat in connector.configured_chats():
                if self._portals.by_key(PortalKey(connector.network, chat)) is None:
                    self._tasks.spawn("configured chat", self._configured(connector, chat))

    async def _attend(self, relay: Login, portal: Portal) -> None:
        try:
            await relay.join(portal.key.chat)
        except NetworkUnavailable:
            return  # the wish is kept by the login
        except NotAllowed as error:
            log.warning("conversation refused", chat=portal.key.chat, reason=str(error))
            await self._words.in_room(portal.room_id, error.reason, occasion=self._clock.now().isoformat())

    async def _configured(self, connector: Connector, chat: ChatID) -> None:
        """Until it is done or refused: a homeserver or network that is away is waited for."""
        while self._networks.get(connector.network) is connector:
            try:
                await self.open(connector, chat, PortalOrigin.CONFIG)
                return
            except Unavailable as error:
                log.info("configured chat waits", chat=chat, reason=str(error))
                await self._clock.sleep(_RETRY_S)
            except BridgeError as error:
                log.error("configured chat refused", chat=chat, reason=str(error))
                return

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
        await self._homeserver.ensure_joined(self._homeserver.bot, known)
        return known

    async def _store(
        self,
        connector: Connector,
        info: ChatInfo,
        room_id: RoomID,
        origin: PortalOrigin,
        by: UserID | None,
    ) -> Portal:
        portal = await self._portals.create(
            Portal(
                lane=LaneID(0),
                key=PortalKey(connector.network, info.chat),
                room_id=room_id,
                origin=origin,
                name=info.name,
                created_by=by,
                floor_at=self._clock.now(),
            )
        )
        log.info("portal created", portal=portal.key.chat, network=connector.network, room_id=room_id)
        try:
            await self._homeserver.set_bridge_info(room_id, bridge_info(connector, portal))
        except HomeserverRefused as error:
            log.warning("bridge state refused", room_id=room_id, error=str(error))
        await self._members.snapshot(portal, info.members)
        return portal


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
