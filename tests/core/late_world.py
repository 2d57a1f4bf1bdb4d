"""A world whose homeserver pushes only what the test hands on; the rest is to be found by asking."""

from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from bridge.core.reconcile import Reconciler
from bridge.core.reconcile_ports import History, Intake, ReconcileStore
from bridge.core.sweep import SweepParts
from bridge.core.words import Words
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.testing.clock import settle
from bridge.testing.history import FakeHistory, FakeReconcileStore
from tests.core.world import World


@define
class WorldIntake:
    """Implements ``core.reconcile_ports.Intake``; ``taken`` is what came by it."""

    world: World
    taken: list[EventID] = field(factory=list)
    forgotten: int = 0

    async def take(self, events: Sequence[RawEvent]) -> None:
        await self.world.heart.outside.stores.inbox.accept(events, self.world.clock.now())
        self.taken += [event.event_id for event in events]
        self.world.heart.dispatcher.ring()

    def forget_states(self) -> None:
        self.forgotten += 1


@frozen
class LateWorld:
    """``reconciler`` is not running yet: ``begin`` starts it."""

    world: World
    history: FakeHistory
    store: FakeReconcileStore
    intake: WorldIntake
    reconciler: Reconciler

    async def begin(self) -> None:
        self.world.tasks.spawn("reconcile", self.reconciler.run())
        await settle()

    async def lose(self, room_id: RoomID, sender: UserID, text: str, **content: Any) -> RawEvent:
        """A person says something that the homeserver does not push; a test may push it later."""
        return self.world.homeserver.say(room_id, sender, text, **content)

    async def push(self, *events: RawEvent) -> None:
        """As the sink does: through the gate, then into the inbox."""
        self.world.tasks.spawn("push", self._push(events))
        await settle()

    async def _push(self, events: Sequence[RawEvent]) -> None:
        await self.reconciler.passage()
        await self.world.heart.outside.stores.inbox.accept(events, self.world.clock.now())
        self.world.heart.dispatcher.ring()

    def counted(self, name: str, labels: str = "") -> float:
        """The value of a metric."""
        lines = self.world.heart.outside.metrics.render().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"trunkline_{name}{labels}"))


def make_late(world: World, *, place: str | None = None, before: "LateWorld | None" = None) -> LateWorld:
    """Everything about a world that was reconciled up to ``place``, or as far as ``before`` was."""
    out = world.heart.outside
    fake_history = FakeHistory(world.homeserver)
    fake_store = FakeReconcileStore(world.store)
    fake_store.place = before.store.place if before else place
    world_intake = WorldIntake(world)
    history: History = fake_history
    store: ReconcileStore = fake_store
    intake: Intake = world_intake
    parts = SweepParts(
        history=history,
        store=store,
        intake=intake,
        homeserver=out.homeserver,
        portals=world.heart.portals,
        words=Words(out.homeserver, world.heart.networks, out.sentence),
        names=out.names,
        config=out.config,
        clock=out.clock,
        metrics=out.metrics,
    )
    return LateWorld(world, fake_history, fake_store, world_intake, Reconciler(parts, out.tasks))
