"""Trunkline and heisenbridge between the same homeserver and the same IRC server, in turns.

    python -m tests.load.irc_vs_heisenbridge [--rounds N] [--json FILE] [--only trunkline]
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Final

import uvloop
from attrs import define, field, frozen

from bridge.testing.servers import Ngircd, Synapse
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.load.contestants import (
    Contestant,
    Heisenbridge,
    HeisenbridgeContestant,
    trunkline_on,
)
from tests.load.irc_people import IrcPerson
from tests.load.matrix_person import MatrixPerson, Message
from tests.load.procs import cpu_s, rss_mb, settled
from tests.load.stats import Arrived, Outcome, Token, middle, outcome, tokens
from tests.load.tables import Cell, Table, say, show, write_json

SENDERS: Final = 20


@frozen
class Scenario:
    """Lines offered at an even pace, by so many senders into so many rooms, each sender in turn.

    Attributes:
        drain_s: how long is waited for what has not come when the last line was sent.
    """

    key: str
    title: str
    senders: int
    per_second: float
    seconds: float
    rooms: int = 1
    from_irc: bool = True
    drain_s: float = 30.0


SCENARIOS: Final = (
    Scenario("one", "IRC to Matrix, 1 sender, 5/s", 1, 5, 10),
    Scenario("twenty", "IRC to Matrix, 20 senders, 20/s", 20, 20, 10),
    Scenario("full", "IRC to Matrix, 20 senders, 100/s, one room", 20, 100, 5),
    Scenario("wide", "IRC to Matrix, 20 senders, 100/s, four rooms", 20, 100, 5, rooms=4),
    Scenario("slow", "Matrix to IRC, 5/s", 1, 5, 8, from_irc=False),
    Scenario("fast", "Matrix to IRC, 50/s over four rooms", 4, 50, 6, rooms=4, from_irc=False),
)


@define
class Arena:
    """Everything that runs, and what was heard on either side since the last scenario began."""

    synapse: Synapse
    person: MatrixPerson
    senders: list[IrcPerson]
    on_matrix: list[Arrived] = field(factory=list)
    on_irc: list[Arrived] = field(factory=list)

    def heard_on_matrix(self, message: Message) -> None:
        self.on_matrix += [Arrived(one, message.at, message.event_id) for one in tokens(message.body)]

    def heard_on_irc(self, line: str, at: float) -> None:
        self.on_irc += [Arrived(one, at, line) for one in tokens(line)]


@define
class Results:
    """The figures of one bridge, by scenario, one for each round."""

    idle_mb: float = 0.0
    after_mb: float = 0.0
    rounds: dict[str, list[dict[str, float]]] = field(factory=dict)


async def measure(rounds: int = 2, *, only: str = "") -> list[Table]:
    """All figures, each the median of the rounds."""
    async with AsyncExitStack() as running:
        ngircd = await running.enter_async_context(Ngircd())
        port = free_port()
        url = f"http://{LOOPBACK}:{port}"
        trunkline = trunkline_on(ngircd, url)
        heisenbridge = HeisenbridgeContestant(Heisenbridge(url, "@owner:localhost"), ngircd)
        synapse = Synapse([trunkline.process.place.registration, heisenbridge.process.registration])
        synapse.port = port
        await running.enter_async_context(synapse)
        contestants: list[Contestant] = [trunkline, heisenbridge]
        chosen = [one for one in contestants if only in one.name.lower()]
        arena = await _arena(running, synapse, ngircd, chosen)
        results = {one.name: Results() for one in chosen}
        for one in chosen:
            await running.enter_async_context(one.process)
            await one.open(arena.person)
            await _warm_up(arena, one)
            results[one.name].idle_mb = rss_mb(one.process.pid)
            say(f"irc: {one.name} has its rooms")
        for number in range(rounds):
            for scenario in SCENARIOS:
                for one in chosen:
                    await _turn(arena, one, scenario, results[one.name])
                    say(f"irc: round {number + 1} of {rounds}, {scenario.key}, {one.name}")
        for one in chosen:
            results[one.name].after_mb = rss_mb(one.process.pid)
    return _tables(results)


async def _arena(
    running: AsyncExitStack, synapse: Synapse, ngircd: Ngircd, contestants: Sequence[Contestant]
) -> Arena:
    token = await synapse.register_user("owner")
    person = MatrixPerson(synapse.url, synapse.user_id("owner"), token, lambda one: arena.heard_on_matrix(one))
    arena = Arena(synapse, await running.enter_async_context(person), [])
    listener = IrcPerson("listener", lambda line, at: arena.heard_on_irc(line, at))
    arena.senders += [IrcPerson(f"sender{number}") for number in range(SENDERS)]
    channels = [channel for one in contestants for channel in one.channels]
    for each in (listener, *arena.senders):
        await each.connect(ngircd.host, ngircd.port)
        running.callback(each.close)
        await each.join(channels)
    return arena


async def _warm_up(arena: Arena, one: Contestant) -> None:
    """Everybody has spoken once in every room, so that nobody has to be brought in later."""
    scenario = Scenario("warm", "", SENDERS, 40, SENDERS * len(one.channels) / 40, rooms=len(one.channels))
    await _run(arena, one, scenario)
    await settled(one.process.pid)


async def _turn(arena: Arena, one: Contestant, scenario: Scenario, results: Results) -> None:
    bridge, homeserver = one.process.pid, arena.synapse.pid
    await settled(bridge)
    await settled(homeserver)
    before, before_homeserver = cpu_s(bridge), cpu_s(homeserver)
    what = await _run(arena, one, scenario)
    results.rounds.setdefault(scenario.key, []).append(
        {
            "sent": what.sent,
            "lost": what.lost,
            "doubled": what.doubled,
            "disordered": what.disordered,
            "rate": what.rate,
            "lines": what.lines_a_message,
            "p50": what.latency.p50_ms,
            "p95": what.latency.p95_ms,
            "p99": what.latency.p99_ms,
            "cpu": (cpu_s(bridge) - before) / what.sent * 1000,
            "homeserver cpu": (cpu_s(homeserver) - before_homeserver) / what.sent * 1000,
        }
    )


_turns = iter(range(1_000_000))


async def _run(arena: Arena, one: Contestant, scenario: Scenario) -> Outcome:
    name = f"{scenario.key}{next(_turns)}"
    arrived = arena.on_matrix if scenario.from_irc else arena.on_irc
    arrived.clear()
    sent: dict[Token, float] = {}
    if scenario.from_irc:
        await _speak_on_irc(arena, one, scenario, name, sent)
    else:
        await _speak_on_matrix(arena, one, scenario, name, sent)
    await _drained(arrived, name, len(sent), scenario.drain_s)
    return outcome(sent, [each for each in arrived if each.token.scenario == name])


async def _speak_on_irc(
    arena: Arena, one: Contestant, scenario: Scenario, name: str, sent: dict[Token, float]
) -> None:
    began = perf_counter()
    for number in range(int(scenario.per_second * scenario.seconds)):
        await _until(began + number / scenario.per_second)
        sender = number % scenario.senders
        # In each room every sender has an order of their own.
        room = number // scenario.senders % scenario.rooms
        token = Token(name, sender + SENDERS * room, number)
        sent[token] = perf_counter()
        arena.senders[sender].say(one.channels[room], f"{token} and what else is said in a line")


async def _speak_on_matrix(
    arena: Arena, one: Contestant, scenario: Scenario, name: str, sent: dict[Token, float]
) -> None:
    """One request in flight in each room, so that the homeserver keeps their order."""
    began = perf_counter()

    async def speak(room: int) -> None:
        for number in range(room, int(scenario.per_second * scenario.seconds), scenario.rooms):
            await _until(began + number / scenario.per_second)
            token = Token(name, room, number)
            sent[token] = perf_counter()
            await arena.person.say(one.rooms[room], f"{token} and what else is said in a line")

    await asyncio.gather(*(speak(room) for room in range(scenario.rooms)))


async def _until(at: float) -> None:
    wait_s = at - perf_counter()
    if wait_s > 0:
        await asyncio.sleep(wait_s)


async def _drained(arrived: Sequence[Arrived], name: str, count: int, limit_s: float) -> None:
    end = perf_counter() + limit_s
    while perf_counter() < end:
        if len({each.token for each in arrived if each.token.scenario == name}) >= count:
            return
        await asyncio.sleep(0.1)


def _tables(results: dict[str, Results]) -> list[Table]:
    columns = ["bridge", "p50 ms", "p95 ms", "p99 ms", "lines/s", "sent", "not in time", "doubled"]
    more = ["out of order", "lines a message", "bridge CPU ms/line", "homeserver CPU ms/line"]
    tables = [Table(one.title, [*columns, *more]) for one in SCENARIOS]
    for scenario, table in zip(SCENARIOS, tables, strict=True):
        for name, of in results.items():
            table.rows.append([name, *_cells(middle(of.rounds[scenario.key]))])
    memory = Table("Memory of the bridge (resident), MB", ["bridge", "idle with four rooms", "after all"])
    memory.rows.extend([name, of.idle_mb, of.after_mb] for name, of in results.items())
    return [*tables, memory]


def _cells(of: dict[str, float]) -> list[Cell]:
    whole = [round(of[name]) for name in ("sent", "lost", "doubled", "disordered")]
    return [
        *(of[name] for name in ("p50", "p95", "p99", "rate")),
        *whole,
        *(of[name] for name in ("lines", "cpu", "homeserver cpu")),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="the median of so many is shown")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--only", default="", help="part of the name of the one bridge to measure")
    options = parser.parse_args()
    tables = uvloop.run(measure(options.rounds, only=options.only))
    show(tables)
    if options.json:
        write_json(options.json, tables)


if __name__ == "__main__":
    main()
