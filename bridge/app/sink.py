"""Where the homeserver's transactions go: into the inbox, and nowhere else first."""

from collections.abc import Sequence

from attrs import frozen

from bridge.core.dispatcher import Dispatcher
from bridge.core.ports import Clock, InboxStore
from bridge.matrix.ports import Signal
from bridge.matrix.state import RoomStates
from bridge.model.matrix_events import RawEvent


@frozen
class InboxSink:
    """Implements ``bridge.matrix.ports.TransactionSink``."""

    inbox: InboxStore
    dispatcher: Dispatcher
    states: RoomStates
    clock: Clock

    async def accept(self, events: Sequence[RawEvent]) -> None:
        await self.inbox.accept(events, self.clock.now())
        for event in events:
            self.states.apply(event)
        self.dispatcher.ring()

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        """Receipts and typing are not bridged yet."""
