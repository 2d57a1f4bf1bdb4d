"""What people in a room see of what happened on IRC."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.codec import decode_remote_event, encode_remote_event
from bridge.model.ids import ChatID, LoginID, NetworkName, PortalKey
from bridge.model.markup import Document, Paragraph, Style, Styled, Text
from bridge.model.messages import TextBody, Tone
from bridge.model.remote_events import (
    RemoteEvent,
    RemoteJoin,
    RemoteLeave,
    RemoteMessage,
    RemoteReaction,
    RemoteRename,
    RemoteTopic,
)
from bridge.networks.irc.ids import make_user
from bridge.networks.irc.protocol.events import (
    Event,
    Joined,
    Kicked,
    Message,
    MessageKind,
    NickChanged,
    Parted,
    Quit,
    TopicChanged,
)
from bridge.networks.irc.protocol.line import Source
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import Session, SessionConfig
from bridge.networks.irc.to_matrix import View, to_matrix

BOB = Source("Bob", "b", "host.example")
US = Source("Bridge", "t", "us.example")
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOGIN = LoginID("net:relay")
CHAT = PortalKey(NetworkName("net"), ChatID("#python"))


def names(chat: ChatID) -> Collection[str]:
    return ("Bob", "Carol", "Bridge", "so")


VIEW = View(NetworkName("net"), LOGIN, lambda nick: nick.lower() == "bridge", names)


def said(text: str, kind: MessageKind = MessageKind.PRIVMSG, source: Source = BOB) -> Message:
    return Message(kind, source, "#Python", text, msgid="m1", server_time=AT, account="bobby")


def read(event: Event) -> list[RemoteEvent]:
    return list(to_matrix(event, VIEW))


def test_a_line_keeps_its_speaker_time_and_id() -> None:
    assert read(said("hello")) == [
        RemoteMessage(
            portal=CHAT,
            sender=make_user(BOB, "bobby"),
            remote_id="m1",  # type: ignore[arg-type]  # what the server wrote
            happened_at=AT,
            body=TextBody(Document.of("hello")),
        )
    ]


@pytest.mark.parametrize(
    ("kind", "tone"),
    [
        (MessageKind.PRIVMSG, Tone.TEXT),
        (MessageKind.NOTICE, Tone.NOTICE),
        (MessageKind.ACTION, Tone.EMOTE),
    ],
)
def test_text_notice_and_deed_are_told_apart(kind: MessageKind, tone: Tone) -> None:
    [message] = read(said("hello", kind))
    assert isinstance(message, RemoteMessage)
    assert message.body == TextBody(Document.of("hello"), tone)


def test_codes_become_formatting() -> None:
    [message] = read(said("\x02loud\x02 and low"))
    assert isinstance(message, RemoteMessage)
    loud = Styled(Style.BOLD, (Text("loud"),))
    assert message.body == TextBody(Document((Paragraph((loud, Text(" and low"))),)))


@pytest.mark.parametrize(
    "event",
    [
        said("VERSION", MessageKind.CTCP),
        said("VERSION x", MessageKind.CTCP_REPLY),
        said("hello", source=US),
        said(""),
        said("\x02\x02"),
        Message(MessageKind.PRIVMSG, BOB, "#python", "psst", status="@"),
        # The echo of a line that we said under a nick which is not ours any more.
        Message(MessageKind.PRIVMSG, BOB, "#python", "hello", is_echo=True),
        Message(MessageKind.NOTICE, Source("irc.example"), "Bridge", "*** Looking up your hostname"),
        Message(MessageKind.PRIVMSG, BOB, "#a b", "hello"),
        Message(MessageKind.PRIVMSG, BOB, "", "hello"),
        Message(MessageKind.TAGMSG, BOB, "#python", "", tags={"+typing": "active"}),
        TopicChanged("#python", "told on joining", "Bob", AT, is_new=False),
        TopicChanged("#python", "ours", "Bridge", AT, is_new=True),
        Joined("#python", US, is_self=True),
        Parted("#python", US, "", is_self=True),
        Kicked("#python", BOB, "Bridge", "", is_self=True),
        Quit(US, "", ("#python",)),
        NickChanged(US, "Bridge", "Bridge_", is_self=True, channels=("#python",)),
    ],
)
def test_these_are_not_for_the_room(event: Event) -> None:
    assert read(event) == []


@pytest.mark.parametrize("text", ["Carol: hi", "carol, hi", "\x02Carol\x02: hi", "Carol:"])
def test_a_line_that_begins_with_a_nick_mentions_it(text: str) -> None:
    [message] = read(said(text))
    assert isinstance(message, RemoteMessage)
    assert message.mentions == ("carol",)


@pytest.mark.parametrize(
    "text", ["Carol hi", "hi Carol: x", "so what", "nobody: hi", "Carol:hi", "https://x"]
)
def test_a_nick_elsewhere_is_only_a_word(text: str) -> None:
    [message] = read(said(text))
    assert isinstance(message, RemoteMessage)
    assert message.mentions == ()


def test_a_reply_knows_what_it_answers() -> None:
    tagged = Message(MessageKind.PRIVMSG, BOB, "#python", "yes", tags={"+draft/reply": "m0"})
    [message] = read(tagged)
    assert isinstance(message, RemoteMessage)
    assert message.reply_to == "m0"


def test_a_reaction_is_one() -> None:
    tags = {"+draft/react": "👍", "+draft/reply": "m0"}
    [reaction] = read(Message(MessageKind.TAGMSG, BOB, "#python", "", tags=tags))
    assert isinstance(reaction, RemoteReaction)
    assert (reaction.key, reaction.target, reaction.removed) == ("👍", "m0", False)


def test_a_private_line_belongs_to_its_login() -> None:
    [message] = read(Message(MessageKind.PRIVMSG, BOB, "Bridge", "psst"))
    assert message.portal == PortalKey(NetworkName("net"), ChatID("bob"), LOGIN)


def test_a_topic_comes_without_codes() -> None:
    [topic] = read(TopicChanged("#python", "\x02news\x0f  today", "Bob", AT, is_new=True))
    assert isinstance(topic, RemoteTopic)
    assert (topic.topic, topic.sender.id) == ("news today", "bob")


def test_coming_going_and_being_kicked() -> None:
    [join] = read(Joined("#python", BOB, is_self=False, account="bobby"))
    [part] = read(Parted("#python", BOB, "bye", is_self=False))
    [kick] = read(Kicked("#python", BOB, "Carol", "\x02spam", is_self=False))
    assert isinstance(join, RemoteJoin)
    assert isinstance(part, RemoteLeave)
    assert isinstance(kick, RemoteLeave)
    assert (part.user.id, part.reason, part.kicked) == ("bob", "bye", False)
    assert (kick.user.id, kick.sender.id, kick.reason, kick.kicked) == ("carol", "bob", "spam", True)


def test_who_quits_leaves_every_channel() -> None:
    left = read(Quit(BOB, "gone", ("#python", "#c")))
    assert [event.portal.chat for event in left] == ["#python", "#c"]


@pytest.mark.parametrize(
    ("reason", "in_batch", "split"),
    [
        ("hub.example.org leaf.example.org", False, "hub.example.org leaf.example.org"),
        ("*.net *.split", False, "*.net *.split"),
        ("hub leaf", True, "hub leaf"),
        ("hub leaf", False, None),
        ("Quit: hub.example.org leaf.example.org", False, None),
        ('"hub.example.org leaf.example.org"', False, None),
        ("gone fishing", False, None),
        ("", True, None),
    ],
)
def test_who_was_torn_away_by_a_netsplit_did_not_quit(reason: str, in_batch: bool, split: str | None) -> None:
    [left] = read(Quit(BOB, reason, ("#python",), is_netsplit=in_batch))
    assert isinstance(left, RemoteLeave)
    assert left.split == split


def test_a_new_nick_is_the_same_person() -> None:
    [rename] = read(NickChanged(BOB, "Bob", "Robert", is_self=False, channels=("#python",)))
    assert isinstance(rename, RemoteRename)
    assert (rename.previous.id, rename.sender.id, rename.sender.name) == ("bob", "robert", "Robert")


@given(st.binary(max_size=600), st.sampled_from([b"PRIVMSG", b"NOTICE", b"TOPIC", b"KICK", b"PART", b"NICK"]))
def test_whatever_bytes_are_said_can_be_stored_and_read_back(data: bytes, command: bytes) -> None:
    session = registered_session()
    line = data.replace(b"\r", b"").replace(b"\n", b"")
    events = session.receive(b":Bob!b@h " + command + b" #python :" + line + b"\r\n", 3.0)
    events += session.receive(b":Bob!b@h " + command + b" " + line + b"\r\n", 4.0)
    remote = [one for event in events for one in to_matrix(event, VIEW)]
    assert [decode_remote_event(encode_remote_event(one)) for one in remote] == remote


def registered_session() -> Session:
    """A session of ours in ``#python`` with Bob."""
    session = Session(SessionConfig(Identity("Bridge")))
    session.connected(0.0)
    session.bytes_to_send(0.0)
    session.receive(b":irc 001 Bridge :hi\r\n:irc 422 Bridge :no motd\r\n", 1.0)
    session.receive(b":Bridge!t@h JOIN #python\r\n:irc 353 Bridge = #python :Bridge Bob Carol\r\n", 2.0)
    session.receive(b":irc 366 Bridge #python :end\r\n", 2.0)
    return session
