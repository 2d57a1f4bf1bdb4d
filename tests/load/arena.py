"""The ground of the comparison: homeserver, IRC server, both bridges, and the people on both sides."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from attrs import field, frozen

from bridge.testing.servers import Ngircd, Synapse
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.load.contestants import Contestant, Heisenbridge, HeisenbridgeContestant, trunkline_on
from tests.load.irc_people import IrcPerson
from tests.load.matrix_person import MatrixPerson, Message
from tests.load.stats import Arrived, tokens

SENDERS: Final = 20


@frozen
class Heard:
    """What arrived on either side since the last scenario began."""

    matrix: list[Arrived] = field(factory=list)
    irc: list[Arrived] = field(factory=list)

    def on_matrix(self, message: Message) -> None:
        self.matrix.extend(Arrived(one, message.at, message.event_id) for one in tokens(message.body))

    def on_irc(self, line: str, at: float) -> None:
        self.irc.extend(Arrived(one, at, line) for one in tokens(line))


@frozen
class Arena:
    """Those who speak and listen on both sides."""

    synapse: Synapse
    contestants: Sequence[Contestant]
    person: MatrixPerson
    heard: Heard
    senders: Sequence[IrcPerson] = field(
        factory=lambda: [IrcPerson(f"sender{number}") for number in range(SENDERS)]
    )


@asynccontextmanager
async def running_arena(only: str = "") -> AsyncIterator[Arena]:
    """Start everything but the bridges, which whoever measures starts. ``only``: part of a bridge's name."""
    async with AsyncExitStack() as running:
        ngircd = await running.enter_async_context(Ngircd())
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        trunkline = trunkline_on(ngircd, url)
        heisenbridge = HeisenbridgeContestant(Heisenbridge(url, "@owner:localhost"), ngircd)
        synapse = Synapse([trunkline.process.place.registration, heisenbridge.process.registration])
        # The registrations' bridges had to know the port before.
        synapse.port = port
        for program in (trunkline.process, heisenbridge.process):
            running.callback(program.discard)
        await running.enter_async_context(synapse)
        both: list[Contestant] = [trunkline, heisenbridge]
        chosen = [one for one in both if only in one.name.lower()]
        heard = Heard()
        token = await synapse.register_user("owner")
        person = MatrixPerson(url, synapse.user_id("owner"), token, heard.on_matrix)
        await running.enter_async_context(person)
        arena = Arena(synapse, chosen, person, heard)
        channels = [channel for one in chosen for channel in one.channels]
        for each in (IrcPerson("listener", heard.on_irc), *arena.senders):
            await each.connect(ngircd.host, ngircd.port)
            running.callback(each.close)
            await each.join(channels)
        yield arena
