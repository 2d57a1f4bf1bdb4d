"""One process of the bridge, from its start to its end, on an outside that outlives it."""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import cache
from typing import Any, cast

import attrs
from attrs import define, field

from bridge.app.catch_up import make_reconciler
from bridge.app.heart import Heart
from bridge.app.joining import make_heart
from bridge.app.sink import InboxIntake, InboxSink
from bridge.app.tasks import TaskOwner
from bridge.core.config import BridgeConfig
from bridge.core.ports import Homeserver, Stores
from bridge.core.reconcile import Reconciler
from bridge.core.reconcile_ports import History, ReconcileStore
from bridge.matrix.state import RoomStates
from bridge.matrix.transaction_numbers import TransactionNumbers
from bridge.model.errors import Unavailable
from bridge.model.ids import ChatID
from bridge.model.matrix_events import RawEvent
from bridge.model.outgoing import PlannedPart
from bridge.model.statuses import LoginHealth, LoginState, Settlement
from bridge.networks.demo.catalogue import SENTENCES as DEMO_SENTENCES
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.login import DemoLogin
from bridge.networks.demo.protocol.place import Place
from bridge.telemetry.metrics import Metrics
from bridge.testing.history import FakeHistory, FakeReconcileStore
from bridge.testing.store import FakeStore
from bridge.text.catalogue import Catalogue
from tests.core.simulation.danger import Danger, Endangered, Peer, endangered
from tests.core.simulation.loop import LoopClock, SeededLoop
from tests.core.simulation.pusher import PushingHomeserver
from tests.core.world import DEMO, LOBBY, forget_tokens, make_outside, one_part_a_line

_AGAIN_S = 5.0
_MAY_FAIL = ("start", "transaction")
"""A process that cannot start is started again; a transaction that is not stored is brought again."""


@define
class Ground:
    """What outlives every process."""

    loop: SeededLoop
    clock: LoopClock
    homeserver: PushingHomeserver
    place: Place = field(factory=Place)
    store: FakeStore = field(factory=FakeStore)
    config: BridgeConfig = field(factory=lambda: BridgeConfig(quiet_s=2.0))
    evidence: bool = True
    """Whether the network can tell what became of a write that was cut off."""
    reconciled: FakeReconcileStore = field(init=False)
    history: FakeHistory = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reconciled = FakeReconcileStore(self.store)
        self.history = FakeHistory(self.homeserver, news_of_a_room=5)
        forget_tokens(self.place)


class LifeTasks(TaskOwner):
    """Tasks that end with their process, from one moment to the next."""

    def __init__(self, loop: SeededLoop) -> None:
        super().__init__()
        self._loop = loop
        self._ages: dict[asyncio.Task[None], int] = {}

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        self._ages[task] = len(self._ages)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if (
            task.get_name() in _MAY_FAIL
            and not task.cancelled()
            and isinstance(task.exception(), Unavailable)
        ):
            self._tasks.discard(task)
        else:
            super()._ended(task)

    def end(self) -> None:
        # By their ages, as a set has no order: the same seed must give the same history.
        while self._tasks:
            for task in sorted(self._tasks, key=self._ages.__getitem__):
                task.cancel()
            self._loop.settle()


class Life:
    """Begins at once; everything of it runs on the loop of its ground."""

    def __init__(self, ground: Ground, danger: Danger) -> None:
        self.ground = ground
        self.danger = danger
        self.tasks = LifeTasks(ground.loop)
        self.heart = self._heart()
        self.demo = DemoConnector(DEMO, DemoConfig(), clock=ground.clock)
        self.demo.place = ground.place
        self._numbers = TransactionNumbers()
        intake = InboxIntake(
            self.heart.outside.stores.inbox,
            self.heart.dispatcher,
            cast(RoomStates, _NoStates()),
            ground.clock,
            _metrics(),
            self.heart.outside.names,
        )
        self.reconciler: Reconciler = make_reconciler(
            self.heart,
            intake,
            cast(History, Endangered(ground.history, danger, Peer.HOMESERVER)),
            cast(ReconcileStore, Endangered(ground.reconciled, danger, Peer.STORE)),
        )
        self._sink = InboxSink(intake, self.reconciler, ground.clock, _metrics())
        for login in self.demo.logins():
            login.client.place = ground.place
            self._endanger(login)
        self.heart.networks.add(self.demo)
        danger.on_return = lambda: self.reconciler.doubt("the homeserver was away")
        self._starting = self.tasks.spawn("start", self._start())

    @property
    def unable(self) -> bool:
        """It could not start, and has ended itself."""
        return self._starting.done() and self._starting.exception() is not None

    @property
    def login(self) -> DemoLogin:
        return self.demo.logins()[0]

    @property
    def hears(self) -> bool:
        """Whether what is said now on the network reaches it."""
        client = self.login.client
        chat = self.ground.place.chats.get(LOBBY)
        return client.is_connected and chat is not None and client.nick in chat.nicks and not self.danger.dead

    def receive(self, txn_id: str, events: Sequence[RawEvent]) -> "asyncio.Task[None] | None":
        """The homeserver brings a transaction; refused until the process listens."""
        if self.danger.dead or not self._starting.done() or self.unable:
            return None
        return self.tasks.spawn("transaction", self._receive(txn_id, events))

    def lose_connection(self) -> None:
        """The network is gone, and with it what was on the wire."""
        client = self.login.client
        if client._reading is None:
            return
        self.ground.place.disconnect(client.nick)
        client._reading.cancel()
        client._reading = None
        client._heard = asyncio.Queue()
        for chat in self.login._wanted:
            self.heart.host.sees_no_more(self.login.id, chat)
        self.login._tell(LoginState(LoginHealth.DISCONNECTED))

    def connect(self) -> None:
        self.tasks.spawn("connect", self.login.connect(self.heart.host))

    def end(self) -> None:
        """The process is gone, whatever it was at."""
        self.danger.dead = True
        self.ground.loop.halted = False
        client = self.login.client
        self.ground.place.disconnect(client.nick)
        if client._reading is not None:
            client._reading.cancel()
        self.tasks.end()

    def _heart(self) -> Heart:
        ground, danger = self.ground, self.danger
        stores = {
            each.name: Endangered(getattr(ground.store.stores, each.name), danger, Peer.STORE)
            for each in attrs.fields(Stores)
        }
        return make_heart(
            make_outside(
                config=ground.config,
                stores=Stores(**stores),
                homeserver=cast(Homeserver, Endangered(ground.homeserver, danger, Peer.HOMESERVER)),
                names=ground.homeserver.namespace,
                clock=ground.clock,
                tasks=self.tasks,
                metrics=_metrics(),
                catalogue=_catalogue(),
            )
        )

    def _endanger(self, login: DemoLogin) -> None:
        one_part_a_line(login)
        settle = login.settle if self.ground.evidence else _unknown
        setattr(login, "send", endangered(login.send, self.danger, Peer.NETWORK))  # noqa: B010
        setattr(login, "settle", endangered(settle, self.danger, Peer.NETWORK))  # noqa: B010

    async def _start(self) -> None:
        await self.heart.start()
        self.tasks.spawn("reconcile", self.reconciler.run())
        self.tasks.spawn("network", self._start_network())

    async def _start_network(self) -> None:
        await self.demo.start(self.heart.host)
        self.heart.attendance.begin(self.demo)
        self.heart.attendance.open_configured(self.demo)

    async def _receive(self, txn_id: str, events: Sequence[RawEvent]) -> None:
        """As ``bridge.matrix.endpoint`` does."""
        if self._numbers.went_back(txn_id):
            self.reconciler.doubt("the homeserver counts its transactions anew")
        await self._sink.accept(events)


async def _unknown(chat: ChatID, part: PlannedPart) -> Settlement:
    return Settlement.UNKNOWN


class _NoStates:
    """Nothing is remembered of rooms here."""

    def apply(self, event: RawEvent) -> None:
        pass

    def forget_all(self) -> None:
        pass


@cache
def _metrics() -> Metrics:
    """Counted by nobody here; making them takes longer than a history."""
    return Metrics()


@cache
def _catalogue() -> Catalogue:
    return Catalogue(DEMO_SENTENCES)
