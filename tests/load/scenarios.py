"""Lines offered at an even pace on one side, and what becomes of them on the other."""

import asyncio
import itertools
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from attrs import frozen

from tests.load.arena import SENDERS, Arena
from tests.load.contestants import Contestant
from tests.load.stats import Arrived, Outcome, Token, outcome

_turns: Final = itertools.count(1)


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


async def run(arena: Arena, one: Contestant, scenario: Scenario) -> Outcome:
    name = f"{scenario.key}{next(_turns)}"
    arrived = arena.heard.matrix if scenario.from_irc else arena.heard.irc
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
