"""What of a network's history was not heard before: a pure decision.

An event with an ID of the network's is known by it. A line without one is known by who said what when, and
by how often: somebody who says the same twice within a second was heard twice if two such lines are known,
and no line that was heard stands for two. Servers keep the times of their history less exactly than they tell
them live (InspIRCd in whole seconds), so the same second is looked for first, then one within a second of it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import frozen

from bridge.model.ids import RemoteMessageID, RemoteUserID
from bridge.model.messages import Body
from bridge.model.records import NewArrival
from bridge.model.remote_events import RemoteEdit, RemoteEvent, RemoteMessage, RemoteReaction, RemoteRedaction

INEXACT: Final = timedelta(seconds=1)
"""How far the history's time of a line may be from the one that it was told with."""
SAID: Final = (RemoteMessage, RemoteEdit, RemoteReaction, RemoteRedaction)
"""What is brought in late. Who came and went, and what the topic was, is known from what is so now."""

_Key: TypeAlias = tuple[RemoteUserID, Body]
_Near = Callable[[datetime, datetime], bool]


@frozen
class _Heard:
    at: datetime
    remote_id: RemoteMessageID | None


def unheard(history: Sequence[RemoteEvent], heard: Iterable[NewArrival]) -> list[RemoteEvent]:
    """Those of the history that are not among what was heard, in their order."""
    heard = list(heard)
    names = {(type(new.event), new.event.remote_id) for new in heard if new.event.remote_id is not None}
    lines: dict[_Key, list[_Heard]] = {}
    for new in heard:
        if isinstance(new.event, RemoteMessage):
            at = new.event.happened_at or new.received_at
            lines.setdefault(_key(new.event), []).append(_Heard(at, new.event.remote_id))
    said = [event for event in history if isinstance(event, SAID)]
    fresh: list[RemoteEvent] = [event for event in said if (type(event), event.remote_id) not in names]
    for near in (_same_second, _within_a_second):
        fresh = [event for event in fresh if not _was_heard(event, lines, near)]
    return fresh


def _was_heard(event: RemoteEvent, lines: dict[_Key, list[_Heard]], near: _Near) -> bool:
    """Whether a line that was heard stands for this one; it stands for no other then."""
    if not isinstance(event, RemoteMessage) or event.happened_at is None:
        return False
    alike = lines.get(_key(event), [])
    for line in alike:
        both_named = line.remote_id is not None and event.remote_id is not None
        if not both_named and near(line.at, event.happened_at):
            alike.remove(line)
            return True
    return False


def _key(event: RemoteMessage) -> _Key:
    return event.sender.id, event.body


def _same_second(one: datetime, other: datetime) -> bool:
    return one.replace(microsecond=0) == other.replace(microsecond=0)


def _within_a_second(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= INEXACT
