"""Where the homeserver's events go: into the inbox, and nowhere else first."""

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from bridge.core.dispatcher import Dispatcher
from bridge.core.ports import Clock, InboxStore
from bridge.core.reconcile import Reconciler
from bridge.matrix.ports import Signal
from bridge.matrix.state import RoomStates
from bridge.model.errors import StoreUnavailable
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from bridge.telemetry.metrics import TO_NETWORK, Metrics


@frozen
class InboxIntake:
    """Implements ``bridge.core.reconcile_ports.Intake``; pushed events come in by it as well."""

    inbox: InboxStore
    dispatcher: Dispatcher
    states: RoomStates
    clock: Clock
    metrics: Metrics
    names: Namespace

    async def take(self, events: Sequence[RawEvent]) -> None:
        if not events:
            return
        new = await self.inbox.accept([self._known(event) for event in events], self.clock.now())
        self.metrics.inbox_events.add(new, side="matrix", outcome="stored")
        repeated = len(events) - new
        self.metrics.inbox_events.add(repeated, side="matrix", outcome="repeated")
        self.metrics.duplicates_suppressed.add(repeated, direction=TO_NETWORK, found="pushed")
        for event in events:
            self.states.apply(event)
        self.dispatcher.ring()

    def _known(self, event: RawEvent) -> RawEvent:
        """An echo of what our own users said is settled as it comes; state of ours is still looked at."""
        if event.said_by is not None and self.names.is_ours(event.said_by):
            return evolve(event, settled=True)
        return event

    def forget_states(self) -> None:
        self.states.forget_all()


@frozen
class InboxSink:
    """Implements ``bridge.matrix.ports.TransactionSink``."""

    intake: InboxIntake
    reconciler: Reconciler
    clock: Clock
    metrics: Metrics
    watched: Callable[[Sequence[RawEvent]], None] = lambda events: None
    """Told what was pushed, once it is stored. Must be quick."""

    async def accept(self, events: Sequence[RawEvent]) -> None:
        began = self.clock.monotonic()
        await self.reconciler.passage()
        try:
            await self.intake.take(events)
        except StoreUnavailable:
            self.reconciler.store.failed()
            self.metrics.transactions.add(outcome="failed")
            raise
        self.reconciler.store.worked()
        self.watched(events)
        self.metrics.transactions.add(outcome="ok")
        self.metrics.transaction_seconds.observe(self.clock.monotonic() - began)

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        """Receipts and typing are not bridged yet."""
