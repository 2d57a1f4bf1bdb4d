"""Counts what crosses, for the metrics; bounded by networks, never by rooms or people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import field, frozen

from bridge.core.ports import Clock
from bridge.model.ids import NetworkName
from bridge.model.portals import Direction, Portal
from bridge.model.statuses import PartState
from bridge.telemetry.metrics import Metrics

GONE: Final = "gone"
"""The network of a portal that is no more."""


@frozen
class Unseen:
    """How often, and how long in all, conversations of a network were not listened to."""

    gaps: int = 0
    together: timedelta = timedelta(0)


@frozen
class Tally:
    """What the tracks report as messages come to their ends."""

    metrics: Metrics
    clock: Clock
    _unseen: dict[NetworkName, Unseen] = field(factory=dict, init=False)

    def ended(
        self, portal: Portal | None, direction: Direction, state: PartState, accepted_at: datetime
    ) -> None:
        """A message has come to its end; ``accepted_at`` is when it was taken over."""
        network = network_of(portal)
        self.metrics.messages.add(direction=direction.value, network=network, state=state.value)
        if state.arrived:
            seconds = (self.clock.now() - accepted_at).total_seconds()
            self.metrics.delivery_seconds.observe(
                max(0.0, seconds), direction=direction.value, network=network
            )

    def parts_ended(self, portal: Portal | None, states: Iterable[PartState]) -> None:
        """The same for the parts of a message that did not arrive."""
        if uncertain := Counter(states)[PartState.UNCERTAIN]:
            self.metrics.uncertain_parts.add(uncertain, network=network_of(portal))

    def settled(self, *, arrived: bool) -> None:
        """Evidence was asked for about a write whose answer was lost."""
        if arrived:
            self.metrics.duplicates_suppressed.add(direction=Direction.TO_NETWORK.value, found="settled")

    def set_aside(self, direction: Direction) -> None:
        """An event failed too often."""
        side = "matrix" if direction is Direction.TO_NETWORK else "network"
        self.metrics.set_aside.add(side=side)

    def arrived(self, *, new: bool) -> None:
        """A remote event came, for the first time or not."""
        self.metrics.inbox_events.add(side="network", outcome="stored" if new else "repeated")
        if not new:
            self.metrics.duplicates_suppressed.add(direction=Direction.TO_MATRIX.value, found="told")

    def fetched(self, network: NetworkName) -> None:
        """Something was new in a network's history."""
        self.metrics.history_recovered.add(network=network)

    def below_floor(self, network: NetworkName) -> None:
        """Something was left out for its age."""
        self.metrics.below_floor.add(network=network)

    def unheard(self, network: NetworkName, length: timedelta) -> None:
        """Nobody of ours heard a conversation for so long."""
        before = self._unseen.get(network, Unseen())
        self._unseen[network] = Unseen(before.gaps + 1, before.together + length)
        self.metrics.unseen_gaps.add(network=network)
        self.metrics.unseen_seconds.add(length.total_seconds(), network=network)

    @property
    def unseen(self) -> Mapping[NetworkName, Unseen]:
        """By network, since this process began."""
        return self._unseen

    def connected(self, network: NetworkName, *, now: bool, again: bool) -> None:
        """A network's connection came or went; ``again``: it was there before."""
        self.metrics.network_up.set(1 if now else 0, network=network)
        if now and again:
            self.metrics.reconnects.add(network=network)


def network_of(portal: Portal | None) -> str:
    """What a metric names the network of a portal."""
    return portal.key.network if portal else GONE
