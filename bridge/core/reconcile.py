"""Finds and fills the gaps in what the homeserver pushes: when to look, and who waits meanwhile.

A homeserver that is killed forgets what it had not yet pushed. So Trunkline looks for itself: at the start,
whenever something points to a loss (``doubt``), and now and then.
"""

import traceback
from typing import Final

import structlog

from bridge.core.bell import Bell
from bridge.core.gate import Gate
from bridge.core.ports import Tasks
from bridge.core.store_watch import StoreWatch
from bridge.core.sweep import Sweep, SweepParts
from bridge.model.errors import HomeserverRefused, Unavailable

log = structlog.get_logger(__name__)

HOLD_S: Final = 5.0
"""How long a push waits for the events before it."""
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 60.0


class Reconciler:
    """Owns the sweeps: one at a time, for ever."""

    def __init__(self, parts: SweepParts, tasks: Tasks) -> None:
        self._parts = parts
        self._bell = Bell(parts.clock, tasks)
        self._gate = Gate(parts.clock, tasks, limit_s=HOLD_S)
        self._tasks = tasks
        self._doubted = False
        self.store = StoreWatch(parts.store, lambda: self.doubt("the database was away"), parts.clock)

    def doubt(self, why: str) -> None:
        """Something points to events that will never be pushed: look soon, and let pushes wait for that."""
        log.info("pushes may have been lost", why=why)
        self._doubted = True
        self._gate.shut()
        self._bell.ring()

    async def passage(self) -> None:
        """Who brings a push waits here for the events before it; a short while at most."""
        if not self._gate.is_open:
            # Whoever pushes is there and can be asked.
            self._bell.ring()
            await self._gate.passage()

    async def run(self) -> None:
        """For ever; what fails is tried again later."""
        self._tasks.spawn("store watch", self.store.run())
        failures = 0
        patient = False
        while True:
            self._doubted = False
            outcome = await self._once(patient=patient)
            self._parts.metrics.reconcile_runs.add(outcome=outcome)
            failures = 0 if outcome == "ok" else failures + 1
            if failures:
                await self._bell.wait(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 10)))
            elif not self._doubted:
                await self._bell.wait(self._parts.config.reconcile_every_s)
            patient = not (failures or self._doubted)

    async def _once(self, *, patient: bool) -> str:
        """One sweep. Returns its outcome for the metric."""
        sweep = Sweep(self._parts, self._grace, self._found_gap, patient)
        try:
            await sweep.fill()
            if not self._doubted:
                self._gate.open()
            if sweep.recovered:
                log.warning("events were not pushed and are fetched", count=sweep.recovered)
            await sweep.settle()
        except Unavailable as error:
            log.info("reconciliation waits", reason=str(error))
            return "failed"
        except HomeserverRefused as error:
            log.error("reconciliation is refused", reason=str(error), fix="trunkline doctor")
            return "refused"
        except Exception:  # noqa: BLE001 - the supervisor of sweeps: the next one may go well
            log.error("reconciliation failed", trace=traceback.format_exc())
            return "failed"
        return "ok"

    async def _grace(self, seconds: float) -> bool:
        until = self._parts.clock.monotonic() + seconds
        while not self._doubted and (left_s := until - self._parts.clock.monotonic()) > 0:
            await self._bell.wait(left_s)
        return not self._doubted

    def _found_gap(self) -> None:
        self._gate.shut()
        self._parts.intake.forget_states()
