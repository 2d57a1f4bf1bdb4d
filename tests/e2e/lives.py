"""A bridge in a process of its own, with several lives, and the keeper of its connections."""

import asyncio
import contextlib
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Mapping

from attrs import define

from bridge.testing.irc_client import IrcClient
from bridge.testing.keepers import end_keeper
from bridge.testing.matrix_client import MatrixRefusedError, MatrixUser
from bridge.testing.servers import InspIRCd, Ngircd, Synapse
from tests.e2e.stack import RELAY_NICK, Place, irc_network, synapse_for, write_config

PATIENCE_S = 60.0


@define
class Lives:
    """One bridge, life after life."""

    place: Place
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        assert self.process is None
        command = [sys.executable, "-m", "bridge", "run", "--config", str(self.place.config)]
        with (self.place.folder / "bridge.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)

    async def end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        process, self.process = self.process, None
        if process is not None:
            if process.returncode is None:
                process.send_signal(number)
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()


@define
class Ground:
    """All that the lives of a bridge stand upon."""

    place: Place
    synapse: Synapse
    servers: Mapping[str, InspIRCd | Ngircd]
    lives: Lives


@contextlib.asynccontextmanager
async def ground(place: Place) -> AsyncIterator[Ground]:
    """Servers, and a bridge that is started; all of it is gone in the end."""
    async with contextlib.AsyncExitStack() as running:
        servers: dict[str, InspIRCd | Ngircd] = {"insp": InspIRCd(), "ng": Ngircd()}
        for server in servers.values():
            await running.enter_async_context(server)
        synapse = await running.enter_async_context(synapse_for(place))
        networks = {name: irc_network(server) for name, server in servers.items()}
        write_config(place, synapse.url, networks, keeper=True)
        lives = Lives(place)
        running.push_async_callback(end_keeper, place.folder)
        running.push_async_callback(lives.end, signal.SIGKILL)
        await lives.start()
        yield Ground(place, synapse, servers, lives)


@define
class Scene:
    """Ann on IRC and Alice on Matrix in a room of their own."""

    ground: Ground
    network: str
    channel: str
    ann: IrcClient
    alice: MatrixUser
    room: str

    def heard_on_matrix(self, word: str) -> list[str]:
        ghost = f"@_trunkline_{self.network}_{self.ann.nick}:localhost"
        return [text for text in self.alice.messages(self.room, sender=ghost) if text.startswith(word)]

    def heard_on_irc(self, word: str) -> list[str]:
        texts = (text.partition("> ")[2] for text in self.ann.messages(self.channel))
        return [text for text in texts if text.startswith(word)]

    def notices_of_the_bridge(self) -> list[str]:
        return self.alice.messages(self.room, sender="@trunkline:localhost")

    def comings_and_goings(self) -> list[str]:
        """What Ann saw the relay do beside speaking."""
        return [
            str(line)
            for line in self.ann.lines
            if line.source.startswith(RELAY_NICK) and line.command in ("JOIN", "PART", "QUIT", "NICK")
        ]

    async def crosses(self) -> None:
        word = secrets.token_hex(4)
        await self.alice.say(self.room, f"from alice {word}")
        await self.ann.wait_for_text(f"from alice {word}", timeout_s=PATIENCE_S)
        self.ann.say(self.channel, f"from ann {word}")
        await self.alice.wait_for_message(f"from ann {word}", timeout_s=PATIENCE_S)


@contextlib.asynccontextmanager
async def scene(ground: Ground, network: str) -> AsyncIterator[Scene]:
    ending = secrets.token_hex(3)
    server = ground.servers[network]
    ann = await IrcClient(f"ann{ending}").connect(server.host, server.port)
    await ann.join(f"#k{ending}")
    await ground.synapse.register_user(f"alice-{ending}")
    alice = await MatrixUser(ground.synapse.url, f"@alice-{ending}:localhost").login()
    try:
        room = await _enter(alice, f"#_trunkline_{network}_k{ending}:localhost")
        made = Scene(ground, network, f"#k{ending}", ann, alice, room)
        await made.crosses()
        yield made
    finally:
        await ann.close()
        await alice.close()


async def _enter(alice: MatrixUser, alias: str) -> str:
    """Join a room as soon as the bridge is there to make it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await alice.join(alias)
            except MatrixRefusedError:
                await asyncio.sleep(0.5)


class Chatter:
    """Ann and Alice talk on, each at her own steady pace, whatever becomes of the bridge."""

    def __init__(self, scene: Scene, *, ann_s: float = 0.25, alice_s: float = 0.5) -> None:
        self.said_on_irc: list[str] = []
        self.said_on_matrix: list[str] = []
        self._scene = scene
        self._pace_s = (ann_s, alice_s)
        self._spoken = asyncio.Event()
        self._over = False

    async def lines(self, count: int) -> None:
        """Wait until Ann has said that many more."""
        wanted = len(self.said_on_irc) + count
        while len(self.said_on_irc) < wanted:
            self._spoken.clear()
            await self._spoken.wait()

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Talk until the end of the block, and wait until the last of all is heard on the other side."""
        talking = [asyncio.create_task(self._ann()), asyncio.create_task(self._alice())]
        try:
            yield
        finally:
            self._over = True
            await asyncio.gather(*talking)
        await self._scene.alice.wait_for_message(self.said_on_irc[-1], timeout_s=PATIENCE_S)
        await self._scene.ann.wait_for_text(self.said_on_matrix[-1], timeout_s=PATIENCE_S)

    async def _ann(self) -> None:
        while not self._over:
            self.said_on_irc.append(f"line {len(self.said_on_irc):04}")
            self._scene.ann.say(self._scene.channel, self.said_on_irc[-1])
            self._spoken.set()
            await asyncio.sleep(self._pace_s[0])

    async def _alice(self) -> None:
        while not self._over:
            self.said_on_matrix.append(f"word {len(self.said_on_matrix):04}")
            await self._scene.alice.say(self._scene.room, self.said_on_matrix[-1])
            await asyncio.sleep(self._pace_s[1])
