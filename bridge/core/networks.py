"""The networks that are running now, and who speaks where."""

from bridge.api.network import Connector, Login
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import LoginID, NetworkName, PortalKey, UserID


class Networks:
    """Connectors by name. Those that failed at their start are simply not here."""

    def __init__(self) -> None:
        self._connectors: dict[NetworkName, Connector] = {}

    def add(self, connector: Connector) -> None:
        self._connectors[connector.network] = connector

    def remove(self, network: NetworkName) -> None:
        self._connectors.pop(network, None)

    def all(self) -> tuple[Connector, ...]:
        return tuple(self._connectors.values())

    def get(self, network: NetworkName) -> Connector | None:
        return self._connectors.get(network)

    def named(self, typed: str) -> Connector:
        """What a person typed. Raises ``InvalidInput`` that lists the names there are."""
        for connector in self._connectors.values():
            if connector.network.casefold() == typed.casefold():
                return connector
        known = ", ".join(sorted(self._connectors)) or "-"
        raise InvalidInput(Phrase.of("network.unknown", name=typed, known=known))

    def owner_of(self, login: LoginID) -> Connector | None:
        for connector in self._connectors.values():
            if any(each.id == login for each in connector.logins()):
                return connector
        return None

    def is_relay(self, login: LoginID) -> bool:
        connector = self.owner_of(login)
        relay = connector.relay() if connector else None
        return relay is not None and relay.id == login

    def speaker_for(self, key: PortalKey, user_id: UserID) -> Login | None:
        """The login that speaks for a person in a conversation: the relay, for all, so far."""
        connector = self._connectors.get(key.network)
        return connector.relay() if connector else None
