"""The nick that somebody else had when we came, and the dead connection of ours that may hold it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from bridge.model.ids import ChatID, NetworkName
from bridge.model.remote_events import RemoteEvent, RemoteMessage
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import IrcConnector, make_connector
from bridge.networks.irc.protocol.events import Quit
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.tests.wire import Wire
from bridge.testing.irc_client import IrcClient
from bridge.testing.irc_servers import PlaygroundServer
from bridge.testing.network_kit import RealClock, RecordingHost

LOBBY = ChatID("#lobby")
OUR_HOST = "trunkline@host.test"


def taken(holder: str | None = OUR_HOST) -> Wire:
    """A wire whose nick was in use; the server says where its holder comes from."""
    wire = Wire()
    wire.connect()
    wire.hear(
        ":s CAP * LS :",
        ":s 433 * tl :Nickname is already in use",
        ":s 001 tl_ :Welcome",
        ":s 422 tl_ :No motd",
    )
    hosts = f"tl_=+{OUR_HOST}" + (f" tl=+{holder}" if holder else "")
    wire.hear(f":s 302 tl_ :{hosts}")
    wire.session.join("#a")
    wire.flush()
    wire.hear(f":tl_!{OUR_HOST} JOIN #a", ":s 353 tl_ = #a :tl_ tl bob", ":s 366 tl_ #a :End of NAMES")
    wire.events.clear()
    return wire


def test_where_the_holder_comes_from_is_asked_before_any_channel_is_entered() -> None:
    wire = taken()
    asked = [line.command for line in wire.sent]
    assert asked.index("USERHOST") < asked.index("JOIN")
    assert wire.written("USERHOST")[0].params == ("tl", "tl_")


def test_a_holder_from_where_we_come_from_is_our_own_dead_connection() -> None:
    wire = taken()
    assert wire.session.is_ours("TL")
    assert wire.session.is_ours("tl_")
    assert not wire.session.is_ours("bob")


@pytest.mark.parametrize("holder", ["trunkline@elsewhere.test", "tom@host.test", None])
def test_any_other_holder_is_a_person(holder: str | None) -> None:
    assert not taken(holder).session.is_ours("tl")


def test_the_end_of_a_dead_connection_is_told_as_our_own_and_its_nick_asked_for() -> None:
    wire = taken()
    [quit_] = wire.hear(f":tl!{OUR_HOST} QUIT :Ping timeout")
    assert isinstance(quit_, Quit)
    assert quit_.is_self
    assert wire.sent[-1] == Line("NICK", ("tl",))
    wire.hear(f":tl_!{OUR_HOST} NICK tl")
    assert wire.session.nick == "tl"


def test_a_dead_connection_that_speaks_is_a_person_after_all() -> None:
    wire = taken()
    wire.hear(f":tl!{OUR_HOST} PRIVMSG #a :I am alive")
    assert not wire.session.is_ours("tl")


def test_somebody_who_takes_the_nick_later_is_a_person() -> None:
    wire = taken()
    wire.hear(f":tl!{OUR_HOST} NICK Guest1", ":bob!b@h NICK tl")
    assert wire.session.is_ours("guest1")
    assert not wire.session.is_ours("tl")
    wire.hear(":tl!b@h QUIT :bye", ":Guest1!u@h JOIN #a")
    assert not wire.session.is_ours("guest1")


def test_the_nick_is_asked_after_now_and_then_until_it_is_ours() -> None:
    wire = taken("tom@host.test")
    wire.turn(31)
    assert wire.written("ISON") == [Line("ISON", ("tl",))]
    wire.hear(":s 303 tl_ :tl")
    assert len(wire.written("NICK")) == 2
    wire.turn(31)
    wire.hear(":s 303 tl_ :")
    assert wire.sent[-1] == Line("NICK", ("tl",))
    wire.hear(":s 433 tl_ tl :Nickname is already in use")
    wire.turn(31)
    assert len(wire.written("ISON")) == 3
    wire.hear(":s 303 tl_ :", f":tl_!{OUR_HOST} NICK tl", ":s PONG s :x")
    wire.turn(200)
    assert len(wire.written("ISON")) == 3


def test_a_nick_that_the_server_does_not_allow_is_not_asked_after() -> None:
    wire = Wire()
    wire.connect()
    wire.hear(":s CAP * LS :", ":s 432 * tl :Erroneous", ":s 001 m :Welcome", ":s 422 m :No motd")
    wire.turn(55)
    assert wire.written("ISON") == []


def test_a_nick_that_services_took_from_us_is_not_fought_for() -> None:
    wire = Wire()
    wire.connect()
    wire.hear(":s CAP * LS :", ":s 001 tl :Welcome", ":s 422 tl :No motd", ":tl!u@h NICK Guest7")
    wire.turn(55)
    assert wire.written("ISON") == []


@asynccontextmanager
async def relay(server: PlaygroundServer) -> AsyncIterator[tuple[IrcConnector, RecordingHost]]:
    config = IrcConfig(host=server.host, port=server.port, tls=False, flood_rate=0, channels=("#lobby",))
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host = RecordingHost()
    await connector.start(host)
    try:
        await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
        yield connector, host
    finally:
        await connector.stop()


async def test_a_bridge_that_died_gets_its_nick_back_and_leaves_no_trace_of_its_old_self() -> None:
    async with PlaygroundServer() as server:
        bob = await IrcClient("Bob").connect(server.host, server.port)
        await bob.join("#lobby")
        async with dead_relay(server), relay(server) as (connector, host):
            info = await connector.relay().join(LOBBY)
            assert connector.relay().own_name != "trunkline"
            assert [member.name for member in info.members] == ["Bob"]
            server.drop("trunkline")
            await bob.wait_for("NICK")
            bob.say("#lobby", "welcome back")
            await host.until_emitted(RemoteMessage)
            assert connector.relay().own_name == "trunkline"
            told: list[RemoteEvent] = [event for _, event in host.emitted]
            assert [event.sender.name for event in told] == ["Bob"]
        await bob.close()


@asynccontextmanager
async def dead_relay(server: PlaygroundServer) -> AsyncIterator[None]:
    """A connection that came as ours do, is in the channel, and never says anything again."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"NICK trunkline\r\nUSER trunkline 0 * :Trunkline\r\nJOIN #lobby\r\n")
    await reader.readuntil(b" 366 ")
    yield
    writer.close()
