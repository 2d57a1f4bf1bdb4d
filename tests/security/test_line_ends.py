"""A line end in any field that people fill never becomes a second command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.actions.chats import Join
from bridge.commands.parse import parse_arguments
from bridge.model.errors import BridgeError, InvalidInput
from bridge.model.ids import ChatID, EventID, RemoteMessageID, RemoteUserID, UserID
from bridge.model.markup import Document
from bridge.model.messages import Body, LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.outgoing import (
    Part,
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
from bridge.networks.irc.from_matrix import Room, plan_say
from bridge.networks.irc.ids import parse_chat_slug, parse_chat_text
from bridge.networks.irc.parts import WriteKind, read_part
from bridge.networks.irc.protocol.joins import make_join
from bridge.networks.irc.protocol.line import InvalidLine, Line, encode_line

CHAT = ChatID("#python")
ROOM = Room(max_lines=2000, tags=True)
EVIL = "x\r\nQUIT :gone\nJOIN #evil\rPART #python\x00\u2028QUIT\x85QUIT"

nasty = st.text(st.sampled_from("\r\n\0\x01\x0b\x0c\x85\u2028\u2029 :,#aé"), max_size=30)


def sayings(text: str) -> list[Say]:
    """Everything that can be said, with the same words in every field."""
    who = Speaker(UserID(f"@{text}:example.org"), text, text)
    target = Target((RemoteMessageID("abc"),), text, RemoteUserID("bob"), text)
    event_id = EventID("$e")
    bodies: list[Body] = [
        TextBody(Document.of(text), Tone.TEXT),
        TextBody(Document.of(text), Tone.EMOTE),
        MediaBody(kind=MediaKind.FILE, filename=text, caption=Document.of(text), url=f"http://x/{text}"),
        LocationBody(description=text, geo_uri=text),
    ]
    return [
        *(SayMessage(speaker=who, event_id=event_id, body=body, reply_to=target) for body in bodies),
        *(SayEdit(speaker=who, event_id=event_id, target=target, body=body) for body in bodies),
        SayReaction(speaker=who, event_id=event_id, target=target, key=text),
        SayRedaction(speaker=who, event_id=event_id, target=target, reason=text),
        SayTopic(speaker=who, event_id=event_id, topic=text),
        SayKick(speaker=who, event_id=event_id, user=RemoteUserID("bob"), reason=text),
    ]


def on_the_wire(part: Part) -> bytes:
    write = read_part(part)
    match write.kind:
        case WriteKind.TOPIC:
            return encode_line(Line("TOPIC", (write.target, write.text)))
        case WriteKind.KICK:
            return encode_line(Line("KICK", (write.target, write.user, write.text)))
        case _:
            return encode_line(Line("PRIVMSG", (write.target, write.text), tags=write.tags))


def is_one_line(data: bytes) -> bool:
    return data.endswith(b"\r\n") and not set(data[:-2]) & set(b"\r\n\0")


@pytest.mark.parametrize("say", sayings(EVIL), ids=lambda say: type(say).__name__)
def test_a_carriage_return_in_what_is_replied_to_stays_in_its_line(say: Say) -> None:
    """GHSA-52rh-5rpj-c3w6: a CR in a replied message became raw commands."""
    parts = plan_say(CHAT, say, ROOM)

    assert parts
    assert all(is_one_line(on_the_wire(part)) for part in parts)


@given(nasty)
def test_whatever_the_words_every_write_is_one_line(text: str) -> None:
    """GHSA-52rh-5rpj-c3w6 and CVE-2025-27146, for all fields and all line ends."""
    parts = [part for say in sayings(text) for part in plan_say(CHAT, say, ROOM)]

    assert all(is_one_line(on_the_wire(part)) for part in parts)


def test_a_newline_in_a_topic_does_not_end_it() -> None:
    """CVE-2025-27146: every field needs the care that messages get."""
    who = Speaker(UserID("@eve:example.org"), "eve", "eve")

    [part] = plan_say(CHAT, SayTopic(speaker=who, event_id=EventID("$e"), topic="a\r\nQUIT :gone"), ROOM)

    assert on_the_wire(part) == b"TOPIC #python :a QUIT :gone\r\n"


@given(nasty)
def test_a_channel_that_is_typed_is_a_channel_or_nothing(text: str) -> None:
    """CVE-2024-52505: channel names were joined as they came."""
    try:
        chat = parse_chat_text(text)
    except InvalidInput:
        return
    assert encode_line(make_join(chat)) == f"JOIN {chat}\r\n".encode()


@given(nasty)
def test_a_channel_in_an_alias_is_a_channel_or_nothing(text: str) -> None:
    """CVE-2024-52505, by the other door."""
    slug = "".join(f"={byte:02x}" for byte in text.encode())
    try:
        chat = parse_chat_slug(slug)
    except InvalidInput:
        return
    assert encode_line(make_join(chat)) == f"JOIN {chat}\r\n".encode()


@pytest.mark.parametrize("typed", ["#a\r\nQUIT", "#a\nOPER x y", "#a\rQUIT", "#a\0QUIT", "#a QUIT", "#a,0"])
def test_a_newline_in_a_command_is_no_second_command(typed: str) -> None:
    """CVE-2023-38690: what an admin typed went to the server as it was."""
    with pytest.raises(BridgeError):
        parse_chat_text(parse_arguments(Join.spec, ["irc", typed], lambda word: word == "irc")["chat"])


@given(nasty, nasty)
def test_the_last_layer_raises_rather_than_repairs(command: str, param: str) -> None:
    """If all else fails: nothing with a line end in it can be written."""
    try:
        data = encode_line(Line(command, (param,)))
    except InvalidLine:
        return
    assert is_one_line(data)
