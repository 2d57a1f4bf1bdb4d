"""Actions on remote conversations: join, leave, list."""

from collections.abc import Mapping
from typing import Final

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.which import Which
from bridge.api.network import Connector, ListsChats
from bridge.core.portals import Portals
from bridge.core.ports import Homeserver
from bridge.core.rooms import Rooms
from bridge.model.errors import InvalidInput, NotAllowed, Phrase
from bridge.model.ids import PortalKey
from bridge.model.portals import Portal, PortalOrigin

_LISTED: Final = 20
"""How many conversations one answer shows."""


class Join:
    """Gives the caller a room for a remote conversation."""

    spec = specs.JOIN

    def __init__(self, which: Which, rooms: Rooms, homeserver: Homeserver) -> None:
        self._which = which
        self._rooms = rooms
        self._homeserver = homeserver

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        connector, chat = self._which.chat(arguments)
        portal = await self._rooms.open(connector, chat, PortalOrigin.COMMAND, caller.user_id)
        await self._homeserver.invite(portal.room_id, caller.user_id)
        alias = self._rooms.alias_of(connector, chat)
        return [Phrase.of("join.done", chat=portal.name, alias=alias)]


class Leave:
    """Takes the caller out of a portal; with the last person it ends."""

    spec = specs.LEAVE

    def __init__(self, which: Which, portals: Portals, homeserver: Homeserver) -> None:
        self._which = which
        self._portals = portals
        self._homeserver = homeserver

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        portal = self._portal(caller, arguments)
        if portal.origin is PortalOrigin.PLUMB:
            raise NotAllowed(Phrase.of("leave.plumbed"))
        if not await self._homeserver.is_joined(portal.room_id, caller.user_id):
            raise InvalidInput(Phrase.of("leave.not_there", chat=portal.name))
        await self._homeserver.kick(portal.room_id, caller.user_id)
        return [Phrase.of("leave.done", chat=portal.name)]

    def _portal(self, caller: Caller, arguments: Mapping[str, str]) -> Portal:
        if "chat" not in arguments:
            return self._which.portal_here(caller)
        connector, chat = self._which.chat(arguments)
        portal = self._portals.by_key(PortalKey(connector.network, chat))
        if portal is None:
            raise InvalidInput(Phrase.of("portal.none", chat=connector.chat_name(chat)))
        return portal


class List:
    """Shows the conversations that have rooms, or, for a network, those that can be joined."""

    spec = specs.LIST

    def __init__(self, which: Which, portals: Portals, rooms: Rooms) -> None:
        self._which = which
        self._portals = portals
        self._rooms = rooms

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        if "network" not in arguments:
            return self._portal_list()
        connector = self._which.network(arguments["network"])
        return await self._directory(connector, arguments.get("query"))

    def _portal_list(self) -> Answer:
        portals = sorted(self._portals.all(), key=lambda portal: (portal.key.network, portal.name))
        if not portals:
            return [Phrase.of("list.no_portals")]
        shown = [
            Phrase.of("list.portal", network=portal.key.network, chat=portal.name, room=portal.room_id)
            for portal in portals[:_LISTED]
        ]
        return [Phrase.of("list.portals", count=len(portals)), *shown]

    async def _directory(self, connector: Connector, query: str | None) -> Answer:
        relay = connector.relay()
        if relay is None or not isinstance(relay, ListsChats):
            raise InvalidInput(Phrase.of("list.no_directory", network=connector.network))
        found = await relay.list_chats(query, _LISTED)
        if not found:
            return [Phrase.of("list.nothing", network=connector.network)]
        return [
            Phrase.of("list.directory", network=connector.network),
            *(
                Phrase.of("list.chat", chat=each.name, people=each.member_count, topic=each.topic or "")
                for each in found
            ),
        ]
