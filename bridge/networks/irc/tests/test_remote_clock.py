"""A server whose clock is wrong: its lines are as new as they are."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.model.ids import ChatID
from bridge.model.remote_events import RemoteMessage
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.protocol.events import Joined
from bridge.networks.irc.protocol.line import Source
from bridge.networks.irc.remote_clock import MOST, RemoteClock
from bridge.networks.irc.tests.driver import CHANNEL, irc
from bridge.testing.irc_servers import playground

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def clock(server_time: datetime | None, *, is_self: bool = True) -> RemoteClock:
    made = RemoteClock()
    made.hear(Joined("#a", Source("trunkline"), is_self, None, None, server_time), NOON)
    return made


@pytest.mark.parametrize("off", [HOUR, -HOUR, timedelta(days=300)], ids=str)
def test_what_our_own_join_shows_holds_for_all_times(off: timedelta) -> None:
    made = clock(NOON + off)
    assert made.ours(NOON + off) == NOON
    assert made.theirs(NOON) == NOON + off


@pytest.mark.parametrize("off", [timedelta(seconds=30), timedelta(seconds=-30), MOST * 2, -MOST * 2], ids=str)
def test_a_little_is_let_be_and_nonsense_is_not_believed(off: timedelta) -> None:
    assert clock(NOON + off).ours(NOON) == NOON


def test_others_who_come_in_show_nothing() -> None:
    assert clock(NOON - HOUR, is_self=False).ours(NOON) == NOON
    assert clock(None).ours(NOON) == NOON


def test_the_ends_of_time_stay_where_they_are() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    assert clock(NOON + HOUR).ours(first) == first
    assert clock(NOON - HOUR).ours(last) == last


@pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])
async def test_a_line_of_a_server_whose_clock_is_wrong_is_new(
    off: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was an hour older than the portal, which never takes what was before its time."""

    def wrong() -> str:
        return (datetime.now(UTC) + off).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    monkeypatch.setattr("bridge.playground.ircd.client.server_time", wrong)
    async with irc(playground) as driver:
        relay = driver.connector.relay()
        await driver.host.until_health(relay.id, LoginHealth.CONNECTED)
        await relay.join(ChatID(CHANNEL))
        await driver.say("hello")
        (message,) = await driver.host.until_emitted(RemoteMessage)

    assert message.happened_at is not None
    assert abs(message.happened_at - datetime.now(UTC)) < timedelta(minutes=2)
