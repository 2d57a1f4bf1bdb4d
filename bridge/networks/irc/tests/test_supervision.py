"""What keeps a client going: faults of our own, a core that takes nothing, a server that never ends."""

import asyncio

import pytest
import structlog

from bridge.keeper import opening
from bridge.networks.irc import client
from bridge.networks.irc.client_errors import SendUnknown
from bridge.networks.irc.client_states import ClientEvent, Disconnected
from bridge.networks.irc.protocol.events import Message, Registered
from bridge.networks.irc.protocol.session import Session
from bridge.networks.irc.tests.clients import PATIENCE_S, TurnedClock
from bridge.networks.irc.tests.scripted import Peer, listening, playing


async def test_a_fault_in_the_session_is_logged_and_the_client_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (running, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        saying = asyncio.create_task(running.say("#a", "x", "t1"))
        await peer.line("PRIVMSG")
        with monkeypatch.context() as patched, structlog.testing.capture_logs() as logged:
            patched.setattr(Session, "receive_lines", _fail)
            peer.send(":bob!b@h PRIVMSG #a :hi\r\n")
            lost = await told.first(Disconnected)
            with pytest.raises(SendUnknown):
                await saying
        [line] = [each for each in logged if each["log_level"] == "error"]
        assert "the fault of the test" in line["trace"]
        assert running.faults == 1
        assert lost.retry_in_s is not None
        told.forget()
        await clock.turn(lost.retry_in_s)
        await (await server.peer()).welcome()
        await told.first(Registered)


async def test_who_raises_for_one_event_still_gets_the_next() -> None:
    taken: list[ClientEvent] = []
    heard = asyncio.Event()

    async def take(event: ClientEvent) -> None:
        taken.append(event)
        if isinstance(event, Message):
            heard.set()
            return
        raise RuntimeError("the fault of the test")

    async with listening() as server, playing(server, TurnedClock(), on_event=take) as (running, _):
        with structlog.testing.capture_logs() as logged:
            peer = await server.peer()
            await peer.welcome()
            peer.send(":bob!b@h PRIVMSG #a :hi\r\n")
            async with asyncio.timeout(PATIENCE_S):
                await heard.wait()
        assert running.faults == len(taken) - 1
        assert all("the fault of the test" in line["trace"] for line in logged)


async def test_ping_is_answered_while_the_core_takes_nothing() -> None:
    async def take(_event: ClientEvent) -> None:
        await asyncio.Event().wait()

    async with listening() as server, playing(server, TurnedClock(), on_event=take) as _:
        peer = await server.peer()
        await peer.welcome()
        peer.send(":bob!b@h PRIVMSG #a :hi\r\n" * 5000)
        peer.send("PING :still there\r\n")
        assert await peer.line("PONG") == "PONG :still there"


async def test_a_full_client_stops_reading_gives_signs_of_life_and_reads_on_when_there_is_room() -> None:
    clock = TurnedClock()
    gate, heard = asyncio.Event(), asyncio.Event()
    texts: list[str] = []

    async def take(event: ClientEvent) -> None:
        await gate.wait()
        if isinstance(event, Message):
            texts.append(event.text)
        if texts[-1:] == ["the last"]:
            heard.set()

    async with (
        listening() as server,
        playing(server, clock, on_event=take, waiting_bytes=100_000) as (running, _),
    ):
        peer = await server.peer()
        await peer.welcome()
        # More than both sockets hold: the server's own sending comes to a halt.
        flood = asyncio.create_task(_flood(peer, lines=100_000))
        sign = await _sign_of_life(peer, clock)
        assert sign == "PONG tl"
        assert running.nick == "tl"
        assert not flood.done()
        gate.set()
        await flood
        peer.send(":bob!b@h PRIVMSG #a :the last\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await heard.wait()
        assert len(texts) == 100_001
        peer.send("PING :after all\r\n")
        assert await peer.line("PONG :after") == "PONG :after all"


async def test_stop_ends_though_the_server_neither_reads_nor_answers() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (running, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        async with asyncio.timeout(PATIENCE_S):
            await running.stop("bye")
        assert told.events[-1] == Disconnected("stopped", None)


async def test_stop_ends_though_nobody_takes_the_last_events() -> None:
    async def take(_event: ClientEvent) -> None:
        await asyncio.Event().wait()

    async with listening() as server, playing(server, TurnedClock(), on_event=take) as (running, _):
        await (await server.peer()).welcome()
        async with asyncio.timeout(PATIENCE_S):
            await running.stop("bye")


async def test_stop_ends_in_the_middle_of_a_handshake() -> None:
    async with listening() as server, playing(server, TurnedClock(), tls=True) as (running, _):
        await server.peer()
        async with asyncio.timeout(PATIENCE_S):
            await running.stop("bye")


def test_all_that_stop_waits_for_is_below_five_seconds() -> None:
    assert client.GOODBYE_S + opening.CLOSE_S + client.LAST_EVENTS_S < 5


def _fail(*_: object) -> list[object]:
    raise RuntimeError("the fault of the test")


async def _flood(peer: Peer, *, lines: int) -> None:
    for _ in range(lines // 100):
        peer.send(f":bob!b@h PRIVMSG #a :{'x' * 400}\r\n" * 100)
        await peer.writer.drain()


async def _sign_of_life(peer: Peer, clock: TurnedClock) -> str:
    """Turn the clock until a PONG comes that answers nothing."""
    line = asyncio.create_task(peer.line("PONG"))
    async with asyncio.timeout(PATIENCE_S):
        while not line.done():
            await clock.turn(10)
            await asyncio.wait({line}, timeout=0.05)
    return await line
