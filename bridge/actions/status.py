"""The action that tells how the bridge fares."""

from collections.abc import Mapping

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.model.errors import Phrase
from bridge.model.portals import Portal, PortalState
from bridge.model.statuses import LoginHealth

_HEALTH = {
    LoginHealth.CONNECTING: "status.connecting",
    LoginHealth.CONNECTED: "status.connected",
    LoginHealth.DISCONNECTED: "status.disconnected",
    LoginHealth.REFUSED: "status.refused",
    LoginHealth.STOPPED: "status.stopped",
}


class Status:
    """The health of each network, and of this room's portal."""

    spec = specs.STATUS

    def __init__(self, networks: Networks, portals: Portals) -> None:
        self._networks = networks
        self._portals = portals

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        lines: list[Phrase] = []
        for portal in self._portals.in_room(caller.room_id) if caller.room_id else ():
            lines += self._portal(portal)
        for connector in self._networks.all():
            count = len(self._portals.of_network(connector.network))
            for login in connector.logins():
                key = _HEALTH[login.state.health]
                name = login.own_name or "-"
                lines.append(Phrase.of(key, network=connector.network, name=name, count=count))
                if login.state.reason is not None and login.state.health is not LoginHealth.CONNECTED:
                    lines.append(login.state.reason)
        return lines or [Phrase.of("status.no_networks")]

    @staticmethod
    def _portal(portal: Portal) -> list[Phrase]:
        if portal.state is PortalState.STOPPED:
            return [
                Phrase.of("status.portal_stopped", chat=portal.name),
                Phrase.of(portal.stop_key or "portal.stopped"),
            ]
        return [Phrase.of("status.portal", chat=portal.name, network=portal.key.network)]
