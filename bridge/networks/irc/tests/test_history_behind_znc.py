"""What a ZNC heard for us while we were away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bridge.api.network import ChatHistory
from bridge.config import Secret
from bridge.model.ids import ChatID, NetworkName
from bridge.model.messages import TextBody
from bridge.model.remote_events import RemoteMessage
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import IrcConnector, make_connector
from bridge.networks.irc.protocol.history import ask_playback
from bridge.networks.irc.tests.scripted import Peer, listening
from bridge.testing.irc_client import IrcClient
from bridge.testing.network_kit import RealClock, RecordingHost
from bridge.testing.servers import InspIRCd, Znc
from bridge.text.plain import to_plain

CHANNEL = "#lobby"
LOBBY = ChatID(CHANNEL)
A_WHILE = timedelta(minutes=10)
"""Between the import of this file and its tests; the server's clock is read by what it says."""
NOW = datetime.now(UTC).replace(microsecond=0)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def attached(
    host: str, port: int, password: str | None
) -> AsyncIterator[tuple[IrcConnector, RecordingHost]]:
    """A bridge that speaks to a bouncer."""
    config = IrcConfig(
        host=host,
        port=port,
        tls=False,
        flood_rate=0,
        channels=(CHANNEL,),
        nick="tl",
        server_password=None if password is None else Secret(password),
    )
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host_of_events = RecordingHost()
    await connector.start(host_of_events)
    try:
        yield connector, host_of_events
    finally:
        await connector.stop()


async def seen(connector: IrcConnector, host: RecordingHost) -> None:
    connector.relay().client.want(CHANNEL)
    await host.until(lambda: (connector.relay().id, LOBBY) in host.seen)


def texts(history: ChatHistory | None) -> list[str]:
    assert history is not None
    bodies = [event.body for event in history.events if isinstance(event, RemoteMessage)]
    return [to_plain(body.text) for body in bodies if isinstance(body, TextBody)]


@pytest.mark.integration
async def test_a_real_znc_replays_its_buffer_as_history() -> None:
    async with InspIRCd() as server:
        ann = await IrcClient("ann").connect(server.host, server.port)
        await ann.join(CHANNEL)
        async with Znc(server_port=server.port, channel=CHANNEL, nick="tl") as znc:
            await ann.wait_for("JOIN", since=len(ann.lines), what="the bouncer")
            async with attached(znc.host, znc.port, znc.password) as (connector, host):
                await seen(connector, host)
                ann.say(CHANNEL, "heard")
                await host.until_emitted(RemoteMessage)
            began = datetime.now(UTC)
            for line in ("one", "one", "\x01ACTION waves\x01"):
                ann.say(CHANNEL, line)
            await ann.sync()
            async with attached(znc.host, znc.port, znc.password) as (connector, host):
                await seen(connector, host)
                history = await connector.relay().history(LOBBY, began - timedelta(minutes=5), 100)
                ann.say(CHANNEL, "live")
                [live] = await host.until_emitted(RemoteMessage)
        await ann.close()
    assert texts(history) == ["one", "one", "waves"]
    assert history is not None
    assert history.whole_since == history.events[0].happened_at
    assert isinstance(live.body, TextBody)
    assert to_plain(live.body.text) == "live"


async def welcome(peer: Peer) -> None:
    """A ZNC with the playback module; it is in the channel already."""
    await peer.line("USER")
    peer.send(":irc.znc.in CAP * LS :batch server-time znc.in/playback znc.in/self-message\r\n")
    await peer.line("CAP REQ")
    peer.send(":irc.znc.in CAP tl ACK :batch server-time znc.in/playback\r\n")
    await peer.line("CAP END")
    peer.send(":s 001 tl :Welcome\r\n:s 005 tl CASEMAPPING=ascii :are\r\n:s 422 tl :no motd\r\n")
    await peer.line(f"JOIN {CHANNEL}")
    peer.send(
        f"@{tag(0)} :tl!tl@h JOIN {CHANNEL}\r\n:s 353 tl = {CHANNEL} :tl bob\r\n:s 366 tl {CHANNEL} :End\r\n"
    )


async def play(peer: Peer, *lines: str) -> str:
    """Answer the question for the buffer, then the PING behind it. Returns the question."""
    asked = await peer.line("PRIVMSG *playback")
    inside = "".join(f"@batch=b;{line}\r\n" for line in lines)
    mark = (await peer.line("PING history")).partition(" ")[2]
    batch = f":znc.in BATCH +b znc.in/playback {CHANNEL}\r\n{inside}:znc.in BATCH -b\r\n" if lines else ""
    peer.send(f"{batch}:irc.znc.in PONG irc.znc.in {mark}\r\n")
    return asked


async def asked_for(*lines: str) -> tuple[ChatHistory | None, str]:
    """What a bridge makes of these lines of a scripted ZNC's buffer, and what it asked for."""
    async with listening() as server, attached(server.host, server.port, None) as (connector, host):
        peer = await server.peer()
        connector.relay().client.want(CHANNEL)
        await welcome(peer)
        await seen(connector, host)
        relay = connector.relay()
        history, question = await asyncio.gather(
            relay.history(LOBBY, NOW - timedelta(hours=1), 100), play(peer, *lines)
        )
        server.hang_up()
        return history, question


def tag(seconds: float) -> str:
    """The tag of a line that was said so long ago."""
    return f"time={NOW - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.000Z"


OLD = f"{tag(7200)} :bob!b@h PRIVMSG {CHANNEL} :before"
OURS = f"{tag(60)} :tl!trunkline@h PRIVMSG {CHANNEL} :our own"
NEW = f"{tag(59)} :bob!b@h PRIVMSG {CHANNEL} :meanwhile"


async def test_a_buffer_that_reaches_behind_the_break_is_whole() -> None:
    history, question = await asked_for(OLD, OURS, NEW)
    assert texts(history) == ["before", "meanwhile"]
    assert history is not None
    assert history.whole_since is not None
    assert abs(history.whole_since - (NOW - timedelta(hours=1))) < A_WHILE
    assert question.startswith("PRIVMSG *playback :PLAY #lobby ")
    asked_from = datetime.fromtimestamp(int(question.rpartition(" ")[2]), UTC)
    assert abs(asked_from - (NOW - timedelta(hours=25))) < A_WHILE


async def test_a_buffer_that_begins_later_is_whole_from_there() -> None:
    history, _ = await asked_for(NEW)
    assert history is not None
    assert history.whole_since is not None
    assert abs(history.whole_since - (NOW - timedelta(seconds=59))) < A_WHILE


async def test_an_empty_buffer_tells_nothing() -> None:
    assert (await asked_for())[0] is None


def test_the_question_names_whole_seconds() -> None:
    assert ask_playback(CHANNEL, NOON + timedelta(seconds=0.9)).params[1] == "PLAY #lobby 1767268800"
