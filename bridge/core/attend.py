"""Is in the conversations of all portals after a network's start, and opens those of the configuration."""

import structlog

from bridge.api.network import ConfiguresChats, Connector, Login
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Tasks
from bridge.core.rooms import Rooms
from bridge.core.words import Words
from bridge.model.errors import BridgeError, NetworkUnavailable, NotAllowed, Phrase, Unavailable
from bridge.model.ids import ChatID, PortalKey, RoomID
from bridge.model.portals import Portal, PortalOrigin, PortalState

log = structlog.get_logger(__name__)

_RETRY_S = 10.0


class Attendance:
    def __init__(
        self,
        *,
        networks: Networks,
        portals: Portals,
        rooms: Rooms,
        words: Words,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._networks = networks
        self._portals = portals
        self._rooms = rooms
        self._words = words
        self._clock = clock
        self._tasks = tasks

    def begin(self, connector: Connector) -> None:
        """Be in the conversations of a network's portals. Needs no homeserver: what is heard is kept."""
        relay = connector.relay()
        for portal in self._portals.of_network(connector.network):
            if relay is not None and portal.state is PortalState.ACTIVE:
                self._tasks.spawn("attend", self._attend(relay, portal))

    def open_configured(self, connector: Connector) -> None:
        """Make the rooms of the configuration that are not there yet. Needs a homeserver that knows us."""
        if isinstance(connector, ConfiguresChats):
            for chat in connector.configured_chats():
                if self._portals.by_key(PortalKey(connector.network, chat)) is None:
                    self._tasks.spawn("configured chat", self._open(connector, chat))

    async def _attend(self, relay: Login, portal: Portal) -> None:
        try:
            await relay.join(portal.key.chat)
        except NetworkUnavailable:
            return  # the wish is kept by the login
        except NotAllowed as error:
            log.warning("conversation refused", chat=portal.key.chat, reason=str(error))
            await self._say(portal.room_id, error.reason)

    async def _say(self, room_id: RoomID, reason: Phrase) -> None:
        occasion = self._clock.now().isoformat()
        while True:
            try:
                await self._words.in_room(room_id, reason, occasion=occasion)
                return
            except Unavailable:
                await self._clock.sleep(_RETRY_S)

    async def _open(self, connector: Connector, chat: ChatID) -> None:
        """Until it is done or refused: a homeserver or network that is away is waited for."""
        while self._networks.get(connector.network) is connector:
            try:
                await self._rooms.open(connector, chat, PortalOrigin.CONFIG)
                return
            except Unavailable as error:
                log.info("configured chat waits", chat=chat, reason=str(error))
                await self._clock.sleep(_RETRY_S)
            except BridgeError as error:
                log.error("configured chat refused", chat=chat, reason=str(error))
                return
