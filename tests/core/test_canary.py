"""A canary that flies through the homeserver and back, or does not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio
from attrs import define, field
from structlog.testing import capture_logs

from bridge.app.tasks import TaskOwner
from bridge.core.canary import PATIENCE_S, Canary
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.ids import RoomID
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from bridge.telemetry.metrics import Metrics
from bridge.testing.clock import HandClock, settle
from bridge.testing.homeserver import FakeHomeserver
from tests.core.world import DOMAIN


@define
class Aviary:
    """A canary over a fake homeserver, whose pushes the test makes."""

    homeserver: FakeHomeserver = field(factory=FakeHomeserver)
    clock: HandClock = field(factory=HandClock)
    tasks: TaskOwner = field(factory=TaskOwner)
    metrics: Metrics = field(factory=Metrics)
    slow: list[float] = field(factory=list)
    missed: list[float] = field(factory=list)
    pushed: int = 0

    def make(self) -> Canary:
        return Canary(
            homeserver=self.homeserver,
            names=Namespace(DOMAIN),
            metrics=self.metrics,
            clock=self.clock,
            tasks=self.tasks,
            every_s=60.0,
            slow=lambda: self.slow.append(self.clock.monotonic()),
            missed=lambda: self.missed.append(self.clock.monotonic()),
        )

    async def start(self) -> Canary:
        canary = self.make()
        self.tasks.spawn("canary", canary.run())
        await settle()
        return canary

    def push(self, canary: Canary) -> None:
        """All that was sent and not pushed yet."""
        new = self.homeserver.sent[self.pushed :]
        self.pushed = len(self.homeserver.sent)
        canary.pushed([RawEvent(event_id=one.event_id, room_id=one.room_id, body=b"{}") for one in new])

    def text(self) -> str:
        return self.metrics.render().decode()

    @property
    def rooms(self) -> list[RoomID]:
        return list(self.homeserver.rooms)


@pytest_asyncio.fixture
async def aviary() -> AsyncIterator[Aviary]:
    made = Aviary()
    yield made
    await made.tasks.stop()


async def test_the_time_from_the_send_to_the_push_is_measured(aviary: Aviary) -> None:
    canary = await aviary.start()
    await aviary.clock.turn(3.0)
    aviary.push(canary)
    await settle()

    assert "trunkline_canary_seconds_sum 3.0" in aviary.text()
    assert 'trunkline_canaries_total{outcome="ok"} 1.0' in aviary.text()
    assert canary.is_well


async def test_a_push_that_overtakes_the_answer_to_the_send_counts(aviary: Aviary) -> None:
    canary = await aviary.start()
    aviary.push(canary)
    await settle()
    (first,) = aviary.homeserver.sent
    canary.pushed([RawEvent(event_id=first.event_id, room_id=first.room_id, body=b"{}")])
    await aviary.clock.turn(60.0)

    assert 'trunkline_canaries_total{outcome="ok"} 1.0' in aviary.text()
    assert len(aviary.homeserver.sent) == 2


async def test_one_flies_each_minute_in_one_private_room(aviary: Aviary) -> None:
    canary = await aviary.start()
    aviary.push(canary)
    await aviary.clock.turn(60.0)
    aviary.push(canary)
    await aviary.clock.turn(60.0)

    assert len(aviary.homeserver.sent) == 3
    (room_id,) = aviary.rooms
    room = aviary.homeserver.rooms[room_id]
    assert not room.public
    assert room.members == {aviary.homeserver.bot: "join"}


async def test_its_room_is_found_again_after_a_restart(aviary: Aviary) -> None:
    await aviary.start()
    await aviary.tasks.stop()
    await aviary.clock.turn(1.0)
    await aviary.start()

    assert len(aviary.rooms) == 1
    assert len(aviary.homeserver.sent) == 2


async def test_a_room_serves_for_a_week_and_is_left() -> None:
    sunday = datetime(2026, 1, 4, 23, 59, 30, tzinfo=UTC)
    aviary = Aviary(clock=HandClock(sunday))
    canary = await aviary.start()
    aviary.push(canary)
    (first,) = aviary.rooms
    await aviary.clock.turn(60.0)

    assert len(aviary.rooms) == 2
    assert (aviary.homeserver.bot, first, None) in aviary.homeserver.leaves
    assert list(aviary.homeserver.aliases.values()) == [aviary.rooms[1]]
    await aviary.tasks.stop()


async def test_one_that_does_not_come_back_is_told_once_and_looked_after(aviary: Aviary) -> None:
    with capture_logs() as said:
        canary = await aviary.start()
        await aviary.clock.turn(60.0 + PATIENCE_S)

    told = [line for line in said if line["event"] == "round trip through the homeserver down"]
    assert [line["log_level"] for line in told] == ["warning"]
    assert len(aviary.missed) == 2
    assert not canary.is_well
    assert canary.age_s > PATIENCE_S


async def test_one_that_is_slow_has_the_homeserver_asked_before_anybody_worries(aviary: Aviary) -> None:
    canary = await aviary.start()
    await aviary.clock.turn(6.0)
    assert (len(aviary.slow), aviary.missed) == (1, [])
    assert canary.is_well
    aviary.push(canary)
    await aviary.clock.turn(50.0)
    assert (len(aviary.slow), aviary.missed) == (1, [])
    assert 'trunkline_canaries_total{outcome="ok"} 1.0' in aviary.text()


async def test_that_they_come_back_again_is_told_once(aviary: Aviary) -> None:
    with capture_logs() as said:
        canary = await aviary.start()
        await aviary.clock.turn(PATIENCE_S + 1.0)
        aviary.push(canary)
        await aviary.clock.turn(30.0)
        aviary.push(canary)
        await aviary.clock.turn(1.0)

    told = [line for line in said if line["event"] == "round trip through the homeserver back again"]
    assert len(told) == 1
    assert 'trunkline_canaries_total{outcome="late"} 1.0' in aviary.text()
    assert canary.is_well
    assert canary.age_s < 2.0


async def test_a_homeserver_that_is_away_is_no_reason_to_look_for_lost_pushes(aviary: Aviary) -> None:
    aviary.homeserver.down = True
    canary = await aviary.start()

    assert 'trunkline_canaries_total{outcome="failed"} 1.0' in aviary.text()
    assert not canary.is_well
    assert aviary.missed == []


async def test_a_room_that_an_admin_took_away_is_made_anew(aviary: Aviary) -> None:
    canary = await aviary.start()
    aviary.push(canary)
    no = HomeserverRefused(
        Phrase.of("matrix.refused", code="M_FORBIDDEN", status=403), code="M_FORBIDDEN", status=403
    )
    aviary.homeserver.fail_next("send", no)
    await aviary.clock.turn(120.0)
    aviary.push(canary)
    await settle()

    assert len(aviary.rooms) == 2
    assert canary.is_well


async def test_what_is_pushed_into_other_rooms_is_nothing_to_it(aviary: Aviary) -> None:
    canary = await aviary.start()
    elsewhere = RoomID("!elsewhere")
    canary.pushed(
        [RawEvent(event_id=one.event_id, room_id=elsewhere, body=b"{}") for one in aviary.homeserver.sent]
    )
    await aviary.clock.turn(PATIENCE_S + 1.0)
    assert not canary.is_well
