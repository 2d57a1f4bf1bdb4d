"""The questions for networks that tell what was said while we were not there (``KeepsHistory``).

A network's ``tests/driver.py`` names such drivers in ``HISTORY_DRIVERS``.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from bridge.api.network import ChatHistory, KeepsHistory, Login
from bridge.model.codec import decode_remote_event, encode_remote_event
from bridge.model.errors import NetworkUnavailable
from bridge.model.ids import ChatID
from bridge.model.messages import TextBody
from bridge.model.remote_events import RemoteMessage
from bridge.model.statuses import LoginHealth
from bridge.testing.network_kit import HistoryDriver, HistoryDriverFactory, a_message, planned
from bridge.text.plain import to_plain
from tests.contract.test_connectors import FOLDERS

LONG_AGO = timedelta(hours=1)


def _drivers(name: str) -> list[object]:
    module = import_module(f"bridge.networks.{name}.tests.driver")
    drivers: Mapping[str, HistoryDriverFactory] = getattr(module, "HISTORY_DRIVERS", {})
    return [
        pytest.param(factory, id=which, marks=[pytest.mark.integration] if "real" in which else [])
        for which, factory in drivers.items()
    ]


@pytest.fixture(params=[driver for name in FOLDERS for driver in _drivers(name)])
async def driver(request: pytest.FixtureRequest) -> AsyncIterator[HistoryDriver]:
    async with request.param() as made:
        yield made


async def in_chat(driver: HistoryDriver) -> tuple[Login, ChatID]:
    relay = driver.connector.relay()
    assert relay is not None
    await driver.host.until_health(relay.id, LoginHealth.CONNECTED)
    chat = driver.connector.parse_chat(driver.chat_text)
    await relay.join(chat)
    return relay, chat


async def away(driver: HistoryDriver, relay: Login, chat: ChatID, *lines: str) -> None:
    """The relay is not in the chat while these lines are said."""
    await relay.leave(chat)
    await driver.host.until(lambda: (relay.id, chat) not in driver.host.seen)
    for line in lines:
        await driver.say(line)
    await driver.settled()
    await relay.join(chat)


async def history(
    relay: Login, chat: ChatID, *, ago: timedelta = LONG_AGO, limit: int = 100
) -> ChatHistory | None:
    assert isinstance(relay, KeepsHistory)
    return await relay.history(chat, datetime.now(UTC) - ago, limit)


def messages(told: ChatHistory | None) -> list[RemoteMessage]:
    assert told is not None
    return [event for event in told.events if isinstance(event, RemoteMessage)]


def texts(told: ChatHistory | None) -> list[str]:
    return [to_plain(event.body.text) for event in messages(told) if isinstance(event.body, TextBody)]


async def test_what_was_said_meanwhile_is_told_oldest_first_with_its_time(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await away(driver, relay, chat, "one", "two", "two")
    told = await history(relay, chat)
    assert texts(told) == ["one", "two", "two"]
    times = [event.happened_at for event in messages(told)]
    assert all(at is not None and abs(datetime.now(UTC) - at) < LONG_AGO for at in times)
    assert times == sorted(at for at in times if at is not None)


async def test_what_was_heard_has_the_same_id_in_the_history(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await driver.say("heard")
    [heard] = await driver.host.until_emitted(RemoteMessage)
    await away(driver, relay, chat)
    [again] = messages(await history(relay, chat))
    assert heard.remote_id is not None
    assert (again.remote_id, again.sender.id, again.body) == (heard.remote_id, heard.sender.id, heard.body)


async def test_what_we_said_is_not_in_the_history(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    for part in planned(relay.plan(chat, a_message("our own"))):
        await relay.send(chat, part)
    await away(driver, relay, chat, "theirs")
    assert texts(await history(relay, chat)) == ["theirs"]


async def test_nothing_of_the_history_is_emitted(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await away(driver, relay, chat, "unheard")
    await history(relay, chat)
    await driver.say("live")
    [live] = await driver.host.until_emitted(RemoteMessage)
    assert isinstance(live.body, TextBody)
    assert to_plain(live.body.text) == "live"


async def test_history_that_reaches_behind_a_moment_says_so(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await driver.say("heard")
    await driver.host.until_emitted(RemoteMessage)
    await away(driver, relay, chat, "unheard")
    moment = timedelta(seconds=-1)
    told = await history(relay, chat, ago=moment)
    assert told is not None
    assert told.whole_since is not None
    assert told.whole_since <= datetime.now(UTC) - moment


async def test_history_survives_storing(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await away(driver, relay, chat, "one")
    [event] = messages(await history(relay, chat))
    stored = decode_remote_event(encode_remote_event(event))
    assert (stored.sender, stored.remote_id) == (event.sender, event.remote_id)


async def test_a_lost_connection_tells_no_history(driver: HistoryDriver) -> None:
    relay, chat = await in_chat(driver)
    await driver.cut()
    await driver.host.until_health(relay.id, LoginHealth.DISCONNECTED)
    with pytest.raises(NetworkUnavailable):
        await history(relay, chat)
