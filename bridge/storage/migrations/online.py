"""Changes of a large database that go on while the bridge runs.

A change of what every row holds takes three versions of the schema. *Expand*: a numbered file adds what is
new and can be empty (a column, a table), which takes no time however many rows there are, and the program
writes it from then on. *Migrate*: a step of this module goes over the older rows, a few at a time, beside
the work of the bridge; its place is stored in the transaction that moves it, so a process that is killed
loses nothing and does nothing twice. *Contract*: a later numbered file makes use of it (``NOT NULL``, the
drop of the old column) and says ``-- needs: STEP``; where the step has not come to its end by then, it is
finished before that file is applied.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from attrs import evolve, frozen

from bridge.model.errors import StoreUnavailable
from bridge.storage.engine import Engine, Script, first, run
from bridge.storage.values import to_micros
from bridge.storage.walks import Walk, read_walk, rows_behind, store_walk

log = structlog.get_logger(__name__)

BATCH: Final = 200
PAUSE_S: Final = 0.02
"""Least time between two batches; it rests twice as long as it worked."""
_SHARE: Final = 2
_AWAY_S: Final = 2.0
_SAY_EVERY: Final = 0.1
"""Progress is logged at each tenth."""


@frozen
class OnlineStep:
    """One change of the rows of a table.

    ``act`` is given three values: now (microseconds), and behind which row it begins and with which it ends.
    Repeating it must change nothing.
    """

    name: str
    table: str
    number: str
    """The column by which the table is walked."""
    act: str


MAP_TIMES: Final = OnlineStep(
    "map_times",
    "messages",
    "id",
    # What nothing tells the time of is as old as this step.
    """
    UPDATE messages SET made_at = COALESCE(
        (SELECT MAX(changed_at) FROM ledger WHERE ledger.event_id = messages.event_id),
        (SELECT MAX(closed_at) FROM arrivals WHERE arrivals.event_id = messages.event_id),
        (SELECT received_at FROM inbox WHERE inbox.event_id = messages.event_id),
        ?)
    WHERE id > ? AND id <= ? AND made_at IS NULL
    """,
)
STEPS: Final = (MAP_TIMES,)


@frozen
class Progress:
    """``share`` of the rows is done with, from 0 to 1."""

    share: float
    finished: bool


async def advance(engine: Engine, step: OnlineStep, now: datetime, limit: int = BATCH) -> Progress:
    """One batch in a transaction of its own. Raises ``StoreUnavailable``."""
    return await engine.write(partial(_advance, step, to_micros(now), limit))


async def finish(engine: Engine, step: OnlineStep, now: datetime) -> None:
    """All that is left of a step, at once: for what cannot begin before. Raises ``StoreUnavailable``."""
    log.info("database is changed before the start", step=step.name)
    while not (await advance(engine, step, now, limit=10 * BATCH)).finished:
        pass


class OnlineMigrations:
    """Takes the steps one after another, in the background.

    Args:
        now: the aware UTC time.
        monotonic: seconds that only grow.
        show: is told how far a step has come.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        show: Callable[[str, float], None],
        steps: Sequence[OnlineStep] = STEPS,
    ) -> None:
        self._engine = engine
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._show = show
        self._steps = steps

    async def run(self) -> None:
        """To the end of all steps; a database that is away is waited for."""
        for step in self._steps:
            await self._take(step)

    async def _take(self, step: OnlineStep) -> None:
        said: float | None = None
        while True:
            began = self._monotonic()
            try:
                progress = await advance(self._engine, step, self._now())
            except StoreUnavailable as error:
                log.info("change of the database waits", step=step.name, reason=str(error))
                await self._sleep(_AWAY_S)
                continue
            self._show(step.name, progress.share)
            if progress.finished:
                if said is not None:
                    log.info("database is changed", step=step.name)
                return
            if said is None or progress.share >= said + _SAY_EVERY:
                said = progress.share
                log.info("database is being changed", step=step.name, percent=int(100 * said))
            await self._sleep(max(PAUSE_S, _SHARE * (self._monotonic() - began)))


def _advance(step: OnlineStep, now: int, limit: int) -> Script[Progress]:
    walk = (yield from read_walk(step.name)) or Walk(step.name, 0, now)
    if walk.ended_at is not None:
        return Progress(1.0, finished=True)
    look = f"SELECT {step.number} FROM {step.table}"  # noqa: S608  # ours
    rows = yield from rows_behind(look, walk.position, limit)
    end = rows[-1][0] if rows else walk.position
    yield from run(step.act, now, walk.position, end)
    # What was added since the start was written by this program, which needs no change of it.
    finished = len(rows) < limit
    yield from store_walk(evolve(walk, position=end, ended_at=now if finished else None))
    if finished:
        return Progress(1.0, finished=True)
    newest = yield from first(f"SELECT MAX({step.number}) FROM {step.table}")  # noqa: S608  # ours
    assert newest is not None
    return Progress(end / newest[0], finished=False)
