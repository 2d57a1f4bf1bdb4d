"""How a shell and a running bridge speak: one line of JSON each way, over a socket in the data folder."""

import json
from collections.abc import Sequence
from typing import Any, Final

import orjson
from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import RoomID, UserID

SOCKET_NAME: Final = "control.sock"
MAX_REQUEST_BYTES: Final = 64 * 1024
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
ANSWER_S: Final = 60.0
"""So long the bridge works on one wish; a shell waits a little longer."""


class NotUnderstood(ValueError):
    """A line that is not what was agreed upon."""


@frozen(kw_only=True)
class Wish:
    """What is to be done. Without ``person`` it is wished by the admin of the machine."""

    action: str
    words: tuple[str, ...] = ()
    person: UserID | None = None
    room_id: RoomID | None = None


@frozen(kw_only=True)
class Reply:
    phrases: Sequence[Phrase]
    done: bool


def encode_wish(wish: Wish) -> bytes:
    """A shell's words are any bytes; what is no text among them is shown as such."""
    fields = {"action": wish.action, "words": wish.words, "as": wish.person, "room": wish.room_id}
    # Not orjson, which refuses the halves of characters that Python makes of such bytes.
    text = json.dumps(fields, ensure_ascii=False)
    return text.encode(errors="replace") + b"\n"


def decode_wish(line: bytes) -> Wish:
    """Raises ``NotUnderstood``."""
    match _read(line):
        case {"action": str(action), "words": list(words), "as": person, "room": room} if (
            all(isinstance(word, str) for word in words)
            and isinstance(person, str | None)
            and isinstance(room, str | None)
        ):
            return Wish(
                action=action,
                words=tuple(words),
                person=None if person is None else UserID(person),
                room_id=None if room is None else RoomID(room),
            )
    raise NotUnderstood


def encode_reply(reply: Reply) -> bytes:
    phrases = [{"key": phrase.key, "values": phrase.values} for phrase in reply.phrases]
    return orjson.dumps({"done": reply.done, "phrases": phrases}) + b"\n"


def decode_reply(line: bytes) -> Reply:
    """Raises ``NotUnderstood``."""
    match _read(line):
        case {"done": bool(done), "phrases": list(phrases)}:
            return Reply(phrases=[_phrase(phrase) for phrase in phrases], done=done)
    raise NotUnderstood


def _read(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise NotUnderstood from error


def _phrase(stored: Any) -> Phrase:
    match stored:
        case {"key": str(key), "values": dict(values)} if all(
            isinstance(value, str | int) for value in values.values()
        ):
            return Phrase(key, values)
    raise NotUnderstood
