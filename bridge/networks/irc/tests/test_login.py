"""The relay on an IRC server: what becomes of what it says, and what it sees."""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest

from bridge.api.network import KnowsPower, ListsChats
from bridge.config import Secret
from bridge.model.errors import NetworkUnavailable, NotAllowed, NotDelivered
from bridge.model.ids import ChatID, EventID, NetworkName, RemoteUserID, UserID
from bridge.model.outgoing import Arrived, SayKick, SayTopic, Speaker
from bridge.model.remote_events import RemoteLeave, RemoteMessage, RemoteRename, RemoteTopic
from bridge.model.statuses import LoginHealth
from bridge.networks.irc import rejoin
from bridge.networks.irc.chats import split_listed
from bridge.networks.irc.config import IrcConfig
from bridge.networks.irc.connector import make_connector
from bridge.networks.irc.login import IrcLogin
from bridge.networks.irc.parts import Write, WriteKind, make_part
from bridge.networks.irc.tests.driver import CHANNEL, IrcDriver, irc
from bridge.testing.irc_client import IrcClient
from bridge.testing.irc_servers import SERVERS, StartServer, playground
from bridge.testing.network_kit import RealClock, RecordingHost, a_message, planned

LOBBY = ChatID("#lobby")
ALICE = Speaker(UserID("@alice:example.org"), "Alice", "alice")
EVENT = EventID("$event")
EVERY = [
    pytest.param(start, id=name, marks=[pytest.mark.integration] if "real" in name else [])
    for name, start in SERVERS.items()
]


@pytest.fixture
async def driver() -> AsyncIterator[IrcDriver]:
    async with irc(playground) as made:
        await joined(made)
        yield made


async def joined(driver: IrcDriver) -> IrcLogin:
    relay = driver.connector.relay()
    await driver.host.until_health(relay.id, LoginHealth.CONNECTED)
    await relay.join(LOBBY)
    return relay


async def say(relay: IrcLogin, text: str) -> None:
    for part in planned(relay.plan(LOBBY, a_message(text))):
        assert (await relay.send(LOBBY, part)).confirmed


@pytest.mark.parametrize("start", EVERY)
async def test_four_thousand_chinese_characters_arrive_whole_and_in_order(start: StartServer) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(4000))
    async with irc(start) as driver:
        await say(await joined(driver), text)
        lines = await driver.heard(30)
        assert "".join(line.removeprefix("<alice> ") for line in lines) == text


@pytest.mark.parametrize("start", EVERY)
async def test_topic_kick_and_new_nick_are_emitted(start: StartServer) -> None:
    async with irc(start) as driver:
        await joined(driver)
        carol = await IrcClient("Carol").connect(driver.server.host, driver.server.port)
        await carol.join(CHANNEL)
        driver.bob.send(f"TOPIC {CHANNEL} :news")
        carol.send("NICK Karola")
        await carol.sync()
        driver.bob.send(f"KICK {CHANNEL} Karola :enough")
        [left] = await driver.host.until_emitted(RemoteLeave)
        await carol.close()
        assert (left.user.id, left.sender.id, left.reason, left.kicked) == ("karola", "bob", "enough", True)
        assert [topic.topic for topic in driver.host.events(RemoteTopic)] == ["news"]
        [rename] = driver.host.events(RemoteRename)
        assert (rename.previous.id, rename.sender.id) == ("carol", "karola")


@pytest.mark.parametrize("start", EVERY)
async def test_a_public_channel_may_be_listed_once_its_modes_are_known(start: StartServer) -> None:
    async with irc(start) as driver:
        relay = await joined(driver)
        driver.bob.send(f"MODE {CHANNEL} -ps")
        await driver.host.until(lambda: not driver.host.seen[relay.id, LOBBY].secret)
        assert isinstance(relay, ListsChats)
        assert [listing.chat for listing in await relay.list_chats("lob", 10)] == [LOBBY]


@pytest.mark.parametrize("start", EVERY)
async def test_a_secret_channel_is_never_listed(start: StartServer) -> None:
    async with irc(start) as driver:
        relay = await joined(driver)
        await driver.host.until(lambda: not driver.host.seen[relay.id, LOBBY].secret)
        driver.bob.send(f"MODE {CHANNEL} +s")
        await driver.host.until(lambda: driver.host.seen[relay.id, LOBBY].secret)
        assert LOBBY not in [listing.chat for listing in await relay.list_chats(None, 10)]


async def test_a_change_of_ranks_tells_no_list_of_members_anew(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    await driver.host.until(lambda: not driver.host.seen[relay.id, LOBBY].secret)
    told = driver.host.seen[relay.id, LOBBY]
    driver.bob.send(f"MODE {CHANNEL} +v trunkline")
    await driver.say("mark")
    await driver.host.until_emitted(RemoteMessage)
    assert driver.host.seen[relay.id, LOBBY] is told


async def test_power_is_told(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    assert isinstance(relay, KnowsPower)
    assert relay.runs_chat(LOBBY, RemoteUserID("bob"))
    assert not relay.login_runs_chat(LOBBY)
    driver.bob.send(f"MODE {CHANNEL} +o trunkline")
    await driver.bob.sync()
    await say(relay, "thank you")
    assert relay.login_runs_chat(LOBBY)


async def test_a_topic_needs_power_where_the_channel_wants_it(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    driver.bob.send(f"MODE {CHANNEL} +t")
    await driver.bob.sync()
    [part] = planned(relay.plan(LOBBY, SayTopic(speaker=ALICE, event_id=EVENT, topic="news")))
    with pytest.raises(NotDelivered) as caught:
        await relay.send(LOBBY, part)
    assert caught.value.reason.key == "irc.send.no_power"


async def test_a_topic_arrives_and_the_same_again_is_no_question(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    driver.bob.send(f"MODE {CHANNEL} -t")
    await driver.bob.sync()
    [part] = planned(relay.plan(LOBBY, SayTopic(speaker=ALICE, event_id=EVENT, topic="news")))
    assert (await relay.send(LOBBY, part)).confirmed
    assert (await relay.send(LOBBY, part)).confirmed
    await driver.bob.wait_for(lambda line: line.command == "TOPIC" and line.text == "news")


async def test_a_kick_arrives_with_its_reason(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    driver.bob.send(f"MODE {CHANNEL} +o trunkline")
    say_kick = SayKick(speaker=ALICE, event_id=EVENT, user=RemoteUserID("bob"), reason="spam")
    [part] = planned(relay.plan(LOBBY, say_kick))
    await driver.bob.sync()
    await relay.send(LOBBY, part)
    kick = await driver.bob.wait_for("KICK")
    assert kick.text == "by alice: spam"


async def test_a_relay_that_was_kicked_comes_back_to_speak(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    driver.bob.send(f"KICK {CHANNEL} trunkline :out")
    await driver.host.until(lambda: (relay.id, LOBBY) not in driver.host.seen)
    await say(relay, "back again")
    assert (await driver.heard(1))[-1] == "<alice> back again"
    await driver.host.until(lambda: (relay.id, LOBBY) in driver.host.seen)


async def test_a_relay_whose_connection_is_cut_tells_when_it_tries_again(driver: IrcDriver) -> None:
    await driver.cut()
    await driver.host.until(
        lambda: any(one.health is LoginHealth.DISCONNECTED for _, one in driver.host.states)
    )
    lost = next(one for _, one in driver.host.states if one.health is LoginHealth.DISCONNECTED)
    assert lost.retry_at is not None


async def test_a_relay_that_is_banned_says_so_and_tries_later(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    driver.bob.send(f"MODE {CHANNEL} +b trunkline!*@*")
    driver.bob.send(f"KICK {CHANNEL} trunkline :out")
    await driver.host.until(lambda: (relay.id, LOBBY) not in driver.host.seen)
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    with pytest.raises(NotDelivered) as caught:
        await relay.send(LOBBY, part)
    assert caught.value.reason.key == "irc.join.banned"
    assert caught.value.retry_at is not None
    with pytest.raises(NotAllowed):
        await relay.join(LOBBY)


async def test_a_channel_that_refused_for_a_while_is_tried_again(
    driver: IrcDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejoin, "WAIT_S", 0.05)
    relay = driver.connector.relay()
    driver.bob.send(f"MODE {CHANNEL} +i")
    driver.bob.send(f"KICK {CHANNEL} trunkline :out")
    await driver.host.until(lambda: (relay.id, LOBBY) not in driver.host.seen)
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    with pytest.raises(NotDelivered):
        await relay.send(LOBBY, part)
    driver.bob.send(f"MODE {CHANNEL} -i")
    await driver.host.until(lambda: (relay.id, LOBBY) in driver.host.seen)


async def test_a_moderated_channel_refuses_for_good(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    await driver.refuse_next()
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    with pytest.raises(NotDelivered) as caught:
        await relay.send(LOBBY, part)
    assert caught.value.reason.key == "irc.send.moderated"
    assert caught.value.retry_at is None


async def test_a_line_whose_send_was_cancelled_is_settled_by_its_echo(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    sending = asyncio.create_task(relay.send(LOBBY, part))
    await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert await driver.heard(1) == ["<alice> hello"]
    await driver.say("mark")
    await driver.host.until_emitted(RemoteMessage)
    assert isinstance(await relay.settle(LOBBY, part), Arrived)


async def test_a_text_that_is_no_line_never_leaves(driver: IrcDriver) -> None:
    relay = driver.connector.relay()
    evil = [
        Write(WriteKind.TEXT, "#lobby", "hi\r\nQUIT :bye"),
        Write(WriteKind.TEXT, "#lobby\r\nQUIT", "hi"),
        Write(WriteKind.NOTICE, "#lobby", "a\0b"),
        Write(WriteKind.TOPIC, "#lobby", "a\nQUIT"),
        Write(WriteKind.KICK, "#lobby", "a\rQUIT", user="bob"),
        Write(WriteKind.KICK, "#lobby", "out", user="bob\r\nQUIT"),
        Write(WriteKind.TEXT, "#lobby", "x" * 1000),
    ]
    for part in planned([make_part(write) for write in evil]):
        with pytest.raises(NotDelivered) as caught:
            await relay.send(LOBBY, part)
        assert (caught.value.reason.key, caught.value.retry_at) == ("irc.send.invalid", None)
    await say(relay, "still here")
    assert await driver.heard(1) == ["<alice> still here"]


async def test_after_the_servers_restart_the_relay_is_in_its_channels_again() -> None:
    async with irc(playground) as driver:
        relay = await joined(driver)
        await driver.cut()
        await driver.host.until(lambda: (relay.id, LOBBY) not in driver.host.seen)
        with pytest.raises(NetworkUnavailable):
            await relay.join(ChatID("#second"))
        await driver.server.start()
        await driver.host.until(lambda: {chat for _, chat in driver.host.seen} == {"#lobby", "#second"})
        await say(relay, "here again")


async def test_a_taken_nick_leads_to_another_and_the_other_one_is_a_person() -> None:
    async with playground() as server:
        other = await IrcClient("trunkline").connect(server.host, server.port)
        await other.join("#lobby")
        config = IrcConfig(host=server.host, port=server.port, tls=False, ident="bridge")
        connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
        host = RecordingHost()
        await connector.start(host)
        await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
        info = await connector.relay().join(LOBBY)
        other.say("#lobby", "hello")
        [message] = await host.until_emitted(RemoteMessage)
        own = connector.relay().own_name
        await connector.stop()
        await other.close()
    assert own not in (None, "trunkline")
    assert [member.name for member in info.members] == ["trunkline"]
    assert message.sender.name == "trunkline"


async def test_a_channel_with_a_key_is_entered_with_it() -> None:
    async with playground() as server:
        bob = await IrcClient("Bob").connect(server.host, server.port)
        await bob.join("#club")
        bob.send("MODE #club +k sesame")
        await bob.sync()
        plain = IrcConfig(host=server.host, port=server.port, tls=False, nick="one")
        keyed = IrcConfig(
            host=server.host,
            port=server.port,
            tls=False,
            nick="two",
            channel_keys={"#Club": Secret("sesame")},
        )
        refused = await outcome_of_joining(plain)
        entered = await outcome_of_joining(keyed)
        await bob.close()
    assert refused == "irc.join.key"
    assert entered == "entered, secret"


async def outcome_of_joining(config: IrcConfig) -> str:
    """How it ends when a relay with this section wants into ``#club``."""
    connector = make_connector(NetworkName("net"), config, clock=RealClock(), random=Random(1))
    host = RecordingHost()
    await connector.start(host)
    await host.until_health(connector.relay().id, LoginHealth.CONNECTED)
    try:
        info = await connector.relay().join(ChatID("#club"))
    except NotAllowed as error:
        return error.reason.key
    finally:
        await connector.stop()
    return "entered, secret" if info.secret else "entered"


@pytest.mark.parametrize(
    ("listed", "modes", "topic"),
    [
        ("[+knt <key>] the topic", "knt", "the topic"),
        ("[+nt] ", "nt", ""),
        ("[news] today", "", "[news] today"),
        ("plain", "", "plain"),
    ],
)
def test_modes_before_a_listed_topic_are_told_apart_from_it(listed: str, modes: str, topic: str) -> None:
    assert split_listed(listed) == (frozenset(modes), topic)
