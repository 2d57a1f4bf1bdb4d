"""What was said while the bridge was away comes out of a server's history."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bridge.api.network import ChatHistory
from bridge.model.errors import NetworkUnavailable
from bridge.model.ids import ChatID
from bridge.model.messages import TextBody
from bridge.model.remote_events import RemoteEvent, RemoteMessage
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.client_errors import CommandFailed
from bridge.networks.irc.client_history import PATIENCE_S
from bridge.networks.irc.protocol.events import NamesReceived
from bridge.networks.irc.tests.clients import TurnedClock
from bridge.networks.irc.tests.driver import CHANNEL, IrcDriver, inspircd_with_history, irc
from bridge.networks.irc.tests.scripted import WELCOME, listening, playing
from bridge.networks.irc.tests.test_login import joined, say
from bridge.testing.irc_servers import StartServer, ngircd, playground
from bridge.text.plain import to_plain

LOBBY = ChatID("#lobby")
AN_HOUR = timedelta(hours=1)


KEEPING = [
    pytest.param(playground, id="chathistory on playground"),
    pytest.param(inspircd_with_history, id="chanhistory on real inspircd", marks=[pytest.mark.integration]),
]


async def said(driver: IrcDriver, *lines: str) -> None:
    """Bob says lines, and the server has taken them."""
    for line in lines:
        driver.bob.say(CHANNEL, line)
    await driver.bob.sync()


async def another_moment(driver: IrcDriver) -> None:
    """The server's clock, which tells milliseconds, has gone on."""
    said_at = datetime.now(UTC)
    while datetime.now(UTC) - said_at < timedelta(milliseconds=2):
        await driver.bob.sync()


async def go(driver: IrcDriver) -> None:
    """The relay leaves without forgetting anything."""
    relay = driver.connector.relay()
    await relay.leave(LOBBY)
    await driver.host.until(lambda: (relay.id, LOBBY) not in driver.host.seen)


async def come_back(driver: IrcDriver, *, since: datetime, limit: int = 1000) -> ChatHistory | None:
    relay = driver.connector.relay()
    await relay.join(LOBBY)
    return await relay.history(LOBBY, since, limit)


async def keep(driver: IrcDriver, how_much: str) -> None:
    """Have the channel keep its history, where that takes a mode."""
    driver.bob.send(f"MODE {CHANNEL} +H {how_much}")
    await driver.bob.sync()


def text(event: RemoteEvent) -> str:
    assert isinstance(event, RemoteMessage)
    assert isinstance(event.body, TextBody)
    return to_plain(event.body.text)


def texts(history: ChatHistory | None) -> list[str]:
    assert history is not None
    return [text(event) for event in history.events]


@pytest.mark.parametrize("start", KEEPING)
async def test_lines_come_with_their_ids_and_times_and_without_our_own(start: StartServer) -> None:
    async with irc(start) as driver:
        await keep(driver, "100:1h")
        relay = await joined(driver)
        await said(driver, "heard")
        await say(relay, "our own")
        [heard] = await driver.host.until_emitted(RemoteMessage)
        await go(driver)
        began = datetime.now(UTC)
        await said(driver, "unheard", "unheard", "\x01ACTION waves\x01")
        history = await come_back(driver, since=began - AN_HOUR)
        assert texts(history) == ["heard", "unheard", "unheard", "waves"]
        assert history is not None
        ids = [event.remote_id for event in history.events]
        assert ids[0] == heard.remote_id
        assert len(set(ids)) == 4
        assert all(
            event.happened_at is not None and abs(event.happened_at - began) < AN_HOUR
            for event in history.events
        )


@pytest.mark.parametrize("start", KEEPING)
async def test_history_that_reaches_behind_the_break_is_whole(start: StartServer) -> None:
    async with irc(start) as driver:
        await keep(driver, "100:1h")
        await joined(driver)
        await said(driver, "heard")
        began = datetime.now(UTC) + timedelta(seconds=1)
        await go(driver)
        await said(driver, "unheard")
        history = await come_back(driver, since=began)
        assert history is not None
        assert history.whole_since is not None
        assert history.whole_since <= began


@pytest.mark.parametrize("start", KEEPING)
async def test_of_more_lines_than_wanted_the_newest_come(start: StartServer) -> None:
    async with irc(start) as driver:
        await keep(driver, "5:1h")
        await joined(driver)
        await go(driver)
        began = datetime.now(UTC) - AN_HOUR
        await said(driver, *(f"line {number}" for number in range(20)))
        history = await come_back(driver, since=began, limit=5)
        assert texts(history) == [f"line {number}" for number in range(15, 20)]
        assert history is not None
        assert history.whole_since == history.events[0].happened_at


async def test_history_of_many_pages_is_put_together_in_order() -> None:
    async with irc(playground) as driver:
        await joined(driver)
        await said(driver, "heard")
        await go(driver)
        lines = [f"line {number}" for number in range(450)]
        await said(driver, *lines)
        history = await come_back(driver, since=datetime.now(UTC) - AN_HOUR)
        assert texts(history) == ["heard", *lines]


async def test_lines_of_the_same_moment_are_told_once_each_though_pages_go_by_time() -> None:
    capabilities = frozenset({"batch", "server-time", "draft/chathistory"})
    async with irc(lambda: playground(capabilities=capabilities)) as driver:
        await joined(driver)
        await go(driver)
        await said(driver, *("yes" for _ in range(250)))
        await another_moment(driver)
        history = await come_back(driver, since=datetime.now(UTC) - AN_HOUR)
        assert texts(history) == ["yes"] * 250


@pytest.mark.integration
async def test_a_channel_that_keeps_nothing_has_no_history() -> None:
    async with irc(inspircd_with_history) as driver:
        await joined(driver)
        await go(driver)
        await said(driver, "gone")
        assert await come_back(driver, since=datetime.now(UTC) - AN_HOUR) is None


@pytest.mark.integration
async def test_a_quiet_channel_that_keeps_its_history_is_known_to_be_quiet() -> None:
    async with irc(inspircd_with_history) as driver:
        await keep(driver, "100:1h")
        await joined(driver)
        await go(driver)
        began = datetime.now(UTC) + timedelta(seconds=1)
        history = await come_back(driver, since=began)
        assert history is not None
        assert history.whole_since is not None
        assert (history.events, history.whole_since <= began) == ((), True)


@pytest.mark.integration
async def test_a_server_of_old_has_no_history() -> None:
    async with irc(ngircd) as driver:
        await joined(driver)
        assert await driver.connector.relay().history(LOBBY, datetime.now(UTC), 10) is None


async def test_what_the_server_refuses_to_tell_is_no_history() -> None:
    async with irc(playground) as driver:
        relay = await joined(driver)
        assert await relay.history(ChatID("#elsewhere"), datetime.now(UTC), 10) is None


async def test_without_connection_there_is_nothing_to_ask() -> None:
    async with irc(playground) as driver:
        relay = await joined(driver)
        await driver.cut()
        await driver.host.until_health(relay.id, LoginHealth.DISCONNECTED)
        with pytest.raises(NetworkUnavailable):
            await relay.history(LOBBY, datetime.now(UTC), 10)


async def test_a_server_that_tells_nothing_is_not_waited_for() -> None:
    clock = TurnedClock()
    async with listening() as server, playing(server, clock) as (client, told):
        client.want("#a")
        peer = await server.peer()
        await peer.line("USER")
        peer.send(":s CAP * LS :batch server-time draft/chathistory\r\n")
        await peer.line("CAP REQ")
        peer.send(f":s CAP tl ACK :batch server-time draft/chathistory\r\n{WELCOME}")
        await peer.let_in("#a")
        await told.first(NamesReceived)
        asked = asyncio.ensure_future(client.history("#a", datetime.now(UTC), 10))
        await peer.line("CHATHISTORY LATEST #a")
        await clock.turn(PATIENCE_S)
        with pytest.raises(CommandFailed):
            await asked
