"""How far behind the bridge is: what the store counts, by network instead of by lane."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from attrs import frozen

from bridge.core.portals import Portals
from bridge.core.tally import network_of
from bridge.model.backlog import Pile
from bridge.model.ids import LaneID


@frozen
class Behind:
    """What waits, and how many seconds the oldest of it has waited."""

    count: int = 0
    oldest_s: float = 0.0


def behind(pile: Pile, now: datetime) -> Behind:
    oldest_s = 0.0 if pile.oldest_at is None else (now - pile.oldest_at).total_seconds()
    # A wall clock may be put back.
    return Behind(pile.count, max(0.0, oldest_s))


def behind_by_network(piles: Mapping[LaneID, Pile], portals: Portals, now: datetime) -> dict[str, Behind]:
    """Lanes of removed portals are summed up under one name."""
    found: dict[str, list[Behind]] = {}
    for lane, pile in piles.items():
        found.setdefault(network_of(portals.by_lane(lane)), []).append(behind(pile, now))
    return {network: _together(each) for network, each in found.items()}


def _together(each: Iterable[Behind]) -> Behind:
    parts = list(each)
    return Behind(sum(one.count for one in parts), max((one.oldest_s for one in parts), default=0.0))
