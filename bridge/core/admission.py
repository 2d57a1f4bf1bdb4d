"""Whether what was said on Matrix may wait for its network: a told refusal when too much does."""

from bridge.core.load import Load
from bridge.core.portals import Portals
from bridge.core.tally import network_of
from bridge.model.errors import Phrase
from bridge.model.ids import LaneID
from bridge.telemetry.metrics import Metrics


class Admission:
    """The door in front of the tracks to the networks."""

    def __init__(self, load: Load, portals: Portals, metrics: Metrics) -> None:
        self._load = load
        self._portals = portals
        self._metrics = metrics

    def refusal(self, lanes: tuple[LaneID, ...], size_bytes: int) -> Phrase | None:
        """Why an event of this size cannot be taken, if it cannot.

        What has no room in one of its lanes goes nowhere: half of a message is none.
        """
        for lane in lanes:
            if self._load.full(lane, size_bytes) is not None:
                network = network_of(self._portals.by_lane(lane))
                self._metrics.over_quota.add(network=network)
                return Phrase.of("message.quota", network=network)
        return None
