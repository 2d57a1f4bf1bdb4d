"""A netsplit, with and without batches, as the core is told of it."""

from random import Random

import pytest

from bridge.model.ids import NetworkName
from bridge.model.remote_events import RemoteJoin, RemoteLeave
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import make_connector
from bridge.networks.irc.tests.driver import CHANNEL
from bridge.networks.irc.tests.test_login import LOBBY
from bridge.testing.irc_client import IrcClient
from bridge.testing.irc_servers import PlaygroundServer, Settings
from bridge.testing.network_kit import RealClock, RecordingHost


@pytest.mark.parametrize("capabilities", [None, frozenset[str]()], ids=["with batches", "without"])
async def test_a_netsplit_names_its_servers_and_its_healing_brings_all_back(
    capabilities: frozenset[str] | None,
) -> None:
    async with PlaygroundServer(Settings(capabilities=capabilities)) as server:
        people = [await IrcClient(f"n{number}").connect(server.host, server.port) for number in range(3)]
        for person in people:
            await person.join(CHANNEL)
        config = IrcConfig(host=server.host, port=server.port, tls=False, flood_rate=0)
        connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
        host = RecordingHost()
        await connector.start(host)
        relay = connector.relay()
        relay.client.want(CHANNEL)
        await host.until(lambda: (relay.id, LOBBY) in host.seen)

        split = server.split("n0", "n1", "n2")
        left = await host.until_emitted(RemoteLeave, 3)
        server.heal(split)
        back = await host.until_emitted(RemoteJoin, 3)

        await connector.stop()
        for person in people:
            await person.close()
    assert {event.split for event in left} == {"hub.example leaf.example"}
    assert {event.sender.id for event in back} == {event.user.id for event in left} == {"n0", "n1", "n2"}
