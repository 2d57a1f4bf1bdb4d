"""How much waits in each lane, in one direction, and whether there is room for more."""

from attrs import frozen

from bridge.core.config import BridgeConfig
from bridge.model.ids import LaneID
from bridge.policy.quota import Full, Quota


class Load:
    """Bytes of what was accepted and has not come to its end. Kept in memory; the store knows the truth."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._lanes: dict[LaneID, int] = {}
        self.total = 0

    def add(self, lane: LaneID, size_bytes: int) -> None:
        self._lanes[lane] = self._lanes.get(lane, 0) + size_bytes
        self.total += size_bytes

    def take(self, lane: LaneID, size_bytes: int) -> None:
        """Something has come to its end."""
        taken = min(size_bytes, self._lanes.get(lane, 0))
        if taken:
            self._lanes[lane] -= taken
            self.total -= taken

    def clear(self, lane: LaneID) -> None:
        """Nothing waits there, whatever was counted."""
        self.total -= self._lanes.pop(lane, 0)

    def of(self, lane: LaneID) -> int:
        return self._lanes.get(lane, 0)

    @property
    def filled(self) -> float:
        """The share of all the room that is taken."""
        return self.total / self._quota.total_bytes

    def full(self, lane: LaneID, size_bytes: int) -> Full | None:
        """What has no room for something of this size, if anything."""
        return self._quota.full(total=self.total, lane=self.of(lane), size=size_bytes)

    def half_empty(self, lane: LaneID) -> bool:
        """Whether a lane that was full has got so much room again that it will not be full at once."""
        return 2 * self.of(lane) <= self._quota.lane_bytes


@frozen
class Loads:
    """Both directions."""

    to_network: Load
    to_matrix: Load

    @classmethod
    def make(cls, config: BridgeConfig) -> "Loads":
        quota = Quota(total_bytes=config.waiting_max_bytes, lane_bytes=config.waiting_lane_max_bytes)
        return cls(Load(quota), Load(quota))
