"""The client against a server that the test plays itself."""

import asyncio

import pytest
from attrs import evolve

from bridge.networks.irc.client_errors import JoinFailed, NotConnected, SendRefused, SendUnknown
from bridge.networks.irc.client_states import Connecting, Disconnected, Failed
from bridge.networks.irc.protocol.events import Message, Registered
from bridge.networks.irc.protocol.line import InvalidLine
from bridge.networks.irc.tests.clients import TurnedClock
from bridge.networks.irc.tests.scripted import listening, playing


async def test_nothing_can_be_asked_before_the_welcome() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, _):
        with pytest.raises(NotConnected):
            await client.say("#a", "x", "t1")
        with pytest.raises(NotConnected):
            await client.join("#a")


async def test_a_wish_made_before_the_welcome_is_kept() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, told):
        client.want("#a")
        peer = await server.peer()
        await peer.welcome()
        await peer.let_in("#a")
        peer.send(":bob!b@h PRIVMSG #a :hi\r\n")
        await told.first(Message)
        assert client.channel("#A") is not None


async def test_a_line_in_flight_is_unknown_when_the_server_closes() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        saying = asyncio.create_task(client.say("#a", "x", "t1"))
        await peer.line("PRIVMSG")
        peer.writer.close()
        with pytest.raises(SendUnknown):
            await saying


async def test_a_refusal_reaches_the_one_who_said_it() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        saying = asyncio.create_task(client.say("#a", "x", "t1"))
        await peer.line("PRIVMSG")
        peer.send(":s 404 tl #a :Cannot send\r\n")
        with pytest.raises(SendRefused) as refused:
            await saying
        assert (refused.value.code, refused.value.text) == ("404", "Cannot send")


async def test_after_a_loss_the_client_waits_and_comes_back_to_its_channels() -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        joining = asyncio.create_task(client.join("#a", "key"))
        await peer.let_in("#a")
        await joining
        peer.send("ERROR :Server going down\r\n")
        peer.writer.close()
        lost = await told.first(Disconnected)
        assert lost.reason == "Server going down"
        assert lost.retry_in_s is not None
        assert 0 <= lost.retry_in_s <= 2
        told.forget()
        await clock.turn(lost.retry_in_s)
        again = await server.peer()
        await again.welcome()
        assert await again.line("JOIN") == "JOIN #a key"
        assert (await told.first(Connecting)).attempt == 2


async def test_a_server_that_accepts_and_never_answers_is_given_up() -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (_, told):
        peer = await server.peer()
        await peer.line("USER")
        await clock.somebody_sleeps()
        await clock.turn(61)
        assert (await told.first(Disconnected)).reason == "the server did not welcome us in time"
        await peer.closed()


async def test_a_ban_is_not_tried_again_for_long() -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (_, told):
        peer = await server.peer()
        await peer.line("USER")
        peer.send(":s 465 tl :You are banned\r\n")
        failed = await told.first(Failed)
        assert (failed.reason, failed.code, failed.text) == ("banned", "465", "You are banned")
        assert 1800 <= failed.retry_in_s <= 3600
        await clock.turn(failed.retry_in_s)
        await (await server.peer()).line("USER")


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    async with listening() as server:
        gone = evolve(server, port=1)
        async with playing(gone, TurnedClock()) as (_, told):
            assert (await told.first(Disconnected)).retry_in_s is not None


async def test_a_join_without_an_answer_fails_after_a_minute() -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        joining = asyncio.create_task(client.join("#a"))
        await peer.line("JOIN")
        await clock.turn(61)
        with pytest.raises(JoinFailed):
            await joining


async def test_a_cancelled_say_leaves_the_client_sound() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        saying = asyncio.create_task(client.say("#a", "x", "t1"))
        await peer.line("PRIVMSG")
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)
        mark = (await peer.line("PING")).removeprefix("PING ")
        peer.send(f":s PONG s {mark}\r\n")
        again = asyncio.create_task(client.say("#a", "y", "t2"))
        mark = (await peer.line("PING")).removeprefix("PING ")
        peer.send(f":s PONG s {mark}\r\n")
        assert (await again).token == "t2"


async def test_stop_says_goodbye() -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        stopping = asyncio.create_task(client.stop("see you"))
        assert await peer.line("QUIT") == "QUIT :see you"
        peer.writer.close()
        await stopping
        assert told.events[-1] == Disconnected("stopped", None)


@pytest.mark.parametrize("bad", ["#a\r\nQUIT", "#a b", "", "#a,#b"])
async def test_a_channel_that_is_none_is_refused_at_once(bad: str) -> None:
    async with listening() as server, playing(server, TurnedClock()) as (client, _):
        with pytest.raises(InvalidLine):
            await client.join(bad)


async def test_an_event_over_which_its_reader_stumbles_does_not_make_the_client_deaf() -> None:
    """A store that refused one line once ended the reading of all that came after it, in silence."""
    async with listening() as server, playing(server, TurnedClock()) as (_, told):
        peer = await server.peer()
        await peer.welcome()
        await told.first(Registered)
        told.stumbles_over = Message
        peer.send(":bob!b@h PRIVMSG tl :first\r\n:bob!b@h PRIVMSG tl :second\r\n")
        assert (await told.first(Message)).text == "second"
