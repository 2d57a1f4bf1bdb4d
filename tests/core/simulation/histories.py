"""Histories made from a seed: who speaks, what fails, what runs first, where it all ends."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

from attrs import define, field, frozen

from bridge.core.config import BridgeConfig
from bridge.networks.demo.protocol.place import Fault
from tests.core.simulation.account import account_of
from tests.core.simulation.danger import Danger
from tests.core.simulation.law import Account, Kind, Side, breaches
from tests.core.simulation.log import failures_logged
from tests.core.simulation.loop import SeededLoop
from tests.core.simulation.world import NICKS, PEOPLE, SimWorld, make_sim_world

_FAULTS = (Fault.BUSY, Fault.BUSY, Fault.LOSE_ANSWER, Fault.LOSE_LINE, Fault.REFUSE)
_PAUSES = (0.0, 0.0, 0.0, 0.05, 0.5, 3.0)


@frozen
class Outcome:
    """How one history ended; ``breaches`` are those of the law, and what failed inside of the bridge."""

    seed: int
    account: Account
    breaches: Sequence[str]
    lives: int


def history(seed: int) -> Outcome:
    """Live through the history of a seed; the same one each time."""
    with failures_logged() as failures:
        play = _Play(Random(seed))
        world = play.to_the_end()
        account = account_of(world)
        world.end()
        world.ground.homeserver.stop()
        return Outcome(seed, account, [*breaches(account), *failures], world.lives)


@define
class _Play:
    """One history while it is made up."""

    random: Random
    world: SimWorld = field(init=False)
    _safe: bool = True

    def __attrs_post_init__(self) -> None:
        config = BridgeConfig(
            quiet_s=2.0,
            lane_memory=self.random.choice((2, 4, 500)),
            expire_after_s=self.random.choice((20.0, 86_400.0)),
            reconcile_every_s=self.random.choice((30.0, 300.0)),
        )
        self.world = make_sim_world(self.random, self._danger, config=config)
        self.world.ground.evidence = self.random.random() < 0.7

    def to_the_end(self) -> SimWorld:
        self.world.begin()
        self.world.await_portal()
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self._safe = False
            self.world.end()
            for _ in range(self.random.randint(2, 8)):
                self._moment()
        self.world.mend()
        return self.world

    def _danger(self, loop: SeededLoop) -> Danger:
        if self._safe:
            return Danger(loop)
        # Only the first process of a part of the history is in danger: the next one may come to its end.
        self._safe = self.random.random() < 0.7
        return Danger(
            loop,
            self.random,
            failing=self.random.choice((0.0, 0.0, 0.03, 0.15)),
            slow=self.random.choice((0.0, 0.3, 0.8)),
            crash_at=self.random.choice((None, int(self.random.expovariate(1 / 40)) + 1)),
            after=self.random.random() < 0.5,
        )

    def _moment(self) -> None:
        for _ in range(self.random.choice((1, 1, 2, 4))):
            if self.random.random() < 0.75:
                self._speak()
            else:
                self._trouble()
        self.world.turn(self.random.choice(_PAUSES))

    # People.

    def _speak(self) -> None:
        self.random.choice(
            (
                self._line,
                self._line,
                self._hear,
                self._hear,
                self._paste,
                self._answer,
                self._change,
                self._react,
                self._hear_answer,
                self._hear_change,
                self._hear_reaction,
                self._retry,
            )
        )()

    def _line(self) -> None:
        self.world.say(self.random.choice(PEOPLE))

    def _paste(self) -> None:
        self.world.say(self.random.choice(PEOPLE), lines=self.random.choice((2, 3, 5)))

    def _hear(self) -> None:
        self.world.hear(self.random.choice(NICKS))

    def _answer(self) -> None:
        for target in self._one_of(self.world.seen_on_matrix()):
            self.world.say(self.random.choice(PEOPLE), about=target)

    def _react(self) -> None:
        for target in self._still_open(self.world.seen_on_matrix()):
            self.world.react(self.random.choice(PEOPLE), target)

    def _change(self) -> None:
        """Edit or take back a line of one's own."""
        for target in self._still_open(self._own(Side.MATRIX)):
            self.random.choice((self.world.edit, self.world.edit, self.world.remove))(target)

    def _hear_answer(self) -> None:
        for target in self._one_of(self.world.seen_on_network()):
            self.world.hear(self.random.choice(NICKS), about=target)

    def _hear_reaction(self) -> None:
        for target in self._one_of(self.world.seen_on_network()):
            self.world.hear_reaction(self.random.choice(NICKS), target)

    def _hear_change(self) -> None:
        for target in self._one_of(self._own(Side.NETWORK)):
            self.random.choice((self.world.hear_edit, self.world.hear_removal))(target)

    def _retry(self) -> None:
        for target in self._one_of(self.world.told()):
            self.world.retry(target)

    def _own(self, side: Side) -> list[str]:
        spoken = self.world.spoken
        lines = [one for one in spoken.values() if one.side is side and one.kind in (Kind.LINE, Kind.REPLY)]
        return [one.name for one in lines if f"rm {one.name}" not in spoken]

    def _one_of(self, names: Sequence[str]) -> Iterator[str]:
        """One of the last few, if there is any."""
        if names:
            yield self.random.choice(names[-6:])

    def _still_open(self, names: Sequence[str]) -> Iterator[str]:
        """The same in a room that goes on: of what is said in a replaced one only lines are cared for."""
        if self.world.room().tombstone is None:
            yield from self._one_of(names)

    # Trouble.

    def _trouble(self) -> None:
        troubles: tuple[Callable[[], None], ...] = (
            self._fault,
            self._fault,
            self.world.ground.homeserver.lose_next_answer,
            self._homeserver_away,
            self._homeserver_killed,
            self._store_away,
            self.world.lose_connection,
            self._connect,
            self._upgrade,
        )
        self.random.choice(troubles)()

    def _fault(self) -> None:
        self.world.ground.place.faults.append(self.random.choice(_FAULTS))

    def _homeserver_away(self) -> None:
        self.world.ground.homeserver.down = not self.world.ground.homeserver.down

    def _homeserver_killed(self) -> None:
        """Its end closes the line that is kept open to it: that is noticed whether it counts anew or not."""
        self.world.ground.homeserver.kill(counts_anew=self.random.random() < 0.5)
        self.world.life.reconciler.doubt("the homeserver was away")

    def _store_away(self) -> None:
        self.world.ground.store.switch.down = not self.world.ground.store.switch.down

    def _connect(self) -> None:
        self.world.life.connect()

    def _upgrade(self) -> None:
        if self.random.random() < 0.3:
            self.world.upgrade()
