"""Counts what crosses, for the metrics; bounded by networks, never by rooms or people."""

from datetime import datetime

from attrs import frozen

from bridge.core.ports import Clock
from bridge.model.ids import NetworkName
from bridge.model.portals import Direction, Portal
from bridge.model.statuses import PartState
from bridge.telemetry.metrics import Metrics


@frozen
class Tally:
    """What the tracks report as messages come to their ends."""

    metrics: Metrics
    clock: Clock

    def ended(
        self, portal: Portal | None, direction: Direction, state: PartState, accepted_at: datetime
    ) -> None:
        """A message has come to its end; ``accepted_at`` is when it was taken over."""
        network = portal.key.network if portal else "gone"
        self.metrics.messages.add(direction=direction.value, network=network, state=state.value)
        if state.arrived:
            seconds = (self.clock.now() - accepted_at).total_seconds()
            self.metrics.delivery_seconds.observe(
                max(0.0, seconds), direction=direction.value, network=network
            )

    def arrived(self, *, new: bool) -> None:
        """A remote event came, for the first time or not."""
        self.metrics.inbox_events.add(side="network", outcome="stored" if new else "repeated")

    def connected(self, network: NetworkName, *, now: bool, again: bool) -> None:
        """A network's connection came or went; ``again``: it was there before."""
        self.metrics.network_up.set(1 if now else 0, network=network)
        if now and again:
            self.metrics.reconnects.add(network=network)
