"""Receipts and typing out of a transaction; everything else in passing is left aside.

Spec: https://spec.matrix.org/v1.13/application-service-api/#pushing-ephemeral-data
"""

from collections.abc import Iterator
from typing import Any

from bridge.matrix.ports import Signal
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import Receipt, Typing


def read_signals(ephemeral: Any) -> tuple[Signal, ...]:
    """The signals of a transaction's ``ephemeral`` list; takes any JSON and skips what makes no sense."""
    if not isinstance(ephemeral, list):
        return ()
    return tuple(signal for one in ephemeral if isinstance(one, dict) for signal in _signals_of(one))


def _signals_of(event: dict[str, Any]) -> Iterator[Signal]:
    room_id, content = event.get("room_id"), event.get("content")
    if not (isinstance(room_id, str) and isinstance(content, dict)):
        return
    match event.get("type"):
        case "m.typing":
            users = content.get("user_ids")
            if isinstance(users, list):
                ids = tuple(UserID(user) for user in users if isinstance(user, str))
                yield Typing(room_id=RoomID(room_id), user_ids=ids)
        case "m.receipt":
            yield from _receipts(RoomID(room_id), content)
        case _:
            return


def _receipts(room_id: RoomID, content: dict[str, Any]) -> Iterator[Receipt]:
    for event_id, kinds in content.items():
        # Private receipts (m.read.private) are nobody's business on the other side.
        readers = kinds.get("m.read") if isinstance(kinds, dict) else None
        for user_id in readers if isinstance(readers, dict) else ():
            yield Receipt(room_id=room_id, user_id=UserID(user_id), event_id=EventID(event_id))
