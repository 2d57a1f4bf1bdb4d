"""A client whose connection is held: the next one goes on where it ended, and finds out what it left open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.keeper.client import KeptConnections
from bridge.model.ids import RemoteMessageID
from bridge.model.outgoing import Arrived
from bridge.model.statuses import Settlement
from bridge.networks.irc.client import Client
from bridge.networks.irc.client_states import ClientEvent, Connecting, Resumed
from bridge.networks.irc.protocol.events import Message, Registered
from bridge.networks.irc.tests.clients import PATIENCE_S, Told, TurnedClock, running_client
from bridge.networks.irc.tests.scripted import Peer, Scripted, listening
from bridge.testing.keepers import end_keeper

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path
    await end_keeper(tmp_path)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Scripted]:
    async with listening() as made:
        yield made


@asynccontextmanager
async def life(
    folder: Path, server: Scripted, nick: str = "tl", told: Told | None = None
) -> AsyncIterator[tuple[Client, Told]]:
    """One life of the bridge's client; in the end it leaves its connection to the keeper."""
    keeper = KeptConnections(folder, linger_s=60.0)
    told = told or Told()
    try:
        async with running_client(server, nick, TurnedClock(), keeper=keeper, on_event=told.take) as (
            client,
            _,
        ):
            yield client, told
    finally:
        await keeper.close()


async def welcomed(server: Scripted, client: Client, told: Told) -> Peer:
    peer = await server.peer()
    await peer.welcome()
    await told.first(Registered)
    joining = asyncio.create_task(client.join("#a"))
    await peer.let_in("#a")
    await joining
    return peer


async def test_the_next_life_knows_what_the_first_one_knew_and_registers_nowhere(
    folder: Path, server: Scripted
) -> None:
    async with life(folder, server) as (client, told):
        peer = await welcomed(server, client, told)
        peer.send(":bob!b@h JOIN #a\r\n:bob!b@h PRIVMSG #a :one\r\n")
        await told.first(Message)
    peer.send(":bob!b@h NICK Robert\r\n:Robert!b@h PRIVMSG #a :two\r\n")

    async with life(folder, server) as (client, told):
        assert (await told.first(Message)).text == "two"
        channel = client.channel("#A")
        assert channel is not None
        assert list(channel.members) == ["tl", "Robert"]
        assert client.nick == "tl"
        kinds = [type(event) for event in told.events]
        assert kinds[:2] == [Connecting, Resumed]
        assert Registered not in kinds
        assert server.peers.empty()


async def test_a_line_that_was_not_taken_is_told_again_under_the_same_name(
    folder: Path, server: Scripted
) -> None:
    places: list[tuple[str, str]] = []
    blocked = asyncio.Event()

    class Blocked(Told):
        """Takes no line after the first."""

        async def take(self, event: ClientEvent) -> None:
            if isinstance(event, Message):
                places.append((event.text, client.place))
                if event.text == "two":
                    blocked.set()
                    await asyncio.Event().wait()
            await super().take(event)

    async with life(folder, server, told=Blocked()) as (client, told):
        peer = await welcomed(server, client, told)
        peer.send(":bob!b@h PRIVMSG #a :one\r\n")
        await told.first(Message)
        await asyncio.sleep(0)
        peer.send(":bob!b@h PRIVMSG #a :two\r\n:bob!b@h PRIVMSG #a :three\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await blocked.wait()

    class Noting(Told):
        async def take(self, event: ClientEvent) -> None:
            if isinstance(event, Message):
                places.append((event.text, client.place))
            await super().take(event)

    async with life(folder, server, told=Noting()) as (client, told):
        await told.first(Message, lambda message: message.text == "three")

    first, second, again, third = places
    assert [text for text, _ in places] == ["one", "two", "two", "three"]
    assert second == again
    assert len({first, second, third}) == 3


async def test_what_became_of_a_line_in_flight_is_found_out_by_the_next_life(
    folder: Path, server: Scripted
) -> None:
    async with life(folder, server) as (client, told):
        peer = await welcomed(server, client, told)
        saying = asyncio.create_task(client.say("#a", "hello", "one.try1"))
        refused = asyncio.create_task(client.say("nobody", "hello", "two.try1"))
        await peer.line("PRIVMSG #a")
        await peer.line("PRIVMSG nobody")
        await peer.line("PING b2")
    saying.cancel()
    refused.cancel()
    await asyncio.gather(saying, refused, return_exceptions=True)

    async with life(folder, server) as (client, told):
        await told.first(Resumed)
        asked = [asyncio.create_task(client.fate_of(line)) for line in ("one", "two", "three")]
        peer.send(":s PONG s :b1\r\n:s 401 tl nobody :No such nick\r\n:s PONG s :b2\r\n")
        async with asyncio.timeout(PATIENCE_S):
            fates = await asyncio.gather(*asked)
    assert fates == [Settlement.ARRIVED, Settlement.NOT_ARRIVED, Settlement.NOT_ARRIVED]


async def test_what_had_its_fate_before_the_end_keeps_it_with_its_id(folder: Path, server: Scripted) -> None:
    async with life(folder, server) as (client, told):
        peer = await server.peer()
        await peer.line("USER")
        peer.send(":s CAP * LS :echo-message message-tags\r\n")
        await peer.line("CAP REQ")
        peer.send(":s CAP tl ACK :echo-message message-tags\r\n:s 001 tl :Hi\r\n:s 422 tl :none\r\n")
        await told.first(Registered)
        saying = asyncio.create_task(client.say("#a", "hello", "one.try1"))
        await peer.line("PRIVMSG #a")
        peer.send("@msgid=m1 :tl!u@h PRIVMSG #a :hello\r\n")
        await saying

    async with life(folder, server) as (client, told):
        await told.first(Resumed)
        assert await client.fate_of("one") == Arrived((RemoteMessageID("m1"),))


async def test_without_an_earlier_life_nobody_knows_what_became_of_a_line(
    folder: Path, server: Scripted
) -> None:
    async with life(folder, server) as (client, told):
        await welcomed(server, client, told)
        assert await client.fate_of("one") is Settlement.UNKNOWN


async def test_lines_that_never_left_are_known_not_to_have_arrived(folder: Path, server: Scripted) -> None:
    async with life(folder, server) as (client, told):
        peer = await welcomed(server, client, told)
        sayings = [asyncio.create_task(client.say("#a", f"say {each}", f"{each}.try1")) for each in range(4)]
        await peer.line("PING")
    for saying in sayings:
        saying.cancel()
    await asyncio.gather(*sayings, return_exceptions=True)

    async with life(folder, server) as (client, told):
        await told.first(Resumed)
        assert client.session is not None
        assert client.session.in_flight == ("0.try1", "1.try1")
        assert await client.fate_of("2") is Settlement.NOT_ARRIVED
        assert await client.fate_of("3") is Settlement.NOT_ARRIVED


async def test_a_connection_for_other_settings_is_ended_and_made_anew(folder: Path, server: Scripted) -> None:
    async with life(folder, server) as (client, told):
        old = await welcomed(server, client, told)

    async with life(folder, server, nick="other") as (client, told):
        await old.closed()
        new = await server.peer()
        await new.welcome()
        await told.first(Registered)


async def test_a_connection_that_ended_meanwhile_gives_its_last_lines_and_is_made_anew(
    folder: Path, server: Scripted
) -> None:
    async with life(folder, server) as (client, told):
        peer = await welcomed(server, client, told)
    peer.send(":bob!b@h PRIVMSG #a :last words\r\nERROR :closing\r\n")
    peer.writer.close()

    async with life(folder, server) as (client, told):
        assert (await told.first(Message)).text == "last words"
