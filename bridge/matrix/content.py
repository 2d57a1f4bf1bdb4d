"""What we say, as the content of Matrix events."""

from typing import Any, Final, TypeAlias, assert_never

from attrs import frozen

from bridge.matrix.ports import Json
from bridge.model.ids import EventID, UserID
from bridge.model.markup import Document, Link, Paragraph, Text
from bridge.model.messages import Body, LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.outgoing import (
    Outgoing,
    Post,
    PostReaction,
    PostRedaction,
    PostStatus,
    PostTopic,
)
from bridge.text.characters import wash
from bridge.text.html_out import to_html
from bridge.text.plain import to_plain

MARK_KEY: Final = "dev.trunkline.mark"
LATE_KEY: Final = "dev.trunkline.late"
"""True on what was said while the bridge was not there to hear it, and fetched afterwards."""
HTML_FORMAT: Final = "org.matrix.custom.html"
STATUS_TYPE: Final = "com.beeper.message_send_status"

_MSGTYPES: Final = {Tone.TEXT: "m.text", Tone.NOTICE: "m.notice", Tone.EMOTE: "m.emote"}
_MEDIA_MSGTYPES: Final = {
    MediaKind.IMAGE: "m.image",
    MediaKind.VIDEO: "m.video",
    MediaKind.AUDIO: "m.audio",
    MediaKind.FILE: "m.file",
}


@frozen
class MessageEvent:
    """Goes out by ``PUT /send``."""

    type: str
    content: Json


@frozen
class StateChange:
    """Goes out by ``PUT /state``, under the empty key."""

    type: str
    content: Json


@frozen
class Redaction:
    """Goes out by ``PUT /redact``."""

    target: EventID
    reason: str | None


Action: TypeAlias = MessageEvent | StateChange | Redaction


def action_of(outgoing: Outgoing) -> Action:
    """What is to be asked of the homeserver."""
    match outgoing:
        case Post():
            return _post(outgoing)
        case PostReaction():
            relation = {
                "rel_type": "m.annotation",
                "event_id": outgoing.target,
                "key": wash(outgoing.key),
            }
            return MessageEvent("m.reaction", {"m.relates_to": relation, **_marked(outgoing.mark)})
        case PostRedaction():
            return Redaction(outgoing.target, wash(outgoing.reason) if outgoing.reason else None)
        case PostTopic():
            return StateChange("m.room.topic", {"topic": wash(outgoing.topic)})
        case PostStatus():
            return MessageEvent(STATUS_TYPE, _status(outgoing))
        case _:
            assert_never(outgoing)


def _post(post: Post) -> MessageEvent:
    event_type, content = _body(post.body)
    mentions = _mentions(post.mentions)
    if post.edit_of is not None:
        return MessageEvent("m.room.message", _edit(content, mentions, post))
    content["m.mentions"] = mentions
    if post.reply_to is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": post.reply_to}}
    content.update(_marked(post.mark))
    if post.late:
        content[LATE_KEY] = True
    return MessageEvent(event_type, content)


def _edit(new: Json, mentions: Json, post: Post) -> Json:
    """An edit, with the whole new text again for clients that do not know edits.

    Spec: https://spec.matrix.org/v1.11/client-server-api/#event-replacements
    """
    # A sticker cannot be edited; as a picture it can.
    new.setdefault("msgtype", "m.image")
    content = {**new, "body": f"* {new['body']}"}
    if "formatted_body" in new:
        content["formatted_body"] = f"* {new['formatted_body']}"
    content["m.new_content"] = {**new, "m.mentions": mentions}
    # Nobody is called a second time for a mended spelling.
    content["m.mentions"] = {}
    content["m.relates_to"] = {"rel_type": "m.replace", "event_id": post.edit_of}
    content.update(_marked(post.mark))
    return content


def _body(body: Body) -> tuple[str, Json]:
    match body:
        case TextBody():
            return "m.room.message", {"msgtype": _MSGTYPES[body.tone], **_text(body.text)}
        case MediaBody():
            return _media(body)
        case LocationBody():
            content = {"msgtype": "m.location", "body": wash(body.description), "geo_uri": wash(body.geo_uri)}
            return "m.room.message", content
        case _:
            assert_never(body)


def _text(text: Document) -> Json:
    content = {"body": to_plain(text)}
    html = to_html(text)
    return content if html is None else {**content, "format": HTML_FORMAT, "formatted_body": html}


def _media(body: MediaBody) -> tuple[str, Json]:
    if body.mxc is None:
        return "m.room.message", {"msgtype": "m.text", **_text(_linked(body))}
    filename = wash(body.filename)
    content: dict[str, Any] = {"body": filename, "url": body.mxc, "info": _info(body)}
    if body.caption is not None:
        content.update(_text(body.caption), filename=filename)
    if body.kind is MediaKind.STICKER:
        return "m.sticker", content
    return "m.room.message", {"msgtype": _MEDIA_MSGTYPES[body.kind], **content}


def _linked(body: MediaBody) -> Document:
    """A file that is elsewhere on the web: its name as a link, its caption below."""
    name = Text(wash(body.filename))
    label = Paragraph((Link(body.url, (name,)) if body.url else name,))
    return Document((label, *(body.caption.blocks if body.caption else ())))


def _info(body: MediaBody) -> Json:
    info = {"mimetype": body.mime_type, "size": body.size_bytes}
    return {key: value for key, value in info.items() if value is not None}


def _mentions(users: tuple[UserID, ...]) -> Json:
    """Always there: without it, clients look for names in the text.

    Spec: https://spec.matrix.org/v1.11/client-server-api/#user-and-room-mentions
    """
    return {"user_ids": list(users)} if users else {}


def _marked(mark: str | None) -> Json:
    return {} if mark is None else {MARK_KEY: mark}


def _status(status: PostStatus) -> Json:
    content: dict[str, Any] = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": status.target},
        "network": status.network,
        "status": "SUCCESS",
    }
    if not status.arrived:
        content["status"] = "FAIL_RETRIABLE" if status.can_retry else "FAIL_PERMANENT"
        content["reason"] = status.reason_code or "m.bridge_unavailable"
        content["message"] = wash(status.sentence or "")
    return content
