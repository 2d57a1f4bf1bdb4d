"""Power levels as homeservers read them, out of content that may hold anything.

Spec: https://spec.matrix.org/v1.11/client-server-api/#mroompower_levels. Room versions before 10 take
numbers in strings and with fractions. In room version 12 and later creators stand above every level and
do not appear in the content (https://spec.matrix.org/v1.16/rooms/v12/).
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Self

from attrs import field, frozen

from bridge.model.ids import UserID

MAX_POWER = 2**53 - 1
"""The largest number in an event."""
CREATOR_POWER = MAX_POWER + 1
"""Stands for the infinite power of a version-12 creator: above every level that can be written."""
FIRST_VERSION_WITH_CREATORS = 12

_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,30})\s*", re.ASCII)


@frozen(kw_only=True)
class PowerLevels:
    users: Mapping[str, int] = field(factory=dict)
    users_default: int = 0
    events: Mapping[str, int] = field(factory=dict)
    events_default: int = 0
    state_default: int = 50
    invite: int = 0
    kick: int = 50
    ban: int = 50
    redact: int = 50
    creators: frozenset[str] = frozenset()
    """Those with infinite power; empty below room version 12."""

    @classmethod
    def read(cls, content: object, *, creators: Iterable[str] = ()) -> Self:
        """Out of the content of ``m.room.power_levels``; what makes no sense counts as absent."""
        levels = content if isinstance(content, Mapping) else {}

        def number(name: str, default: int) -> int:
            found = as_power(levels.get(name))
            return default if found is None else found

        return cls(
            users=_numbers(levels.get("users")),
            users_default=number("users_default", 0),
            events=_numbers(levels.get("events")),
            events_default=number("events_default", 0),
            state_default=number("state_default", 50),
            invite=number("invite", 0),
            kick=number("kick", 50),
            ban=number("ban", 50),
            redact=number("redact", 50),
            creators=frozenset(creators),
        )

    @classmethod
    def absent(cls, creator: str, *, creators: Iterable[str] = ()) -> Self:
        """The levels of a room without the event: its creator has 100, everybody else and every need 0."""
        return cls(users={creator: 100}, state_default=0, creators=frozenset(creators))

    def power_of(self, user_id: UserID | str) -> int:
        if user_id in self.creators:
            return CREATOR_POWER
        return self.users.get(user_id, self.users_default)

    def needed_for_state(self, event_type: str) -> int:
        """The power that setting a state event of a type takes."""
        return self.events.get(event_type, self.state_default)

    def needed_for_message(self, event_type: str) -> int:
        """The power that sending an event of a type takes."""
        return self.events.get(event_type, self.events_default)

    def may_set(self, user_id: UserID | str, event_type: str) -> bool:
        return self.power_of(user_id) >= self.needed_for_state(event_type)


def creators_of(create_sender: object, create_content: object) -> tuple[UserID, ...]:
    """Who has infinite power, by the ``m.room.create`` event and in its order; nobody below version 12."""
    content = create_content if isinstance(create_content, Mapping) else {}
    if not has_creators(content.get("room_version")):
        return ()
    more = content.get("additional_creators")
    named = [create_sender, *(more if isinstance(more, list) else [])]
    return tuple(dict.fromkeys(UserID(name) for name in named if isinstance(name, str)))


def has_creators(room_version: object) -> bool:
    """Whether creators of a room of this version have infinite power.

    A number from 12 on has them; a version by any other name is unknown to us and has not: a right that
    is withheld can be had in another way, one that is given wrongly cannot be taken back.
    """
    if not isinstance(room_version, str) or not re.fullmatch("[0-9]{1,4}", room_version, re.ASCII):
        return False
    return int(room_version) >= FIRST_VERSION_WITH_CREATORS


def as_power(value: object) -> int | None:
    """A level in any of the forms that room versions have taken, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        value = int(found[1]) if found else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    if not isinstance(value, int):
        return None
    return max(-MAX_POWER, min(value, MAX_POWER))


def _numbers(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    read = {name: as_power(level) for name, level in value.items() if isinstance(name, str)}
    return {name: level for name, level in read.items() if level is not None}
