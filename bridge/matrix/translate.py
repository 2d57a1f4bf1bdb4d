"""An event's JSON into one of our own. Takes anything that a stranger may have written.

What has no meaning for us becomes ``MatrixOther``; only what breaks the form of its own type is
``Unreadable``.
"""

from collections.abc import Callable
from typing import Any, Final

from bridge.matrix.bodies import body_of
from bridge.matrix.content import MARK_KEY
from bridge.matrix.foreign import says_foreign_bridge
from bridge.matrix.json_text import NotJson, read_json
from bridge.matrix.ports import Json
from bridge.matrix.shapes import flag_of, name_of, object_of, text_of, texts_of, time_of
from bridge.model.errors import Phrase, Unreadable
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEncryptionOn,
    MatrixEvent,
    MatrixMembership,
    MatrixMessage,
    MatrixOther,
    MatrixReaction,
    MatrixRedaction,
    MatrixTombstone,
    MatrixTopic,
    MatrixUnreadable,
    Membership,
)

MAX_MENTIONS: Final = 100
"""More names than this in one message are somebody's joke."""

_MEMBERSHIPS: Final = {kind.value: kind for kind in Membership}


def translate(body: bytes) -> MatrixEvent:
    """Open an event. Raises ``Unreadable`` and nothing else."""
    try:
        event = read_json(body)
    except NotJson as error:
        raise _unreadable("json") from error
    if not isinstance(event, dict):
        raise _unreadable("object")
    return translate_event(event)


def translate_event(event: Json) -> MatrixEvent:
    """The same for JSON that is read already."""
    base = _base(event)
    event_type = event.get("type")
    if not isinstance(event_type, str):
        raise _unreadable("type")
    if "redacted_because" in object_of(event, "unsigned"):
        return MatrixOther(**base, type=event_type)
    has_state_key = isinstance(event.get("state_key"), str)
    reader = (_STATE if has_state_key else _MESSAGES).get(event_type)
    return reader(event, base) if reader else MatrixOther(**base, type=event_type)


def _base(event: Json) -> dict[str, Any]:
    names = [name_of(event, key) for key in ("event_id", "room_id", "sender")]
    event_id, room_id, sender = names
    if event_id is None or room_id is None or sender is None:
        raise _unreadable("names")
    return {
        "event_id": EventID(event_id),
        "room_id": RoomID(room_id),
        "sender": UserID(sender),
        "sent_at": time_of(event, "origin_server_ts"),
        "mark": name_of(object_of(event, "content"), MARK_KEY),
    }


# ------------------------------------------------------------------------------------- messages


def _message(event: Json, base: dict[str, Any]) -> MatrixEvent:
    content = object_of(event, "content")
    relation = object_of(content, "m.relates_to")
    target = name_of(relation, "event_id")
    rel_type = relation.get("rel_type")
    if rel_type == "m.replace" and target is not None:
        return _edit(content, target, base)
    if str(content.get("msgtype", "")).startswith("m.key.verification."):
        return MatrixOther(**base, type=str(event["type"]))
    in_thread = rel_type == "m.thread" and target is not None
    # In a thread the reply may be there only for clients that know no threads.
    falls_back = in_thread and flag_of(relation, "is_falling_back")
    reply_to = name_of(object_of(relation, "m.in_reply_to"), "event_id")
    body = body_of(content, is_reply=reply_to is not None, is_sticker=event["type"] == "m.sticker")
    if body is None:
        raise _unreadable("body")
    mentions = object_of(content, "m.mentions")
    return MatrixMessage(
        **base,
        body=body,
        reply_to=EventID(reply_to) if reply_to and not falls_back else None,
        thread_root=EventID(target) if in_thread and target else None,
        mentions=tuple(UserID(user) for user in texts_of(mentions, "user_ids")[:MAX_MENTIONS]),
        mentions_room=flag_of(mentions, "room"),
        foreign_bridge=says_foreign_bridge(content),
    )


def _edit(content: Json, target: str, base: dict[str, Any]) -> MatrixEvent:
    """An edit; where the new content is missing, the text for older clients stands in for it."""
    body = body_of(object_of(content, "m.new_content")) or body_of(_without_star(content))
    if body is None:
        raise _unreadable("body")
    return MatrixEdit(**base, target=EventID(target), body=body)


def _without_star(content: Json) -> Json:
    texts = {key: text.removeprefix("* ") for key in _TEXTS if (text := text_of(content, key)) is not None}
    return {**content, **texts}


_TEXTS: Final = ("body", "formatted_body")


def _reaction(event: Json, base: dict[str, Any]) -> MatrixEvent:
    relation = object_of(object_of(event, "content"), "m.relates_to")
    target, key = name_of(relation, "event_id"), text_of(relation, "key")
    if relation.get("rel_type") != "m.annotation" or target is None or not key:
        raise _unreadable("relation")
    return MatrixReaction(**base, target=EventID(target), key=key)


def _redaction(event: Json, base: dict[str, Any]) -> MatrixEvent:
    """Since room version 11 the target stands in the content, before beside it."""
    content = object_of(event, "content")
    target = name_of(content, "redacts") or name_of(event, "redacts")
    if target is None:
        raise _unreadable("redacts")
    return MatrixRedaction(**base, target=EventID(target), reason=text_of(content, "reason"))


def _encrypted(event: Json, base: dict[str, Any]) -> MatrixEvent:
    return MatrixUnreadable(**base)


# ---------------------------------------------------------------------------------------- state


def _member(event: Json, base: dict[str, Any]) -> MatrixEvent:
    content, user_id = object_of(event, "content"), name_of(event, "state_key")
    membership = _membership(content)
    if user_id is None or membership is None:
        raise _unreadable("membership")
    before = object_of(object_of(event, "unsigned"), "prev_content") or object_of(event, "prev_content")
    return MatrixMembership(
        **base,
        user_id=UserID(user_id),
        membership=membership,
        previous=_membership(before),
        display_name=text_of(content, "displayname"),
        reason=text_of(content, "reason"),
        is_direct=flag_of(content, "is_direct"),
    )


def _membership(content: Json) -> Membership | None:
    named = content.get("membership")
    return _MEMBERSHIPS.get(named) if isinstance(named, str) else None


def _topic(event: Json, base: dict[str, Any]) -> MatrixEvent:
    # A topic without a text is one that was taken away.
    return MatrixTopic(**base, topic=text_of(object_of(event, "content"), "topic") or "")


def _tombstone(event: Json, base: dict[str, Any]) -> MatrixEvent:
    content = object_of(event, "content")
    replacement = name_of(content, "replacement_room")
    if replacement is None:
        raise _unreadable("replacement")
    message = text_of(content, "body") or ""
    return MatrixTombstone(**base, replacement=RoomID(replacement), message=message)


def _encryption(event: Json, base: dict[str, Any]) -> MatrixEvent:
    return MatrixEncryptionOn(**base)


_Reader = Callable[[Json, dict[str, Any]], MatrixEvent]

_MESSAGES: Final[dict[str, _Reader]] = {
    "m.room.message": _message,
    "m.sticker": _message,
    "m.reaction": _reaction,
    "m.room.redaction": _redaction,
    "m.room.encrypted": _encrypted,
}
_STATE: Final[dict[str, _Reader]] = {
    "m.room.member": _member,
    "m.room.topic": _topic,
    "m.room.tombstone": _tombstone,
    "m.room.encryption": _encryption,
}


def _unreadable(what: str) -> Unreadable:
    return Unreadable(Phrase.of("matrix.unreadable", what=what))
