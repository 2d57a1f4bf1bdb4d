"""What a client says of a line or a list, as the contract wants it told."""

from collections.abc import AsyncIterator

import pytest

from bridge.model.errors import NotDelivered, Uncertain
from bridge.model.ids import ChatID
from bridge.model.outgoing import PlannedPart
from bridge.model.statuses import LoginHealth
from bridge.networks.irc.client_errors import ClientError, NotConnected, SendRefused, SendUnknown
from bridge.networks.irc.login import IrcLogin
from bridge.networks.irc.protocol.events import ListedChannel
from bridge.networks.irc.tests.driver import CHANNEL, irc
from bridge.testing.irc_servers import playground
from bridge.testing.network_kit import a_message, planned

LOBBY = ChatID("#lobby")


@pytest.fixture
async def relay() -> AsyncIterator[IrcLogin]:
    """A relay in a channel of which it is known that everybody may know it."""
    async with irc(playground) as driver:
        made = driver.connector.relay()
        await driver.host.until_health(made.id, LoginHealth.CONNECTED)
        await made.join(LOBBY)
        await driver.host.until(lambda: not driver.host.seen[made.id, LOBBY].secret)
        yield made


def part_of(relay: IrcLogin) -> PlannedPart:
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    return part


def answering(relay: IrcLogin, monkeypatch: pytest.MonkeyPatch, error: ClientError) -> None:
    async def say(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(relay.client, "say", say)


async def test_a_line_of_which_nothing_is_known_is_uncertain(
    relay: IrcLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have arrived: whatever would be sent again by itself could be said twice."""
    answering(relay, monkeypatch, SendUnknown("", "the connection ended"))

    with pytest.raises(Uncertain):
        await relay.send(LOBBY, part_of(relay))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (NotConnected(), True),
        (SendRefused("442", "You're not on that channel"), True),
        (SendRefused("404", "Cannot send to channel"), False),
    ],
)
async def test_a_line_that_surely_did_not_arrive_says_whether_trying_again_helps(
    relay: IrcLogin, monkeypatch: pytest.MonkeyPatch, error: ClientError, again: bool
) -> None:
    answering(relay, monkeypatch, error)

    with pytest.raises(NotDelivered) as told:
        await relay.send(LOBBY, part_of(relay))

    assert (told.value.retry_at is not None) is again


@pytest.mark.parametrize(
    ("topic", "shown"), [("[+nt] cats", True), ("cats", True), ("[+nst] cats", False), ("[+ntk] cats", False)]
)
async def test_a_channel_whose_listed_modes_are_secret_is_not_listed(
    relay: IrcLogin, monkeypatch: pytest.MonkeyPatch, topic: str, shown: bool
) -> None:
    """The list is newer than what we know of the channel."""

    async def listed() -> tuple[ListedChannel, ...]:
        return (ListedChannel(CHANNEL, 2, topic),)

    monkeypatch.setattr(relay.client, "list_channels", listed)

    assert [each.topic for each in await relay.list_chats(None, 10)] == ["cats"] * shown
