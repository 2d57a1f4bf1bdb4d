"""One push from the homeserver: its events cut out, each under a name by which it can be stored.

An event that has no proper name is not lost: it is stored under one made from its own bytes, and whoever
opens it finds that it cannot be read and sets it aside. The transaction's own ID is never looked at: some
homeservers begin to count anew after a restart.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final, TypeGuard

import orjson
from attrs import frozen

from bridge.matrix.ephemeral import read_signals
from bridge.matrix.json_text import NotJson, members, read_json
from bridge.matrix.ports import Signal
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent

MALFORMED_PREFIX: Final = "$malformed-"
MAX_ID_CHARS: Final = 255
"""Spec: https://spec.matrix.org/v1.11/appendices/#common-identifier-format"""


class NotATransaction(Exception):
    """The body is not JSON, or not an object."""


@frozen
class Transaction:
    events: Sequence[RawEvent]
    signals: Sequence[Signal]


def parse_transaction(body: bytes) -> Transaction:
    """Cut a transaction into its parts; raises ``NotATransaction`` only for what has none.

    Spec: https://spec.matrix.org/v1.11/application-service-api/#pushing-events
    """
    try:
        whole = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _cut_apart(body)
    if not isinstance(whole, dict):
        raise NotATransaction("not an object")
    events = whole.get("events")
    signals = whole.get("ephemeral") or whole.get("de.sorunome.msc2409.ephemeral")
    return Transaction(_raw_events(events), read_signals(signals) if signals else ())


def _raw_events(events: Any) -> Sequence[RawEvent]:
    if not isinstance(events, list):
        # An "events" that is no list is one malformed event; without any there is nothing to store.
        return () if events is None else [_raw(events, orjson.dumps(events))]
    dumps = orjson.dumps
    return [_raw(event, dumps(event)) for event in events]


def _raw(event: Any, text: bytes) -> RawEvent:
    if type(event) is dict:
        event_id = event.get("event_id")
        room_id = event.get("room_id")
        if _is_id(event_id) and _is_id(room_id):
            said_by = event.get("sender") if "state_key" not in event else None
            return RawEvent(
                event_id=EventID(event_id),
                room_id=RoomID(room_id),
                body=text,
                said_by=UserID(said_by) if type(said_by) is str else None,
            )
    return _malformed(text)


def _is_id(value: Any) -> TypeGuard[str]:
    # PostgreSQL's text cannot hold NUL.
    return type(value) is str and 0 < len(value) <= MAX_ID_CHARS and "\0" not in value


def _malformed(text: bytes) -> RawEvent:
    name = MALFORMED_PREFIX + hashlib.sha256(text).hexdigest()
    return RawEvent(event_id=EventID(name), room_id=RoomID(""), body=text)


def _cut_apart(body: bytes) -> Transaction:
    """A transaction of which some event is too odd for the strict reader."""
    texts = members(body, b"events")
    if texts is None:
        raise NotATransaction("not JSON")
    # Signals of such a transaction are let go: they are told again when they change.
    return Transaction([_read_raw(text) for text in texts], ())


def _read_raw(text: bytes) -> RawEvent:
    try:
        return _raw(read_json(text), text)
    except NotJson:
        return _malformed(text)
