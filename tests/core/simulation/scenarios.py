"""Short stories of what people and peers do. Each yields the seconds that pass before it goes on.

A story knows nothing of the process: that may end anywhere in it, and another one goes on.
"""

from collections.abc import Callable, Generator
from typing import TypeAlias

from bridge.core.evidence import WINDOW
from bridge.networks.demo.protocol.place import Fault
from tests.core.simulation.world import SimWorld
from tests.core.world import ALICE, BOB

Story: TypeAlias = Generator[float, None, None]
Scenario: TypeAlias = Callable[[SimWorld], Story]

_PATIENCE = 20
_LONG_S = WINDOW.total_seconds() + 1.0


def plain_lines(world: SimWorld) -> Story:
    """Two people on each side speak at once."""
    for _ in range(2):
        world.say(ALICE)
        world.hear("carol")
        world.say(BOB)
        world.say(ALICE)
        yield 0.05
        world.hear("dave")
        world.hear("carol")
        yield 0.5


def long_paste(world: SimWorld) -> Story:
    """One person pastes many lines while another speaks."""
    world.say(ALICE, lines=6)
    world.say(BOB)
    world.say(ALICE)
    yield 1.0


def chain_from_matrix(world: SimWorld) -> Story:
    """A line of one's own is edited, answered, reacted to and taken back, as fast as can be."""
    line = world.say(ALICE)
    world.edit(line)
    world.say(BOB, about=line)
    world.react(BOB, line)
    yield 0.0
    world.edit(line)
    world.remove(line)
    yield 1.0


def chain_from_network(world: SimWorld) -> Story:
    """The same on the other side, and people answer across."""
    line = world.hear("carol")
    world.hear_edit(line)
    world.hear("dave", about=line)
    world.hear_reaction("dave", line)
    yield 0.5
    yield from _until(lambda: line in world.seen_on_matrix())
    if line in world.seen_on_matrix():
        world.say(ALICE, about=line)
        world.react(BOB, line)
    world.hear_removal(line)
    yield 1.0


def across(world: SimWorld) -> Story:
    """People on the network speak about a line from Matrix, as soon as they see it."""
    line = world.say(ALICE)
    yield from _until(lambda: line in world.seen_on_network(), step_s=0.0)
    if line in world.seen_on_network():
        world.hear("carol", about=line)
        world.hear_reaction("dave", line)
    world.react(BOB, line)
    yield 1.0


def reaction_before_its_target(world: SimWorld) -> Story:
    """The network is busy for a while with what is spoken about already."""
    world.ground.place.faults += [Fault.BUSY, Fault.BUSY]
    line = world.say(ALICE)
    yield 0.1
    world.react(BOB, line)
    world.edit(line)
    yield 20.0


def retry_of_a_failure(world: SimWorld) -> Story:
    """A refused message is told of, and sent again by a reaction to it."""
    world.ground.place.faults.append(Fault.REFUSE)
    line = world.say(ALICE)
    world.say(BOB)
    yield 3.0
    world.retry(line)
    yield 3.0


def refused_paste(world: SimWorld) -> Story:
    """The network takes the first lines of a paste, and refuses one."""
    world.say(ALICE, lines=2)
    yield 0.5
    world.ground.place.faults.append(Fault.REFUSE)
    world.say(ALICE, lines=3)
    world.say(ALICE)
    yield 3.0


def lost_answers(world: SimWorld) -> Story:
    """Both sides take what is sent, and do not say so."""
    world.ground.homeserver.lose_next_answer()
    world.hear("carol")
    world.hear("carol")
    world.ground.place.faults.append(Fault.LOSE_ANSWER)
    world.say(ALICE)
    world.say(ALICE)
    yield 5.0
    world.ground.place.faults.append(Fault.LOSE_LINE)
    world.say(BOB)
    yield 3.0


def room_upgrade(world: SimWorld) -> Story:
    """A room is replaced while people speak."""
    world.say(ALICE)
    world.hear("carol")
    world.upgrade()
    world.hear("carol")
    for _ in range(4):
        yield 0.0
        world.say(BOB)
        world.hear("dave")
    yield 3.0
    world.say(ALICE)
    world.hear("carol")
    yield 2.0


def gap_filled(world: SimWorld) -> Story:
    """The homeserver is killed with events that it has not pushed."""
    world.say(ALICE)
    yield 0.5
    for _ in range(8):
        world.say(ALICE)
        world.say(BOB)
    world.ground.homeserver.kill(counts_anew=True)
    world.life.reconciler.doubt("the homeserver was away")
    world.say(ALICE)
    yield 0.1
    world.say(BOB)
    yield 5.0


def a_day_away(world: SimWorld) -> Story:
    """The bridge is away for so long that the homeserver forgets which sends it knows."""
    world.hear("carol")
    world.hear("carol")
    world.hear_reaction("dave", world.hear("dave"))
    world.say(ALICE)
    world.settle()
    world.end()
    yield _LONG_S
    world.ground.homeserver.forget_sends()
    world.begin()
    world.hear("carol")
    yield 3.0


def connection_lost(world: SimWorld) -> Story:
    """The network goes away and comes back."""
    world.say(ALICE)
    world.hear("carol")
    world.lose_connection()
    line = world.say(ALICE)
    world.hear("carol")
    yield 3.0
    world.life.connect()
    world.react(BOB, line)
    yield 0.1
    world.hear("carol")
    yield 6.0


def database_away(world: SimWorld) -> Story:
    """The database goes away and comes back."""
    world.say(ALICE)
    world.hear("carol")
    yield 0.0
    world.ground.store.switch.down = True
    world.say(ALICE)
    world.hear("carol")
    world.hear("dave")
    yield 4.0
    world.ground.store.switch.down = False
    world.say(BOB)
    yield 10.0


SCENARIOS: tuple[Scenario, ...] = (
    plain_lines,
    long_paste,
    chain_from_matrix,
    chain_from_network,
    across,
    reaction_before_its_target,
    retry_of_a_failure,
    refused_paste,
    lost_answers,
    room_upgrade,
    gap_filled,
    a_day_away,
    connection_lost,
    database_away,
)


def _until(is_so: Callable[[], bool], *, step_s: float = 0.5) -> Story:
    """Wait for it, not for ever."""
    for _ in range(_PATIENCE):
        if is_so():
            return
        yield step_s
