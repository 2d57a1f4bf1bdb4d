"""Random histories with crashes at random calls to the outside: the law of conservation holds.

Each seed makes one history: people on both sides talk, the network and the homeserver misbehave, and the
process ends at some call, before or after that took effect. At the end everything is mended and runs dry.
"""

from collections import Counter
from random import Random

import pytest

from bridge.core.config import BridgeConfig
from bridge.model.ids import EventID, UserID
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Fault
from bridge.testing.clock import settle
from tests.core.world import ALICE, BOB, LOBBY, Fuse, World, make_world

PEOPLE = (ALICE, BOB)
NICKS = ("carol", "dave")
FAULTS = (Fault.BUSY, Fault.BUSY, Fault.LOSE_ANSWER, Fault.LOSE_LINE, Fault.REFUSE)


class History:
    """One bridge's life, with what both sides said."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.said: dict[UserID, list[str]] = {person: [] for person in PEOPLE}
        self.events: dict[str, EventID] = {}
        self.heard: dict[str, list[str]] = {nick: [] for nick in NICKS}
        self.numbers = iter(range(10_000))

    async def run(self) -> World:
        world = await make_world(config=BridgeConfig(lane_memory=self.random.choice([2, 4, 500])))
        await world.portal()
        world.forget_tokens()
        for nick in NICKS:
            await world.come(nick)
        await settle()
        for _ in range(self.random.randint(1, 3)):
            world = await self._life(world)
        await self._mend(world)
        return world

    async def _life(self, before: World) -> World:
        """A process that talks until it ends."""
        await before.crash()
        fuse = Fuse(left=self.random.randint(1, 200), after=self.random.random() < 0.5)
        if self.random.random() < 0.5:
            fuse.stumbles = self.random
        world = await make_world(before=before, fuse=fuse)
        for _ in range(self.random.randint(3, 12)):
            await self._moment(world)
            if fuse.blown:
                break
        return world

    async def _moment(self, world: World) -> None:
        match self.random.randrange(10):
            case 0 | 1 | 2 | 3:
                await self._say(world)
            case 4 | 5 | 6:
                await self._hear(world)
            case 7:
                world.place.faults.append(self.random.choice(FAULTS))
            case 8:
                world.homeserver.lose_next_answer()
            case 9:
                world.homeserver.down = not world.homeserver.down
        if self.random.random() < 0.3:
            await world.turn(self.random.choice([0.1, 1.0, 6.0]))

    async def _say(self, world: World) -> None:
        """A push of one or more events; what the homeserver was not told is pushed again."""
        room_id = (await world.store.portals.all_portals())[0].room_id
        events = []
        for _ in range(self.random.choice([1, 1, 3, 8])):
            person = self.random.choice(PEOPLE)
            text = f"m{next(self.numbers)}"
            events.append(world.homeserver.say(room_id, person, text))
            self.said[person].append(text)
            self.events[text] = events[-1].event_id
        await world.store.inbox.accept(events, world.clock.now())
        world.heart.dispatcher.ring()
        await settle(self.random.choice([3, 20, 200]))

    async def _hear(self, world: World) -> None:
        """A line counts as accepted once it is in the store: what no process of ours kept is unseen."""
        nick = self.random.choice(NICKS)
        text = f"r{next(self.numbers)}"
        self.heard[nick].append(text)
        await world.hear(nick, text)

    async def _mend(self, before: World) -> None:
        """Everything is there again, and time passes."""
        await before.crash()
        before.homeserver.down = False
        before.place.faults.clear()
        world = await make_world(before=before)
        await world.turn(120.0)
        assert await world.store.ledger.open_parts() == []
        assert await world.store.ledger.untold() == []
        assert await world.store.arrivals.lanes_with_work() == []
        await world.crash()


@pytest.mark.parametrize("block", range(10))
async def test_nothing_is_lost_doubled_or_reordered(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        history = History(seed)
        world = await history.run()
        await check_network(history, world, seed)
        await check_matrix(history, world, seed)


async def check_network(history: History, world: World, seed: int) -> None:
    arrived = [text for text in world.said(LOBBY) if text.startswith("m")]
    doubled = [text for text, times in Counter(arrived).items() if times > 1]
    assert doubled == [], seed
    told = {status.target for status in world.statuses()}
    for person, texts in history.said.items():
        ours = set(texts)
        in_order = [text for text in arrived if text in ours]
        assert in_order == [text for text in texts if text in set(arrived)], (seed, person)
        for text in texts:
            (row,) = await world.store.ledger.parts_of(history.events[text])
            known = row.state.arrived or row.state in (PartState.UNCERTAIN, PartState.REFUSED)
            assert known, (seed, text, row)
            assert (text in arrived) or not row.state.arrived, (seed, text, row)
            assert row.state is not PartState.REFUSED or text not in arrived, (seed, text, row)
            assert row.state.arrived or row.event_id in told, (seed, text, row)


async def check_matrix(history: History, world: World, seed: int) -> None:
    portal = (await world.store.portals.all_portals())[0]
    posted = [text for text in world.texts(portal) if text.startswith("r")]
    assert [text for text, times in Counter(posted).items() if times > 1] == [], seed
    kept = set(posted)
    for nick, texts in history.heard.items():
        assert [text for text in posted if text in texts] == [text for text in texts if text in kept], (
            seed,
            nick,
        )
    results = world.store.arrivals.results
    assert len(posted) == sum(1 for result in results.values() if result.mapped), seed
    assert all(result.state.arrived for result in results.values()), (seed, results)
