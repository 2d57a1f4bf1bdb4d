"""Everything that runs in one stretch of rounds: servers, gates, proxies, the bridge, and the people."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Final

from attrs import define, field

from bridge.testing.servers import InspIRCd, Ngircd, Postgres, Synapse
from bridge.testing.servers.ports import free_port
from tests.chaos.bridges import Bridge
from tests.chaos.irc_person import IrcPerson
from tests.chaos.matrix_person import MatrixPerson
from tests.chaos.proxy import Proxy
from tests.chaos.record import Book, Place
from tests.chaos.witness import Witness
from tests.e2e.gate import Gate

CHANNELS: Final = ("#one", "#two")
MATRIX_PEOPLE: Final = ("alice", "bob")
IRC_PEOPLE: Final = ("ann", "ben")
EAR: Final = "ear"
_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.1

Server = InspIRCd | Ngircd


@define
class Stack:
    """``ports``: where people reach the IRC servers; the bridge goes through the gates."""

    bridge: Bridge
    synapse: Synapse
    postgres: Postgres | None
    servers: Mapping[str, Server]
    gates: Mapping[str, Gate]
    road_out: Proxy
    """From the bridge to the homeserver."""
    road_in: Proxy
    book: Book
    witness: Witness
    dice: Random
    rooms: dict[Place, str]
    matrix_people: list[MatrixPerson] = field(factory=list)
    irc_people: list[IrcPerson] = field(factory=list)

    @property
    def places(self) -> Sequence[Place]:
        return tuple(self.rooms)

    def people_on(self, network: str) -> list[IrcPerson]:
        return [person for person in self.irc_people if person.network == network]

    async def bring_back(self, network: str) -> None:
        """Have everybody come again after their server's end, the one who listens first."""
        for person in self.people_on(network):
            await person.until_gone()
            self.witness.forget(network, person)
            await person.come(self.servers[network].port)


@asynccontextmanager
async def running_stack(make: Callable[[], Bridge], engine: str, dice: Random) -> AsyncIterator[Stack]:
    """A fresh one; whatever was started is gone in the end, also after a failure in the middle."""
    async with AsyncExitStack() as running:
        servers: dict[str, Server] = {"insp": InspIRCd(), "ng": Ngircd()}
        gates: dict[str, Gate] = {}
        for name, server in servers.items():
            await running.enter_async_context(server)
            gates[name] = await running.enter_async_context(Gate(server.port))
        postgres = None
        if engine == "postgres":
            postgres = await running.enter_async_context(Postgres())
        bridge = make()
        running.callback(bridge.process.discard)
        synapse_port = free_port()
        road_out = await running.enter_async_context(Proxy(synapse_port, dice))
        road_in = await running.enter_async_context(Proxy(bridge.port, dice))
        networks = {name: gate.port for name, gate in gates.items()}
        bridge.configure(
            road_in.url,
            road_out.url,
            networks,
            None if postgres is None else await postgres.new_database_url(),
        )
        synapse = Synapse(
            [bridge.registration],
            database_url=None if postgres is None else await postgres.new_database_url(),
        )
        synapse.port = synapse_port
        await running.enter_async_context(synapse)
        book = Book()
        witness = Witness(book, bridge)
        stack = Stack(
            bridge, synapse, postgres, servers, gates, road_out, road_in, book, witness, dice, rooms={}
        )
        await _bring_people(stack, running)
        await bridge.process.start()
        running.push_async_callback(_close_people, stack)
        try:
            await _open_rooms(stack)
        except Exception as error:
            error.add_note(bridge.process.log_tail())
            raise
        yield stack


async def _bring_people(stack: Stack, running: AsyncExitStack) -> None:
    for network, server in stack.servers.items():
        for name in (EAR, *IRC_PEOPLE):
            # Who only listens hears in the server's own order what everybody says, the bridge included.
            hears = stack.witness.ear if name == EAR else stack.witness.deaf
            nick = name if name == EAR else f"{name}{network}"
            person = IrcPerson(nick, network, CHANNELS, hears, tags=network == "insp")
            running.callback(person.leave)
            stack.irc_people.append(person)
            await person.come(server.port)


async def _open_rooms(stack: Stack) -> None:
    names = MATRIX_PEOPLE[: stack.bridge.speakers]
    for number, name in enumerate(names):
        heard = stack.witness.matrix if number == 0 else stack.witness.matrix_deaf
        await stack.synapse.register_user(name)
        person = MatrixPerson(stack.synapse.url, stack.synapse.user_id(name), heard)
        stack.matrix_people.append(person)
        await person.login()
    places = [Place(network, channel) for network in stack.servers for channel in CHANNELS]
    stack.rooms.update(await stack.bridge.open(stack.matrix_people[0], places))
    stack.witness.rooms.update({room_id: place for place, room_id in stack.rooms.items()})
    for person in stack.matrix_people:
        for room_id in stack.rooms.values():
            await person.join(room_id)
    async with asyncio.timeout(_PATIENCE_S):
        while not all(stack.witness.is_in(place) for place in stack.places):  # noqa: ASYNC110 - clients fill it
            await asyncio.sleep(_LOOK_S)


async def _close_people(stack: Stack) -> None:
    for person in stack.matrix_people:
        await person.close()
