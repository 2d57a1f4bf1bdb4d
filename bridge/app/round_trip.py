"""Joins the canary to the bridge: fed by the private listener, shown by metrics and readiness."""

from collections.abc import Callable, Sequence

from bridge.core.canary import Canary, CanaryHomeserver
from bridge.core.ports import Clock, Tasks
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from bridge.telemetry.metrics import Metrics
from bridge.web.ports import ReadyCheck

_SHOW_S = 5.0


class RoundTrip:
    """The canaries of one bridge; without any where ``every_s`` is 0."""

    def __init__(
        self,
        homeserver: CanaryHomeserver,
        names: Namespace,
        *,
        metrics: Metrics,
        clock: Clock,
        tasks: Tasks,
        every_s: float,
        slow: Callable[[], None],
        missed: Callable[[], None],
    ) -> None:
        self._metrics = metrics
        self._clock = clock
        self._tasks = tasks
        self.canary: Canary | None = None
        if every_s > 0:
            self.canary = Canary(
                homeserver=homeserver,
                names=names,
                metrics=metrics,
                clock=clock,
                tasks=tasks,
                every_s=every_s,
                slow=slow,
                missed=missed,
            )

    def pushed(self, events: Sequence[RawEvent]) -> None:
        if self.canary is not None:
            self.canary.pushed(events)

    def checks(self) -> Sequence[ReadyCheck]:
        return [] if self.canary is None else [ReadyCheck("round trip", self.canary.is_well)]

    def start(self) -> None:
        """Once the homeserver knows us."""
        if self.canary is not None:
            self._tasks.spawn("canary", self.canary.run())
            self._tasks.spawn("canary age", self._show(self.canary))

    async def _show(self, canary: Canary) -> None:
        while True:
            self._metrics.canary_age_seconds.set(canary.age_s)
            await self._clock.sleep(_SHOW_S)
