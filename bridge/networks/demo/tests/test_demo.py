"""What the demo network can do beyond the questions that every network is asked."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from bridge.api.network import KnowsPower, ListsChats
from bridge.model.errors import NetworkUnavailable, NotAllowed, NotDelivered, Uncertain
from bridge.model.ids import ChatID, EventID, NetworkName, RemoteMessageID, RemoteUserID, UserID
from bridge.model.markup import Document
from bridge.model.messages import MediaBody, MediaKind, TextBody
from bridge.model.outgoing import (
    Arrived,
    Say,
    SayEdit,
    SayKick,
    SayMessage,
    SayReaction,
    SayRedaction,
    SayTopic,
    Speaker,
    Target,
)
from bridge.model.remote_events import (
    RemoteEdit,
    RemoteJoin,
    RemoteLeave,
    RemoteMessage,
    RemoteReaction,
    RemoteRedaction,
    RemoteRename,
    RemoteTopic,
)
from bridge.model.statuses import CheckResult, Settlement
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector, make_connector
from bridge.networks.demo.ids import make_message_id
from bridge.networks.demo.protocol.place import Edited, Fault, Reacted, Removed, Said, TopicSet
from bridge.testing.network_kit import RealClock, RecordingHost, a_message, planned
from bridge.text.plain import to_plain

LOBBY = ChatID("lobby")
ALICE = Speaker(UserID("@alice:example.org"), "Alice", "alice")
EVENT = EventID("$event")


@pytest.fixture
def host() -> RecordingHost:
    return RecordingHost()


@pytest.fixture
async def demo(host: RecordingHost) -> AsyncIterator[DemoConnector]:
    """Two accounts of ours and Bob in the lobby."""
    config = DemoConfig(nicks=("bridge", "helper"))
    connector = make_connector(NetworkName("demo"), config, clock=RealClock(), random=Random(1))
    await connector.start(host)
    for login in connector.logins():
        await login.join(LOBBY)
    connector.place.come("lobby", "Bob")
    yield connector
    await connector.stop()


def _said(number: int, text: str, *, reply_to: int | None = None) -> Said:
    return Said(number=number, chat="lobby", nick="Bob", text=Document.of(text), reply_to=reply_to)


async def test_two_logins_that_see_one_chat_both_emit(demo: DemoConnector, host: RecordingHost) -> None:
    demo.place.write(None, lambda number: _said(number, "hello"))
    one, other = await host.until_emitted(RemoteMessage, 2)
    assert one == other
    assert {login for login, event in host.emitted if event == one} == {"demo:bridge", "demo:helper"}


async def test_the_line_of_one_login_is_not_emitted_by_the_other(
    demo: DemoConnector, host: RecordingHost
) -> None:
    bridge, helper = demo.logins()
    for part in planned(helper.plan(LOBBY, a_message("mine", relayed=None))):
        await helper.send(LOBBY, part)
    await bridge.client.drained()
    assert host.events(RemoteMessage) == []


async def test_a_relayed_line_names_its_speaker(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [part] = planned(relay.plan(LOBBY, a_message("hello", relayed="alice")))
    await relay.send(LOBBY, part)
    last = list(demo.place.said_in("lobby"))[-1]
    assert isinstance(last, Said)
    assert (last.nick, last.on_behalf_of, to_plain(last.text)) == ("bridge", "alice", "hello")


async def test_edit_reaction_redaction_and_topic_arrive_as_such(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [first] = planned(relay.plan(LOBBY, a_message("helo")))
    target = Target((await relay.send(LOBBY, first)).remote_ids)
    body = TextBody(Document.of("hello"))
    says: list[Say] = [
        SayEdit(speaker=ALICE, event_id=EVENT, target=target, body=body),
        SayReaction(speaker=ALICE, event_id=EVENT, target=target, key="👍"),
        SayRedaction(speaker=ALICE, event_id=EVENT, target=target),
        SayTopic(speaker=ALICE, event_id=EVENT, topic="news"),
    ]
    for number, say in enumerate(says):
        for part in planned(relay.plan(LOBBY, say), prefix=f"say{number}x"):
            await relay.send(LOBBY, part)
    kinds = [type(happening) for happening in demo.place.said_in("lobby")][-4:]
    assert kinds == [Edited, Reacted, Removed, TopicSet]
    assert demo.place.chats["lobby"].topic == "news"


async def test_what_people_do_is_emitted_in_its_own_form(demo: DemoConnector, host: RecordingHost) -> None:
    place = demo.place
    place.write(None, lambda number: _said(number, "helo"))
    place.write(
        None, lambda n: Edited(number=n, chat="lobby", nick="Bob", target=4, text=Document.of("hello"))
    )
    place.write(None, lambda n: Reacted(number=n, chat="lobby", nick="Bob", target=4, key="🎉"))
    place.write(None, lambda n: Removed(number=n, chat="lobby", nick="Bob", target=4))
    place.write(None, lambda n: TopicSet(number=n, chat="lobby", nick="Bob", topic="new"))
    place.come("lobby", "Carol")
    place.rename("Carol", "Karola")
    place.go("lobby", "Karola", by="Bob", reason="off with you")
    for login in demo.logins():
        await login.client.drained()
    kinds = [type(event) for login, event in host.emitted if login == "demo:bridge"][1:]
    assert kinds == [
        RemoteMessage,
        RemoteEdit,
        RemoteReaction,
        RemoteRedaction,
        RemoteTopic,
        RemoteJoin,
        RemoteRename,
        RemoteLeave,
    ]
    left = host.events(RemoteLeave)[0]
    assert (left.user.name, left.sender.name, left.kicked) == ("Karola", "Bob", True)


async def test_a_send_without_an_answer_is_uncertain_and_settled_by_evidence(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    demo.place.faults.append(Fault.LOSE_ANSWER)
    with pytest.raises(Uncertain):
        await relay.send(LOBBY, part)
    *_, heard = demo.place.said_in(LOBBY)
    assert await relay.settle(LOBBY, part) == Arrived((make_message_id(heard.number),))


async def test_a_line_that_got_lost_is_settled_as_not_arrived(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    demo.place.faults.append(Fault.LOSE_LINE)
    with pytest.raises(Uncertain):
        await relay.send(LOBBY, part)
    assert await relay.settle(LOBBY, part) is Settlement.NOT_ARRIVED


async def test_a_busy_chat_says_when_to_try_again(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    demo.place.faults.append(Fault.BUSY)
    with pytest.raises(NotDelivered) as caught:
        await relay.send(LOBBY, part)
    assert caught.value.retry_at is not None
    assert (await relay.send(LOBBY, part)).confirmed


async def test_the_same_token_twice_is_one_line(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    [part] = planned(relay.plan(LOBBY, a_message("hello")))
    first, again = await relay.send(LOBBY, part), await relay.send(LOBBY, part)
    assert first == again
    assert sum(isinstance(happening, Said) for happening in demo.place.said_in("lobby")) == 1


async def test_an_edit_of_what_never_crossed_is_refused(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    say = SayEdit(speaker=ALICE, event_id=EVENT, target=Target(), body=TextBody(Document.of("x")))
    with pytest.raises(NotDelivered):
        relay.plan(LOBBY, say)


async def test_a_file_is_shown_as_its_link(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    body = MediaBody(MediaKind.IMAGE, "cat.jpg", caption=Document.of("my cat"))
    say = SayMessage(speaker=ALICE, event_id=EVENT, body=body, media_url="https://example.org/cat")
    [part] = planned(relay.plan(LOBBY, say))
    await relay.send(LOBBY, part)
    last = list(demo.place.said_in("lobby"))[-1]
    assert isinstance(last, Said)
    assert to_plain(last.text) == "cat.jpg https://example.org/cat\n\nmy cat"


async def test_an_owner_may_kick_and_others_may_not(demo: DemoConnector) -> None:
    relay, helper = demo.logins()
    say = SayKick(speaker=ALICE, event_id=EVENT, user=RemoteUserID("bob"), reason="spam")
    [part] = planned(relay.plan(LOBBY, say))
    with pytest.raises(NotDelivered):
        await helper.send(LOBBY, part)
    await relay.send(LOBBY, part)
    assert "Bob" not in relay.names(LOBBY)


async def test_power_belongs_to_who_came_first(demo: DemoConnector) -> None:
    relay = demo.logins()[0]
    assert isinstance(relay, KnowsPower)
    assert relay.login_runs_chat(LOBBY)
    assert not relay.runs_chat(LOBBY, RemoteUserID("bob"))


async def test_secret_chats_are_in_no_directory(demo: DemoConnector) -> None:
    demo.place.open_chat("cellar", secret=True)
    relay = demo.logins()[0]
    assert isinstance(relay, ListsChats)
    assert [listing.name for listing in await relay.list_chats(None, 10)] == ["~lobby"]
    assert await relay.list_chats("cellar", 10) == []


async def test_a_closed_chat_refuses_the_bridge(demo: DemoConnector) -> None:
    demo.place.open_chat("club").closed_to.add("bridge")
    with pytest.raises(NotAllowed):
        await demo.logins()[0].join(ChatID("club"))


async def test_a_wish_to_join_comes_true_with_the_connection(
    demo: DemoConnector, host: RecordingHost
) -> None:
    relay = demo.logins()[0]
    await relay.disconnect()
    with pytest.raises(NetworkUnavailable):
        await relay.join(ChatID("garden"))
    await relay.connect(host)
    assert (relay.id, ChatID("garden")) in host.seen
    assert (relay.id, LOBBY) in host.seen


async def test_the_check_is_content(demo: DemoConnector) -> None:
    [line] = await demo.check()
    assert line.result is CheckResult.OK


async def test_a_reply_carries_the_number_it_answers(demo: DemoConnector, host: RecordingHost) -> None:
    demo.place.write(None, lambda number: _said(number, "yes", reply_to=3))
    message = (await host.until_emitted(RemoteMessage))[0]
    assert message.reply_to == RemoteMessageID("m3")
