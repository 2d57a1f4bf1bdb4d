"""A stack of which every part may be stopped, killed and started again."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping

from attrs import define
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bridge.app.bridge import Bridge
from bridge.app.settings import load_settings
from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.received import Received
from bridge.testing.servers import InspIRCd, Ngircd, Synapse
from tests.e2e.gate import Gate
from tests.e2e.stack import BOT, Place, irc_network, synapse_for, write_config
from tests.e2e.talkers import answer_to, status_of

CONFIGURED = "#configured"
UNCERTAIN = "m.bridge_unavailable"
"""The reason in a status when nobody knows whether the message arrived."""


@define
class Shaky:
    """A bridge with a channel of its configuration and without a public address.

    It reaches each IRC server through a gate; people connect to the server itself.
    """

    place: Place
    synapse: Synapse
    servers: Mapping[str, InspIRCd | Ngircd]
    gates: Mapping[str, Gate]
    bridge: Bridge | None = None

    async def start_bridge(self) -> Bridge:
        self.bridge = Bridge(load_settings(self.place.config, {}), self.place.folder)
        await self.bridge.start()
        return self.bridge

    async def stop_bridge(self) -> None:
        bridge, self.bridge = self.bridge, None
        if bridge is not None:
            await bridge.stop()


@define
class Scene:
    """Ann on IRC and Alice on Matrix, in a channel of their own."""

    shaky: Shaky
    network: str
    channel: str
    ann: IrcClient
    alice: MatrixUser
    room: str
    desk: str

    @property
    def name(self) -> str:
        return self.alice.user_id[1:].partition(":")[0]

    async def crosses(self) -> None:
        """Both ways work."""
        word = secrets.token_hex(4)
        await self.alice.say(self.room, f"from alice {word}")
        await self.ann.wait_for_text(f"from alice {word}")
        self.ann.say(self.channel, f"from ann {word}")
        await self.alice.wait_for_message(f"from ann {word}")

    async def ann_returns(self) -> None:
        """Ann's server was away: she connects anew, with nothing received yet."""
        await self.ann.close()
        server = self.shaky.servers[self.network]
        self.ann = await IrcClient(f"{self.ann.nick}b").connect(server.host, server.port)
        await self.ann.join(self.channel)

    def heard_on_irc(self) -> list[str]:
        return [text.partition("> ")[2] for text in self.ann.messages(self.channel)]

    def heard_on_matrix(self) -> list[str]:
        ghost = f"@_trunkline_{self.network}_{self.ann.nick}:localhost"
        return self.alice.messages(self.room, sender=ghost)

    async def lines_arrived_or_were_doubted(self, lines: Mapping[str, str]) -> None:
        """Each line (by the event it is of) was heard once in order, or Alice is told: nobody knows.

        Called when a later line has been heard, so that nothing of these is still to come.
        """
        heard = [text for text in self.heard_on_irc() if text in lines]
        assert heard == [line for line in lines if line in heard]
        for line in lines.keys() - set(heard):
            status = (await status_of(self.alice, lines[line])).content
            assert (line, status["reason"]) == (line, UNCERTAIN)

    async def ask(self, words: str) -> str:
        return (await answer_to(self.alice, await self.alice.say(self.desk, words))).body


@contextlib.contextmanager
def homeserver_news() -> Iterator[Received[str]]:
    """What the bridge says about its homeserver from now on, by the keys of the sentences."""
    news: Received[str] = Received()

    def keep(_logger: object, _method: str, line: EventDict) -> EventDict:
        if "news" in line:
            news.append(line["news"])
        return line

    with capture_logs([keep]):
        yield news


@contextlib.asynccontextmanager
async def shaky_stack(place: Place) -> AsyncIterator[Shaky]:
    async with contextlib.AsyncExitStack() as running:
        servers: dict[str, InspIRCd | Ngircd] = {"insp": InspIRCd(), "ng": Ngircd()}
        gates: dict[str, Gate] = {}
        for name, server in servers.items():
            await running.enter_async_context(server)
            gates[name] = await running.enter_async_context(Gate(server.port))
        synapse = await running.enter_async_context(synapse_for(place))
        networks = {
            name: irc_network(gate, ping_timeout_s=10, channels=[CONFIGURED]) for name, gate in gates.items()
        }
        write_config(place, synapse.url, networks, public=False)
        shaky = Shaky(place, synapse, servers, gates)
        running.push_async_callback(shaky.stop_bridge)
        await shaky.start_bridge()
        yield shaky


@contextlib.asynccontextmanager
async def scene(shaky: Shaky, network: str) -> AsyncIterator[Scene]:
    ending = secrets.token_hex(3)
    server = shaky.servers[network]
    ann = await IrcClient(f"ann{ending}").connect(server.host, server.port)
    await ann.join(f"#s{ending}")
    await shaky.synapse.register_user(f"alice-{ending}")
    alice = await MatrixUser(shaky.synapse.url, f"@alice-{ending}:localhost").login()
    room = await alice.join(f"#_trunkline_{network}_s{ending}:localhost")
    desk = await alice.create_room(is_direct=True, invite=[BOT], preset="trusted_private_chat")
    await alice.wait_for_message("Hello!", room_id=desk)
    made = Scene(shaky, network, f"#s{ending}", ann, alice, room, desk)
    try:
        await made.crosses()
        yield made
    finally:
        await made.ann.close()
        await alice.close()
