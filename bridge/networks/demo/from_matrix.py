"""What is to be said in the demo chat, as parts; and parts as happenings. Plain functions on plain values."""

from collections.abc import Callable
from typing import assert_never

from bridge.model.codec import decode_document, encode_document
from bridge.model.errors import NotDelivered, Phrase
from bridge.model.ids import ChatID, RemoteMessageID
from bridge.model.markup import Document, Text
from bridge.model.markup import Paragraph as Para
from bridge.model.messages import Body, LocationBody, MediaBody, TextBody, Tone
from bridge.model.outgoing import (
    Part,
    Say,
    SayEdit,
    SayKick,
    SayMessage,
    SayReaction,
    SayRedaction,
    SayTopic,
    Target,
)
from bridge.networks.demo.ids import parse_message_id
from bridge.networks.demo.protocol.place import Edited, Happening, Reacted, Removed, Said, TopicSet


def plan_say(say: Say) -> tuple[Part, ...]:
    """One write for everything; raises ``NotDelivered`` for what speaks about a line nobody knows."""
    payload = {} if say.speaker.relayed is None else {"as": say.speaker.relayed}
    match say:
        case SayMessage():
            payload |= {"do": "say"} | _words(say.body, say.media_url)
            if say.reply_to is not None and say.reply_to.remote_ids:
                payload["target"] = say.reply_to.remote_ids[0]
        case SayEdit():
            payload |= {"do": "edit", "target": _target(say.target)} | _words(say.body, say.media_url)
        case SayReaction():
            payload |= {"do": "react", "target": _target(say.target), "key": say.key}
        case SayRedaction():
            payload |= {"do": "remove", "target": _target(say.target)}
        case SayTopic():
            payload |= {"do": "topic", "topic": say.topic}
        case SayKick():
            payload |= {"do": "kick", "user": say.user, "reason": say.reason or ""}
        case _:
            assert_never(say)
    return (Part(payload, payload["do"]),)


def read_part(chat: ChatID, nick: str, part: Part) -> Callable[[int], Happening]:
    """The happening that a part asks for, once it has a number; a kick is done by the login."""
    payload = part.payload
    behalf = payload.get("as")
    target = parse_message_id(RemoteMessageID(payload["target"])) if "target" in payload else None

    def make(number: int) -> Happening:
        if payload["do"] == "topic":
            return TopicSet(number=number, chat=chat, nick=nick, topic=payload["topic"])
        if payload["do"] == "say":
            text, tone = decode_document(payload["text"]), Tone(payload["tone"])
            return Said(
                number=number,
                chat=chat,
                nick=nick,
                text=text,
                tone=tone,
                reply_to=target,
                on_behalf_of=behalf,
            )
        assert target is not None, "plan_say gives every other part a target"
        if payload["do"] == "edit":
            text, tone = decode_document(payload["text"]), Tone(payload["tone"])
            return Edited(
                number=number, chat=chat, nick=nick, target=target, text=text, tone=tone, on_behalf_of=behalf
            )
        if payload["do"] == "react":
            key = payload["key"]
            return Reacted(number=number, chat=chat, nick=nick, target=target, key=key, on_behalf_of=behalf)
        return Removed(number=number, chat=chat, nick=nick, target=target, on_behalf_of=behalf)

    return make


def _words(body: Body, media_url: str | None) -> dict[str, str]:
    text, tone = _document(body, media_url), body.tone if isinstance(body, TextBody) else Tone.TEXT
    return {"text": encode_document(text).decode(), "tone": tone.value}


def _document(body: Body, media_url: str | None) -> Document:
    match body:
        case TextBody(text=text):
            return text
        case MediaBody(filename=filename, url=url, caption=caption):
            words = " ".join(filter(None, [filename, media_url or url]))
            return Document((Para((Text(words),)), *(caption.blocks if caption else ())))
        case LocationBody(description=description, geo_uri=geo_uri):
            return Document.of(f"{description} {geo_uri}".strip())


def _target(target: Target) -> str:
    if not target.remote_ids:
        raise NotDelivered(Phrase.of("demo.target.unknown"))
    return str(target.remote_ids[0])
