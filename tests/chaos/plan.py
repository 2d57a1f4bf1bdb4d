"""What happens in which round: a pure function of the seed and the round's number."""

from collections.abc import Sequence
from random import Random
from typing import Final

from attrs import frozen

ENGINES: Final = ("sqlite", "postgres")
BRIDGE: Final = "bridge"
NETWORKS: Final = ("insp", "ng")
KEEPER: Final = "keeper"
PROCESSES: Final = (BRIDGE, KEEPER, "synapse", "postgres", *NETWORKS)
WAYS: Final = ("kill", "stop", "restart")
"""SIGKILL, SIGSTOP, and an orderly end; all of them followed by a return."""
SINGLES: Final = (
    "cut insp",
    "cut ng",
    "cut homeserver",
    "storm 429",
    "storm 5xx",
    "storm lost answers",
    "disk full",
    "clock jump",
)
_TALK_S: Final = 1.6


@frozen
class Trouble:
    """A fault, such as ``kill synapse``: seconds from the round's begin to it, and how long it lasts."""

    name: str
    at_s: float
    hold_s: float


@frozen
class Utterance:
    """One thing that somebody says after a pause; what kind the speaker cannot do there becomes a message."""

    pause_s: float
    kind: str


@frozen
class Round:
    """``dice`` seeds what the faults themselves draw."""

    number: int
    engine: str
    troubles: Sequence[Trouble]
    dice: int
    speeches: Sequence[Sequence[Utterance]]
    """One for each speaker and place, in turn; more speakers start again with the first."""


def engine_of(number: int, stretch: int) -> str:
    """Stretches of rounds take turns with the engines; the first round has the number 1."""
    return ENGINES[(number - 1) // stretch % len(ENGINES)]


def plan_round(seed: int, number: int, *, stretch: int, without: Sequence[str] = ()) -> Round:
    """``without``: faults, or processes, that do not exist where this is run."""
    dice = Random(f"{seed}/{number}")
    engine = engine_of(number, stretch)
    names = _names(dice, engine, without)
    troubles = [
        Trouble(name, round(dice.uniform(0.1, 1.2), 2), round(dice.uniform(0.3, 2.5), 2)) for name in names
    ]
    return Round(number, engine, troubles, dice.getrandbits(32), [_speech(dice) for _ in range(8)])


def _names(dice: Random, engine: str, without: Sequence[str]) -> list[str]:
    processes = [
        one for one in PROCESSES if one not in without and (one != "postgres" or engine == "postgres")
    ]
    singles = [one for one in SINGLES if one not in without and (one != "disk full" or engine == "sqlite")]
    sort = dice.choices(("one", "pair", "single", "mixed"), (30, 30, 25, 15))[0]
    if sort == "single":
        return [dice.choice(singles)]
    if sort == "mixed":
        return [_doing(dice, dice.choice(processes)), dice.choice(singles)]
    victims = dice.sample(processes, 1 if sort == "one" else 2)
    return [_doing(dice, victim) for victim in victims]


def _doing(dice: Random, victim: str) -> str:
    # A kill is the hardest: half of all.
    return f"{dice.choices(WAYS, (2, 1, 1))[0]} {victim}"


def _speech(dice: Random) -> list[Utterance]:
    count = dice.randint(2, 5)
    kinds = dice.choices(("message", "edit", "reaction", "redaction"), (14, 2, 2, 2), k=count)
    return [Utterance(round(dice.uniform(0, 2 * _TALK_S / count), 2), kind) for kind in kinds]
