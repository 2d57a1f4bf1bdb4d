"""The faults: each strikes and is mended; nothing here looks at what the bridge thinks of it."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import Final, Protocol

from attrs import define, field

from bridge.testing.servers.process import ServerProcess
from tests.chaos.bridges import TrunklineProcess
from tests.chaos.plan import BRIDGE, KEEPER, NETWORKS
from tests.chaos.processes import signal_family
from tests.chaos.proxy import Weather
from tests.chaos.stack import Stack

_CLOCK_S: Final = 3600
_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.1
_STALLING: Final = (BRIDGE, "postgres")
"""Without these the bridge takes nothing."""


class Fault(Protocol):
    """``mend`` must leave everything running."""

    async def strike(self) -> None: ...
    async def mend(self) -> None: ...


def fault_of(name: str, stack: Stack) -> Fault:
    """The fault of this name in ``plan``."""
    deed, _, victim = name.partition(" ")
    match deed:
        case "kill" | "stop" | "restart" if victim == KEEPER:
            return KeeperHit(stack, {"kill": SIGKILL, "stop": SIGSTOP, "restart": SIGTERM}[deed])
        case "kill":
            return Killed(stack, victim)
        case "stop":
            return Halted(stack, victim)
        case "restart":
            return Restarted(stack, victim)
        case "cut" if victim in NETWORKS:
            return CutOff(stack, victim)
        case "cut":
            return BadRoad(stack, Weather.CUT)
        case "storm":
            return BadRoad(stack, Weather(victim))
        case "disk":
            return DiskFull(stack)
        case "clock":
            return ClockJump(stack)
    raise ValueError(name)


@define
class Killed:
    """SIGKILL, and started again."""

    stack: Stack
    victim: str

    async def strike(self) -> None:
        process = process_of(self.stack, self.victim)
        self._note("kill -9")
        await process.kill()
        after_end(self.stack, self.victim)

    async def mend(self) -> None:
        if self.victim == "synapse":
            await _database_is_there(self.stack)
        self.stack.book.did(f"start {self.victim}", resumes=self.victim in _STALLING)
        await process_of(self.stack, self.victim).start()
        await after_start(self.stack, self.victim)

    def _note(self, words: str) -> None:
        breaks = {BRIDGE: NETWORKS}.get(self.victim, (self.victim,) if self.victim in NETWORKS else ())
        stalls = self.victim in _STALLING
        self.stack.book.did(f"{words} {self.victim}", breaks=breaks, stalls=stalls)


class Restarted(Killed):
    """An orderly end, as an administrator's."""

    async def strike(self) -> None:
        process = process_of(self.stack, self.victim)
        self._note("stop in order")
        await process.stop()
        self.stack.book.did(f"ended {self.victim}")
        after_end(self.stack, self.victim)


@define
class Halted:
    """SIGSTOP and SIGCONT, for the process and all that it has started."""

    stack: Stack
    victim: str

    async def strike(self) -> None:
        self.stack.book.did(f"SIGSTOP {self.victim}", stalls=self.victim in _STALLING)
        signal_family(process_of(self.stack, self.victim).pid, SIGSTOP)

    async def mend(self) -> None:
        self.stack.book.did(f"SIGCONT {self.victim}", resumes=self.victim in _STALLING)
        signal_family(process_of(self.stack, self.victim).pid, SIGCONT)


@define
class KeeperHit:
    """The process that holds the bridge's connections; the bridge starts another one by itself."""

    stack: Stack
    number: Signals

    async def strike(self) -> None:
        halted = self.number is SIGSTOP
        words = f"{self.number.name} keeper"
        self.stack.book.did(words, breaks=() if halted else NETWORKS, stalls=True)
        self._send(self.number)

    async def mend(self) -> None:
        self.stack.book.did("keeper is let go on", resumes=True)
        if self.number is SIGSTOP:
            self._send(SIGCONT)

    def _send(self, number: Signals) -> None:
        process = self.stack.bridge.process
        assert isinstance(process, TrunklineProcess)
        keeper = process.keeper()
        if keeper is None:
            self.stack.book.did("no keeper is there")
            return
        with suppress(ProcessLookupError):
            os.kill(keeper, number)


@define
class CutOff:
    """The road between the bridge and an IRC server; whoever knocks meanwhile waits."""

    stack: Stack
    network: str

    async def strike(self) -> None:
        self.stack.book.did(f"cut {self.network}", breaks=(self.network,))
        self.stack.gates[self.network].shut()

    async def mend(self) -> None:
        self.stack.book.did(f"joined {self.network}")
        # Else the end of another fault opens it: nobody could tell what was said before people are back.
        if all(person.here for person in self.stack.people_on(self.network)):
            self.stack.gates[self.network].open()


@define
class BadRoad:
    """Between the bridge and the homeserver, both ways."""

    stack: Stack
    weather: Weather

    async def strike(self) -> None:
        self.stack.book.did(f"storm: {self.weather.value}")
        self.stack.road_out.turn(self.weather)
        # A homeserver is never told that it asks too often.
        self.stack.road_in.turn(Weather.FAILING if self.weather is Weather.TOO_MANY else self.weather)

    async def mend(self) -> None:
        self.stack.book.did("fine weather")
        self.stack.road_out.turn(Weather.FINE)
        self.stack.road_in.turn(Weather.FINE)


@define
class DiskFull:
    """Not a byte is left where the bridge keeps its data."""

    stack: Stack
    _filler: Path | None = field(default=None)

    async def strike(self) -> None:
        process = self.stack.bridge.process
        assert isinstance(process, TrunklineProcess)
        assert process.mounted
        self.stack.book.did("disk full", stalls=True)
        self._filler = process.data / "filler"
        await asyncio.to_thread(_fill, self._filler)

    async def mend(self) -> None:
        assert self._filler is not None
        self._filler.unlink(missing_ok=True)
        self.stack.book.did("disk has room again", resumes=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@define
class ClockJump:
    """The bridge's clock goes an hour forward or back; the others' stay."""

    stack: Stack

    async def strike(self) -> None:
        jump = self.stack.dice.choice((_CLOCK_S, -_CLOCK_S))
        self.stack.book.did(f"clock {jump:+d} s")
        self._turn(jump)

    async def mend(self) -> None:
        self.stack.book.did("clock right again")
        self._turn(0)

    def _turn(self, seconds: int) -> None:
        process = self.stack.bridge.process
        assert isinstance(process, TrunklineProcess)
        process.clock.turn(seconds)


def process_of(stack: Stack, victim: str) -> ServerProcess:
    if victim == BRIDGE:
        return stack.bridge.process
    if victim == "synapse":
        return stack.synapse
    if victim == "postgres":
        assert stack.postgres is not None
        return stack.postgres
    return stack.servers[victim]


def after_end(stack: Stack, victim: str) -> None:
    """What the end of a process does to connections through proxies and gates."""
    if victim == "synapse":
        stack.road_out.hang_up()
    elif victim == BRIDGE:
        stack.road_in.hang_up()
    elif victim in NETWORKS:
        stack.gates[victim].shut()


async def _database_is_there(stack: Stack) -> None:
    """Synapse ends at once when its database is away at the start, and is nobody's to blame for it."""
    if stack.postgres is None:
        return
    async with asyncio.timeout(_PATIENCE_S):
        while not (stack.postgres.running and await asyncio.to_thread(stack.postgres.is_ready)):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)


async def after_start(stack: Stack, victim: str) -> None:
    """People come back to an IRC server before the bridge does: nobody could tell what it said before."""
    if victim in NETWORKS:
        await stack.bring_back(victim)
        stack.gates[victim].open()
