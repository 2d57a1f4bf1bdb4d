"""All lanes by ID; a lane is made when it first has work."""

from datetime import datetime

from bridge.core.matrix_track import MatrixTrack, MatrixTrackParts
from bridge.core.network_track import NetworkTrack, NetworkTrackParts
from bridge.core.ports import ArrivalStore
from bridge.model.ids import LaneID


class Lanes:
    """The two tracks of each conversation."""

    def __init__(self, network: NetworkTrackParts, matrix: MatrixTrackParts) -> None:
        self._network_parts = network
        self._matrix_parts = matrix
        self._network: dict[LaneID, NetworkTrack] = {}
        self._matrix: dict[LaneID, MatrixTrack] = {}

    def to_network(self, lane: LaneID) -> NetworkTrack:
        if lane not in self._network:
            self._network[lane] = NetworkTrack(lane, self._network_parts)
        return self._network[lane]

    def to_matrix(self, lane: LaneID) -> MatrixTrack:
        if lane not in self._matrix:
            self._matrix[lane] = MatrixTrack(lane, self._matrix_parts)
        return self._matrix[lane]

    async def rest(self) -> None:
        """Write nothing more to the networks; returns when what is being written has come to its end.

        A bridge that is stopped does this before its connections end: a write that is cut off would be
        uncertain for no need.
        """
        for track in self._network.values():
            await track.rest()

    def wake_all(self) -> None:
        """A connection came back, or the homeserver did."""
        for track in self._network.values():
            track.wake()
        for matrix_track in self._matrix.values():
            matrix_track.wake()

    def wake(self, lane: LaneID) -> None:
        if lane in self._network:
            self._network[lane].wake()

    def next_try_at(self, lane: LaneID) -> datetime | None:
        """When a lane that waits for the homeserver or the store tries again to send to Matrix."""
        track = self._matrix.get(lane)
        return track.next_try_at if track else None

    def waiting(self) -> tuple[int, int]:
        """How many messages are held on their way to the networks, and to Matrix."""
        to_network = sum(len(track) for track in self._network.values())
        return to_network, sum(len(track) for track in self._matrix.values())

    def waiting_bytes(self) -> tuple[int, int]:
        """How much was accepted and waits for the networks, and for Matrix, in memory or in the store."""
        return self._network_parts.load.total, self._matrix_parts.load.total

    def owes(self, lane: LaneID, until: datetime) -> bool:
        """Whether something that was heard in a lane before then has yet to be said in its room."""
        return lane in self._matrix and self._matrix[lane].owes(until)

    def is_quiet(self, lane: LaneID, now: float, for_s: float) -> bool:
        """Whether nothing is on its way to Matrix anywhere, and in this lane for a while."""
        if any(track.busy for track in self._matrix.values()):
            return False
        track = self._matrix.get(lane)
        return track is None or now - track.last_busy >= for_s

    async def resume(self, arrivals: ArrivalStore) -> None:
        """After a start: take up what was on its way to Matrix when the bridge stopped."""
        for lane, size_bytes in (await arrivals.waiting_bytes()).items():
            self._matrix_parts.load.add(lane, size_bytes)
            self.to_matrix(lane).read_from_store()
