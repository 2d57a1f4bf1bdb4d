"""Answers the homeserver about aliases and users of ours, and where remote chats are."""

from collections.abc import Mapping, Sequence

import structlog
from attrs import frozen

from bridge.api.network import Connector
from bridge.app.heart import Heart
from bridge.matrix.ports import Json
from bridge.model.errors import BridgeError, Rejected, Unavailable
from bridge.model.ids import ChatID, RoomAlias, UserID
from bridge.model.outgoing import GhostProfile

log = structlog.get_logger(__name__)


@frozen
class Directory:
    """Implements ``RoomQuery``, ``UserQuery`` and ``ThirdParty`` of ``bridge.matrix.ports``."""

    heart: Heart

    async def alias_wanted(self, alias: RoomAlias) -> bool:
        """Raises ``Unavailable``, which is no answer: the homeserver may ask again."""
        try:
            await self.heart.rooms.by_alias(alias)
        except Unavailable:
            raise
        except BridgeError as error:
            log.info("alias refused", alias=alias, reason=str(error))
            return False
        return True

    async def user_wanted(self, user_id: UserID) -> bool:
        """Only ghosts that we made; a name nobody has yet stands for nobody."""
        ghost = await self.heart.ghosts.by_user(user_id)
        if ghost is None:
            return False
        profile = GhostProfile(display_name=ghost.display_name)
        await self.heart.outside.homeserver.ensure_ghost(user_id, profile)
        return True

    async def protocol(self, name: str) -> Json | None:
        connectors = [each for each in self.heart.networks.all() if each.protocol_id == name]
        if not connectors:
            return None
        return {
            "user_fields": ["network", "nick"],
            "location_fields": ["network", "channel"],
            "icon": "",
            "field_types": {
                field: {"regexp": r"[^\s]+", "placeholder": field} for field in ("network", "nick", "channel")
            },
            "instances": [
                {
                    "desc": each.display_name,
                    "network_id": each.network,
                    "fields": {"network": each.network},
                }
                for each in connectors
            ],
        }

    async def locations(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        found: list[Json] = []
        for connector in self.heart.networks.all():
            if connector.protocol_id == protocol and fields.get("network", connector.network) == (
                connector.network
            ):
                found += self._location(connector, fields.get("channel", ""))
        return found

    def _location(self, connector: Connector, typed: str) -> list[Json]:
        try:
            chat = connector.parse_chat(typed)
        except Rejected:
            return []
        return [self._place(connector, chat)]

    def _place(self, connector: Connector, chat: ChatID) -> Json:
        return {
            "alias": self.heart.rooms.alias_of(connector, chat),
            "protocol": connector.protocol_id,
            "fields": {"network": connector.network, "channel": connector.chat_name(chat)},
        }

    async def users(self, protocol: str, fields: Mapping[str, str]) -> Sequence[Json]:
        return []  # people are found by their speaking, so far

    async def locations_of(self, alias: RoomAlias) -> Sequence[Json]:
        for portal in self.heart.portals.all():
            connector = self.heart.networks.get(portal.key.network)
            if connector and self.heart.rooms.alias_of(connector, portal.key.chat) == alias:
                return [self._place(connector, portal.key.chat)]
        return []

    async def users_of(self, user_id: UserID) -> Sequence[Json]:
        ghost = await self.heart.ghosts.by_user(user_id)
        if ghost is None:
            return []
        connector = self.heart.networks.get(ghost.network)
        fields = {"network": ghost.network, "nick": ghost.display_name}
        return [{"userid": user_id, "protocol": connector.protocol_id if connector else "", "fields": fields}]
