"""A homeserver that pushes what happens, as Synapse does it: at least once, until it is killed."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

import orjson

from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.testing.fake_rooms import Json
from bridge.testing.homeserver import FakeHomeserver
from tests.core.simulation.loop import LoopClock, SeededLoop

_LONGEST_WAIT_S: Final = 8.0

Receive = Callable[[str, Sequence[RawEvent]], "asyncio.Task[None] | None"]
"""Begins to take a transaction, given its ID; None while nobody listens."""


class PushingHomeserver(FakeHomeserver):
    """Keeps for its appservice, in memory, what happens in all rooms."""

    def __init__(self, loop: SeededLoop, clock: LoopClock, random: Random) -> None:
        super().__init__()
        self._loop = loop
        self._clock = clock
        self._random = random
        self._kept: deque[RawEvent] = deque()
        self._late: list[tuple[str, Sequence[RawEvent]]] = []
        self._in_flight: tuple[str, Sequence[RawEvent]] | None = None
        self._number = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.receive: Receive = lambda txn_id, events: None
        self.forgotten = 0
        """Events that it will never push."""

    def start(self) -> None:
        self._task = self._loop.create_task(self._push())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._loop.settle()
            self._task = None

    def kill(self, *, counts_anew: bool) -> None:
        """End it and start it again: what was kept is forgotten, what was in flight comes late."""
        self.stop()
        self.forgotten += len(self._kept)
        self._kept.clear()
        if self._in_flight is not None:
            self._late.append(self._in_flight)
            self._in_flight = None
        if counts_anew:
            self._number = 0
        self.start()

    async def _push(self) -> None:
        while True:
            while not self._kept:
                self._news.clear()
                await self._news.wait()
            count = min(len(self._kept), self._random.choice((1, 1, 2, 5, 100)))
            await self._deliver([self._kept.popleft() for _ in range(count)])
            if self._late and self._random.random() < 0.5:
                await self._bring(*self._late.pop(0))

    async def _deliver(self, events: Sequence[RawEvent]) -> None:
        self._number += 1
        self._in_flight = str(self._number), events
        await self._bring(*self._in_flight)
        if self._random.random() < 0.05:
            # Its answer was lost on the way.
            await self._bring(*self._in_flight)
        self._in_flight = None

    async def _bring(self, txn_id: str, events: Sequence[RawEvent]) -> None:
        wait_s = 1.0
        while not await self._taken(txn_id, events):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    async def _taken(self, txn_id: str, events: Sequence[RawEvent]) -> bool:
        task = None if self.down else self.receive(txn_id, events)
        if task is None:
            return False
        await asyncio.wait({task})
        return not task.cancelled() and task.exception() is None

    def _append(self, room_id: RoomID, sender: UserID, event_type: str, content: Json, **fields: Any) -> Json:
        fields["at"] = fields.get("at") or self._clock.now()
        event = super()._append(room_id, sender, event_type, content, **fields)
        said_by = None if "state_key" in event else sender
        self._kept.append(
            RawEvent(
                event_id=EventID(event["event_id"]),
                room_id=room_id,
                body=orjson.dumps(event),
                said_by=said_by,
            )
        )
        self._news.set()
        return event
