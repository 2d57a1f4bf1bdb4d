"""Names of our own sends: the mark in an event's content, and what a transaction ID is hashed from."""

import hashlib
import re
from typing import Final, get_args

from bridge.core.ports import Arrival
from bridge.model.ids import ArrivalSeq, EventID, LaneID, RemoteMessageID, UserID
from bridge.model.remote_events import RemoteEvent, RemoteReaction

_MARK: Final = re.compile(r"a[0-9]+\.([0-9]{1,18})")


def mark_of(arrival: Arrival) -> str:
    """The same for every try at the same arrival, different for all others of this bridge's life."""
    return f"a{arrival.lane}.{arrival.seq}"


def arrival_named(mark: str) -> ArrivalSeq | None:
    """The arrival whose mark this is; None for other marks of ours."""
    match = _MARK.fullmatch(mark)
    return ArrivalSeq(int(match[1])) if match else None


def dedup_name(event: RemoteEvent, remote_id: RemoteMessageID) -> str:
    """What an event with an ID of the network's is called among all of its lane."""
    return f"{type(event).__name__} {remote_id}"


def dedup_names(remote_id: RemoteMessageID) -> tuple[str, ...]:
    """What events of any kind with this ID are called."""
    return tuple(f"{kind.__name__} {remote_id}" for kind in get_args(RemoteEvent))


def arrival_txn(arrival: Arrival, part: int = 0) -> str:
    """Names one send into a room.

    The remote ID (or, without one, the place among the arrivals) makes it unique; the event's own time
    of arrival keeps it so after the database was set back to an older state.
    """
    remote = arrival.event.remote_id or f"seq {arrival.seq}"
    kind = type(arrival.event).__name__
    return _digest(kind, str(arrival.lane), remote, str(arrival.received_at.timestamp()), str(part))


def reaction_name(ghost: UserID, reaction: RemoteReaction) -> RemoteMessageID:
    """Names who reacted to what with what, to find the event again when it is taken back.

    Stands beside remote IDs; no network's own ID has a blank in it.
    """
    return RemoteMessageID(f"reaction {_digest(ghost, reaction.target, reaction.key)}")


def notice_txn(subject: EventID | LaneID | str, occasion: str) -> str:
    """Names a sentence of the bridge itself: one for each occasion."""
    return _digest("notice", str(subject), occasion)


def _digest(*words: str) -> str:
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:40]
