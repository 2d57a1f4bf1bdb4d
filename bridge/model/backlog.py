"""How much is on its way, since when, and what waits for a person: counts, never names."""

from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from bridge.model.ids import LaneID
from bridge.model.statuses import PartState


@frozen
class Pile:
    """Things that wait. ``oldest_at`` is when the oldest one was accepted, None without any."""

    count: int = 0
    oldest_at: datetime | None = None


@frozen(kw_only=True)
class Backlog:
    """One look at the store.

    Attributes:
        inbox: events nobody has finished yet, those of a track that spilled among them.
        to_network: parts on their way, by lane.
        to_matrix: remote events on their way, by lane.
        bad: messages with parts that ended badly, by state, until somebody retries or drops them.
        aside: events of either side that failed so often that they were set aside.
    """

    inbox: Pile = field(factory=Pile)
    to_network: Mapping[LaneID, Pile] = field(factory=dict)
    to_matrix: Mapping[LaneID, Pile] = field(factory=dict)
    bad: Mapping[PartState, int] = field(factory=dict)
    aside: int = 0
