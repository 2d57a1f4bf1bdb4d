"""What is to be said, as writes to IRC: one part a line, each short enough to arrive whole.

Plain functions on plain values. Nothing is dropped in silence: a message that takes more lines than the
bound is refused as a whole, and its sender told.
"""

from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from attrs import frozen

from bridge.model.errors import NotDelivered, Phrase
from bridge.model.ids import ChatID
from bridge.model.messages import TextBody, Tone
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
from bridge.networks.irc.describe import (
    Row,
    describe_body,
    describe_kick,
    describe_reaction,
    describe_redaction,
    mark_edit,
    mark_late,
    mark_reply,
)
from bridge.networks.irc.ids import parse_message_id
from bridge.networks.irc.parts import Write, WriteKind, make_part
from bridge.networks.irc.protocol.formatting import write_codes
from bridge.networks.irc.protocol.split import cut_text, split_text
from bridge.networks.irc.voice import Voice, relayed_name, voice_of
from bridge.text.characters import wash_line

LONGEST_AROUND: Final = len(":!@ PRIVMSG  :\r\n") + 30 + 13 + 64
"""Bytes around a text but for the target, with the longest nick, user and host that are customary.

A plan outlives a connection: the next one may have a longer nick or host.
"""
ACTION_BYTES: Final = len("\x01ACTION \x01")
MIN_ROOM_BYTES: Final = 40
TAB: Final = "    "
REPLY_TAG: Final = "+draft/reply"
TOPIC_BYTES: Final = 300
"""Where the server announces no ``TOPICLEN``."""
REASON_BYTES: Final = 200


@frozen(kw_only=True)
class Room:
    """What a channel allows.

    Attributes:
        text_bytes: how long a PRIVMSG's text may be now; None while nobody knows.
        topic_bytes: how long a topic may be; None where the server did not say.
        kick_bytes: the same of the reason of a kick.
        tags: the server takes message tags.
    """

    max_lines: int
    language: str = "en"
    text_bytes: int | None = None
    topic_bytes: int | None = None
    kick_bytes: int | None = None
    tags: bool = False


def plan_say(chat: ChatID, say: Say, room: Room) -> tuple[Part, ...]:
    """The writes in their order. Raises ``NotDelivered`` for what is too long for IRC altogether."""
    match say:
        case SayMessage():
            rows = describe_body(say.body, media_url=say.media_url, language=room.language)
            tags: Mapping[str, str] = {}
            if say.reply_to is not None:
                rows, tags = mark_reply(rows, say.reply_to), _reply_tags(say.reply_to, room)
            return _lines(chat, _voice(say.speaker, say), mark_late(rows, say.said_at), room, tags)
        case SayEdit():
            rows = describe_body(say.body, media_url=say.media_url, language=room.language)
            return _lines(chat, _voice(say.speaker, say), mark_edit(rows, say.target), room)
        case SayReaction():
            row = describe_reaction(say, room.language)
            return _lines(chat, voice_of(say.speaker, Tone.EMOTE), [row], room, _reply_tags(say.target, room))
        case SayRedaction():
            row = describe_redaction(say, room.language)
            return _lines(chat, voice_of(say.speaker, Tone.EMOTE), [row], room, _reply_tags(say.target, room))
        case SayTopic(topic=topic):
            text = cut_text(wash_line(topic), min(room.topic_bytes or TOPIC_BYTES, _line_room(chat)))
            return (make_part(Write(WriteKind.TOPIC, chat, text)),)
        case SayKick():
            return (
                make_part(Write(WriteKind.KICK, chat, _kick_reason(say, room), user=wash_line(say.user))),
            )
        case _:
            assert_never(say)


def room_for_text(chat: ChatID, room: Room, kind: WriteKind) -> int:
    """Bytes of text that arrive whole, with every prefix still in them. Raises ``NotDelivered``."""
    likely = 512 - LONGEST_AROUND - len(chat.encode())
    bytes_ = likely if room.text_bytes is None else min(likely, room.text_bytes)
    bytes_ -= ACTION_BYTES if kind is WriteKind.ACTION else 0
    if bytes_ < MIN_ROOM_BYTES:
        raise NotDelivered(Phrase.of("irc.plan.no_room", chat=chat))
    return bytes_


def _lines(
    chat: ChatID, voice: Voice, rows: Iterable[Row], room: Room, tags: Mapping[str, str] | None = None
) -> tuple[Part, ...]:
    size = room_for_text(chat, room, voice.kind) - len(voice.prefix.encode())
    if size < MIN_ROOM_BYTES:
        raise NotDelivered(Phrase.of("irc.plan.no_room", chat=chat))
    pieces = (piece for row in rows for piece in split_text(write_codes(row).replace("\t", TAB), size))
    texts = [voice.prefix + piece for piece in pieces]
    if len(texts) > room.max_lines:
        raise NotDelivered(Phrase.of("irc.plan.too_long", lines=len(texts), limit=room.max_lines))
    first = dict(tags or {})
    writes = [
        Write(voice.kind, chat, text, tags={} if number else first) for number, text in enumerate(texts)
    ]
    return tuple(make_part(write) for write in writes)


def _voice(speaker: Speaker, say: SayMessage | SayEdit) -> Voice:
    return voice_of(speaker, say.body.tone if isinstance(say.body, TextBody) else Tone.TEXT)


def _reply_tags(target: Target, room: Room) -> Mapping[str, str]:
    if not room.tags or not target.remote_ids:
        return {}
    return {REPLY_TAG: parse_message_id(target.remote_ids[0])}


def _kick_reason(say: SayKick, room: Room) -> str:
    size = min(room.kick_bytes or REASON_BYTES, REASON_BYTES)
    if say.speaker.relayed is None:
        return cut_text(wash_line(say.reason or ""), size)
    return cut_text(describe_kick(relayed_name(say.speaker), say.reason, room.language), size)


def _line_room(chat: ChatID) -> int:
    """Bytes that fit behind a channel's name, whatever stands before it."""
    return 512 - LONGEST_AROUND - len(chat.encode())
