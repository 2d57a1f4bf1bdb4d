"""When no connection of the bridge was in a channel: a pure function of what another client saw."""

from collections.abc import Sequence
from math import inf
from typing import Final

from attrs import frozen

from tests.chaos.record import Coming, Deed, Place

GRACE_S: Final = 1.0
"""A line said this long before a connection broke may have been on its way, and was never taken."""
_LINKED_S: Final = 20.0
"""A connection that ends this long after a deed is not its doing any more."""
_WAKING_S: Final = 3.0
"""How long the bridge may take to begin again once nothing keeps it from it."""


@frozen
class Away:
    """``until`` is None while nobody is back."""

    place: Place
    since: float
    until: float | None

    def covers(self, place: Place, at: float) -> bool:
        return place == self.place and self.since <= at and (self.until is None or at <= self.until)


def times_away(comings: Sequence[Coming], deeds: Sequence[Deed]) -> list[Away]:
    """From the deed that broke the connection, a moment's grace before it included, to the next coming.

    A line that was written before the deed may be read after it by nobody: what the kernel holds for a killed
    process is gone. While the bridge or its database was stopped, that moment is as long as the stop.
    """
    present: dict[Place, set[str]] = {}
    open_since: dict[Place, float] = {}
    found: list[Away] = []
    for one in sorted(comings, key=lambda each: each.at):
        here = present.setdefault(one.place, set())
        if one.here:
            here.add(one.nick)
            if one.place in open_since:
                found.append(Away(one.place, open_since.pop(one.place), one.at))
        else:
            here.discard(one.nick)
            if not here and one.place not in open_since:
                open_since[one.place] = _broken_at(one, deeds)
    return [*found, *(Away(place, since, None) for place, since in open_since.items())]


def _broken_at(leaving: Coming, deeds: Sequence[Deed]) -> float:
    breaking = [
        deed
        for deed in deeds
        if leaving.place.network in deed.breaks and leaving.at - _LINKED_S <= deed.at <= leaving.at
    ]
    if not breaking:
        return leaving.at - GRACE_S
    broken = breaking[-1].at
    return _stalled_since(deeds, broken) - GRACE_S


def _stalled_since(deeds: Sequence[Deed], at: float) -> float:
    """Since when the bridge could take nothing at that time; the time itself if it could."""
    since, ended, stalls = at, -inf, 0
    for deed in deeds:
        if deed.at > at:
            break
        if deed.stalls:
            if stalls == 0 and deed.at - ended > _WAKING_S:
                since = deed.at
            stalls += 1
        elif deed.resumes:
            stalls -= 1
            ended = deed.at
    return since if stalls or at - ended <= _WAKING_S else at
