"""What may wait, and what is let go first when too much does: pure decisions."""

from enum import Enum
from typing import Final

from attrs import frozen


class Full(Enum):
    """What has no room for more."""

    ALL = "all"
    LANE = "lane"


@frozen(kw_only=True)
class Quota:
    """How much may wait in one direction, as it is stored."""

    total_bytes: int
    lane_bytes: int
    """For one conversation: a flood there leaves room for the others."""

    def full(self, *, total: int, lane: int, size: int) -> Full | None:
        """Whether something of ``size`` bytes has no room beside what waits; None if it has.

        What is larger than all the room there is has room where nothing waits.
        """
        if lane and lane + size > self.lane_bytes:
            return Full.LANE
        if total and total + size > self.total_bytes:
            return Full.ALL
        return None


class Kind(Enum):
    """What comes from a network, by how much it matters."""

    PRESENCE = "presence"
    TYPING = "typing"
    RECEIPT = "receipt"
    MEMBERSHIP = "membership"
    MESSAGE = "message"


SHED_FROM: Final = {
    Kind.PRESENCE: 0.5,
    Kind.TYPING: 0.6,
    Kind.RECEIPT: 0.7,
    Kind.MEMBERSHIP: 0.8,
    Kind.MESSAGE: 1.0,
}
"""The share of the room from which each kind is let go: the last of them only when there is none left."""


def is_shed(kind: Kind, filled: float) -> bool:
    """``filled`` is the share of the room that is taken, from 0 to 1."""
    return filled >= SHED_FROM[kind]
