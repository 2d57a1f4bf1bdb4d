"""Which network, conversation or portal a person means."""

from collections.abc import Mapping

from bridge.actions.action import Caller
from bridge.api.network import Connector
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import ChatID
from bridge.model.portals import Portal


class Which:
    """Reads names as people give them. With one network only its name may be left out."""

    def __init__(self, networks: Networks, portals: Portals) -> None:
        self._networks = networks
        self._portals = portals

    def network(self, typed: str) -> Connector:
        return self._networks.named(typed)

    def is_network(self, typed: str) -> bool:
        return any(each.network.casefold() == typed.casefold() for each in self._networks.all())

    def chat(self, arguments: Mapping[str, str]) -> tuple[Connector, ChatID]:
        """Raises ``InvalidInput`` that says what was wanted."""
        connector = self._connector(arguments.get("network"))
        return connector, connector.parse_chat(arguments["chat"])

    def portal_here(self, caller: Caller) -> Portal:
        """The portal of the room in which the caller speaks. Raises ``InvalidInput``."""
        portals = self._portals.in_room(caller.room_id) if caller.room_id else ()
        if not portals:
            raise InvalidInput(Phrase.of("portal.not_here"))
        return portals[0]

    def _connector(self, typed: str | None) -> Connector:
        if typed is not None:
            return self._networks.named(typed)
        running = self._networks.all()
        if len(running) == 1:
            return running[0]
        known = ", ".join(sorted(each.network for each in running)) or "-"
        raise InvalidInput(Phrase.of("network.which", known=known))
