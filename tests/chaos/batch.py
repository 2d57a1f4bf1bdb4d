"""Many rounds in stretches, each on a fresh stack, with a row for every round that was held."""

import asyncio
import shutil
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

from attrs import frozen

from bridge.testing.servers.process import ServerFailedError
from tests.chaos.bridges import Bridge, TrunklineProcess
from tests.chaos.plan import Round, engine_of, plan_round
from tests.chaos.record import Said, Side
from tests.chaos.rounds import Held, hold
from tests.chaos.stack import Stack, running_stack
from tests.chaos.table import COUNTS, Journal, Row
from tests.chaos.verdict import Verdict, judge

Say = Callable[[str], None]
_SLOW_S: Final = 60.0
"""A round that took longer is written down like one that went wrong."""
_TRACED: Final = 5
"""Of what went wrong in a round, so many are traced: each takes a second."""


@frozen
class Batch:
    """``findings``: where everything about a round that went wrong is written."""

    make: Callable[[], Bridge]
    journal: Journal
    rounds: int
    findings: Path
    say: Say

    async def run(self) -> None:
        """Hold all rounds that are not in the journal yet."""
        left = [number for number in range(1, self.rounds + 1) if number not in self.journal.rows]
        while left:
            stretch = (left[0] - 1) // self.journal.stretch
            now = [number for number in left if (number - 1) // self.journal.stretch == stretch]
            done = await self._stretch(now)
            left = [number for number in left if number not in done]

    async def _stretch(self, numbers: Sequence[int]) -> set[int]:
        """Returns those that are done; after one that was broken off, the stack is made anew."""
        engine = engine_of(numbers[0], self.journal.stretch)
        dice = Random(f"{self.journal.seed}/{numbers[0]}/stack")
        held: list[Held] = []
        async with running_stack(self.make, engine, dice) as stack:
            without = tuple(stack.bridge.why_without)
            for number in numbers:
                plan = plan_round(self.journal.seed, number, stretch=self.journal.stretch, without=without)
                stack.book.did(f"round {number}: {', '.join(one.name for one in plan.troubles)}")
                one = await self._hold(stack, plan)
                if one is None:
                    break
                held.append(one)
                await self._note(stack, one)
            await self._look_back(stack, held)
        done = {one.plan.number for one in held}
        return done | ({number} if number not in done else set())

    async def _hold(self, stack: Stack, plan: Round) -> Held | None:
        try:
            return await hold(stack, plan)
        except* (ServerFailedError, OSError, TimeoutError, AssertionError) as errors:
            self._broken_off(stack, plan, errors)
        return None

    async def _note(self, stack: Stack, held: Held) -> None:
        row = _row(held, held.verdict)
        self.journal.add(row)
        self.say(_line(row))
        if not row.clean or row.counts["untold"] or row.seconds > _SLOW_S:
            await self._write_finding(stack, held, held.verdict)

    async def _look_back(self, stack: Stack, held: Sequence[Held]) -> None:
        """What came later than its round may have changed what is to be said of it."""
        for one in held:
            verdict = judge(stack.book, one.plan.number)
            row = _row(one, verdict)
            if row.counts != self.journal.rows[row.number].counts:
                self.journal.add(row)
                self.say(f"looking back: {_line(row)}")
                if not row.clean:
                    await self._write_finding(stack, one, verdict)

    def _broken_off(self, stack: Stack, plan: Round, error: BaseException) -> None:
        text = "".join(traceback.format_exception(error))
        folder = self._folder(plan.number)
        (folder / "harness.txt").write_text(text)
        (folder / "timeline.txt").write_text(timeline(stack, plan.number))
        _copy_logs(stack, folder)
        self.journal.add(Row(plan.number, plan.engine, _faults(plan), {}, 0.0, repr(error)[:200]))
        self.say(f"round {plan.number} was broken off: {error!r}; see {folder}")

    async def _write_finding(self, stack: Stack, held: Held, verdict: Verdict) -> None:
        folder = self._folder(held.plan.number)
        named = {
            name: [str(token) for token in getattr(verdict, name)]
            for name in COUNTS[2:]
            if getattr(verdict, name)
        }
        words = [f"seed {self.journal.seed}, round {held.plan.number}, {held.plan.engine}"]
        words += [
            f"{trouble.name} at {trouble.at_s} s for {trouble.hold_s} s" for trouble in held.plan.troubles
        ]
        words += [f"{name}: {' '.join(tokens)}" for name, tokens in named.items()]
        (folder / "verdict.txt").write_text("\n".join(words) + "\n")
        (folder / "timeline.txt").write_text(timeline(stack, held.plan.number))
        _copy_logs(stack, folder)
        process = stack.bridge.process
        if isinstance(process, TrunklineProcess):
            events = [one.event_id for one in _wrong(stack, verdict) if one.event_id][:_TRACED]
            traces = [await asyncio.to_thread(process.trace, event) for event in events]
            (folder / "traces.txt").write_text("\n".join(traces))

    def _folder(self, number: int) -> Path:
        folder = self.findings / f"{self.journal.bridge.split()[0].lower()}-{self.journal.seed}-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def timeline(stack: Stack, round_: int) -> str:
    """Everything that happened in a round, in order, with seconds since its begin."""
    book = stack.book
    began = next(deed.at for deed in book.deeds if deed.words.startswith(f"round {round_}:"))
    ended = next((deed.at for deed in book.deeds if deed.words == f"round {round_} is over"), book.clock())
    happened = [(deed.at, f"DEED  {deed.words}") for deed in book.deeds]
    for said in book.said.values():
        where = f"{said.side.value} {said.place}"
        happened.append((said.at, f"said  {said.token} on {where} ({said.kind}) {said.event_id or ''}"))
    happened += [(one.at, f"seen  {one.token} on {one.side.value} {one.place}") for one in book.seen]
    happened += [(one.at, f"told  {one.event_id} {one.fate.value}") for one in book.told]
    happened += [
        (one.at, f"{'came ' if one.here else 'left '} {one.nick} {one.place}") for one in book.comings
    ]
    happened += [(at, f"gap   told in {place}") for place, at in book.gap_notices]
    lines = [f"{at - began:8.3f}  {words}" for at, words in sorted(happened) if began - 5 <= at <= ended + 60]
    return "\n".join(lines) + "\n"


def _wrong(stack: Stack, verdict: Verdict) -> list[Said]:
    tokens = [*verdict.lost, *verdict.doubled, *verdict.reordered, *verdict.misreported]
    return [stack.book.said[token] for token in tokens if stack.book.said[token].side is Side.MATRIX]


def _copy_logs(stack: Stack, folder: Path) -> None:
    logs = {"bridge": stack.bridge.process, "synapse": stack.synapse, **stack.servers}
    for name, process in logs.items():
        if process.log.exists():
            shutil.copy(process.log, folder / f"{name}.log")


def _faults(plan: Round) -> list[str]:
    return [trouble.name for trouble in plan.troubles]


def _row(held: Held, verdict: Verdict) -> Row:
    counts = {
        name: value if isinstance(value := getattr(verdict, name), int) else len(value) for name in COUNTS
    }
    return Row(held.plan.number, held.plan.engine, _faults(held.plan), counts, held.seconds)


def _line(row: Row) -> str:
    counts = " ".join(f"{name} {row.counts[name]}" for name in COUNTS if row.counts[name])
    return f"{row.number:4} {row.engine:8} {row.seconds:5.1f} s  {' + '.join(row.faults):32} {counts}"
