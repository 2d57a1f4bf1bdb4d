"""What failed and was kept, and what people do with it."""

from typing import NoReturn

import pytest

from bridge.core.router import Router
from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.model.portals import Portal
from bridge.model.statuses import PartState
from tests.core.world import ADMIN, ALICE, BOB, World


async def ask(world: World, portal: Portal, text: str, who: UserID = ALICE) -> str:
    """Say it in the portal, and give the answer."""
    await world.say(portal.room_id, who, f"!trunkline {text}")
    return world.texts(portal)[-1].replace("`", "")


async def refused(world: World, portal: Portal, text: str = "hello", who: UserID = ALICE) -> EventID:
    """A message that its network did not take."""
    await world.refuse_plans(1)
    return await world.say(portal.room_id, who, text)


async def letter(world: World) -> str:
    """The short name of the newest message that failed."""
    return f"m{(await world.store.letters.parts(1))[0].row.id}"


async def test_own_failures_are_listed_with_their_reason(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    said = (await ask(world, portal, "dead list")).split("\n")
    lines = [line for line in said if line]

    assert lines[0].startswith("This failed.")
    assert lines[1].startswith(f"{await letter(world)} ")
    assert lines[1].endswith(f": refused, {ALICE} to ~lobby on demo")
    assert lines[2].startswith("Your message could not be delivered.")
    assert len(lines) == 3


async def test_list_is_what_dead_alone_means(world: World) -> None:
    portal = await world.portal()
    assert await ask(world, portal, "dead") == "Nothing has failed and waits for you."


async def test_others_failures_are_listed_for_admins_only(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)

    assert await ask(world, portal, "dead list", BOB) == "Nothing has failed and waits for you."
    assert f"refused, {ALICE}" in await ask(world, portal, "dead list", ADMIN)


async def test_one_failure_is_shown_with_the_way_to_its_trace(world: World) -> None:
    portal = await world.portal()
    event_id = await refused(world, portal)
    answer = await ask(world, portal, f"dead show {await letter(world)}")
    assert answer.endswith(f"All of its way: trace {event_id}")


async def test_an_own_failure_is_sent_again(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    name = await letter(world)

    assert await ask(world, portal, f"dead retry {name}") == f"{name} is on its way again."
    assert world.said() == ["hello"]
    assert await ask(world, portal, "dead list") == "Nothing has failed and waits for you."


async def test_anothers_failure_is_as_good_as_not_there(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    name = await letter(world)
    answer = await ask(world, portal, f"dead retry {name}", BOB)

    assert answer == f"There is no {name} among what failed. dead list shows what there is."
    assert world.said() == []


async def test_an_admin_retries_anybodys(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    await ask(world, portal, f"dead retry {await letter(world)}", ADMIN)
    assert world.said() == ["hello"]


async def test_only_an_admin_drops(world: World) -> None:
    portal = await world.portal()
    event_id = await refused(world, portal)
    answer = await ask(world, portal, f"dead drop {await letter(world)}")

    assert answer.startswith("You may not do this here (manage needs the level admin).")
    assert await world.states(event_id) == [PartState.REFUSED]


async def test_what_was_dropped_is_not_sent_again(world: World) -> None:
    portal = await world.portal()
    event_id = await refused(world, portal)
    name = await letter(world)

    assert await ask(world, portal, f"dead drop {name}", ADMIN) == f"{name} is closed for good."
    await ask(world, portal, "retry all")
    assert await world.states(event_id) == [PartState.DROPPED]
    assert world.said() == []


@pytest.mark.parametrize("words", ["dead show", "dead bury m1", "dead list m1", "dead drop"])
async def test_half_a_wish_is_answered_with_the_whole(world: World, words: str) -> None:
    portal = await world.portal()
    assert (await ask(world, portal, words, ADMIN)).startswith("Say dead list, or dead show")


async def broken_event(world: World, room_id: RoomID) -> EventID:
    """An event that makes no sense."""
    event_id = EventID("$broken")
    await world.push(RawEvent(event_id=event_id, room_id=room_id, body=b"{}"))
    return event_id


async def test_an_event_that_was_set_aside_is_listed_for_admins(world: World) -> None:
    portal = await world.portal()
    event_id = await broken_event(world, portal.room_id)
    seq = world.store.inbox.seq_of(event_id)

    assert f"set aside, {event_id} in {portal.room_id}" in await ask(world, portal, "dead list", ADMIN)
    assert "It failed 1 time." in await ask(world, portal, f"dead show e{seq}", ADMIN)
    assert (await ask(world, portal, f"dead show e{seq}")).startswith("There is no")


async def test_an_event_that_was_set_aside_is_read_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in its way (a fault of ours, since mended) is gone: it crosses."""
    portal = await world.portal()
    with monkeypatch.context() as broken:
        broken.setattr(Router, "route", break_down)
        event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.say(portal.room_id, BOB, "and on")
    name = f"e{world.store.inbox.seq_of(event_id)}"

    assert "RuntimeError: poison" in await ask(world, portal, f"dead show {name}", ADMIN)
    assert await ask(world, portal, f"dead retry {name}", ADMIN) == f"{name} is on its way again."
    assert world.said() == ["and on", "hello"]
    assert await world.store.letters.events(9) == []


async def test_a_message_that_broke_the_plan_is_one_letter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    with monkeypatch.context() as broken:
        broken.setattr(world.demo.logins()[0], "plan", break_down)
        event_id = await world.say(portal.room_id, ALICE, "hello")
        await world.turn(5.0)
    assert (await ask(world, portal, "dead list", ADMIN)).count(" to ~lobby") == 1

    await ask(world, portal, f"dead retry {await letter(world)}", ADMIN)
    assert world.said() == ["hello"]
    assert await world.states(event_id) == [PartState.CONFIRMED]
    assert await ask(world, portal, "dead list", ADMIN) == "Nothing has failed and waits for you."


async def test_an_arrival_that_was_set_aside_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    await world.come("carol")
    with monkeypatch.context() as broken:
        broken.setattr(type(world.homeserver), "is_encrypted", break_down)
        await world.hear("carol", "hi")
    await world.hear("carol", "and on")
    (dead,) = await world.store.letters.arrivals(9)
    name = f"a{dead.seq}"
    assert f"{name} " in await ask(world, portal, "dead list", ADMIN)
    assert "RuntimeError: poison" in await ask(world, portal, f"dead show {name}", ADMIN)

    await ask(world, portal, f"dead retry {name}", ADMIN)
    assert [text for text in world.texts(portal) if text in ("hi", "and on")] == ["and on", "hi"]
    assert await world.store.letters.arrivals(9) == []


def break_down(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("poison")


@pytest.mark.parametrize("words", ["retry", "dead retry"])
async def test_an_answer_of_the_store_that_was_lost_leaves_no_message_behind(
    world: World, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was open again in the ledger, nobody worked on it, and the next wish found nothing that failed."""
    portal = await world.portal()
    await refused(world, portal)
    name = await letter(world) if "dead" in words else ""
    lose_next_answer(world.store.ledger, "reopen", monkeypatch)
    await world.say(portal.room_id, ALICE, f"!trunkline {words} {name}")
    await world.turn(5.0)
    assert world.said() == ["hello"]


async def test_the_same_for_an_event_that_was_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    with monkeypatch.context() as broken:
        broken.setattr(Router, "route", break_down)
        event_id = await world.say(portal.room_id, ALICE, "hello")
    lose_next_answer(world.store.letters, "reopen_event", monkeypatch)
    seq = world.store.inbox.seq_of(event_id)
    await world.say(portal.room_id, ADMIN, f"!trunkline dead retry e{seq}")
    await world.turn(5.0)
    assert world.said() == ["hello"]


def lose_next_answer(store: object, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call takes effect, and its caller is told that nobody answered."""
    real = getattr(store, method)

    async def lost(*arguments: object, **named: object) -> NoReturn:
        monkeypatch.setattr(store, method, real)
        await real(*arguments, **named)
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="its answer was lost"))

    monkeypatch.setattr(store, method, lost)


async def test_reacting_to_an_own_failed_message_sends_it_again(world: World) -> None:
    portal = await world.portal()
    event_id = await refused(world, portal)
    await react(world, portal, ALICE, event_id)

    assert world.said() == ["hello"]
    assert await world.states(event_id) == [PartState.CONFIRMED]


async def test_reacting_to_anothers_failed_message_does_not(world: World) -> None:
    portal = await world.portal()
    event_id = await refused(world, portal)
    await react(world, portal, BOB, event_id)

    assert await world.states(event_id) == [PartState.REFUSED]


async def test_the_same_reaction_to_what_arrived_is_just_a_reaction(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    reaction = await react(world, portal, ALICE, event_id)

    assert len(await world.store.ledger.parts_of(reaction)) == 1


async def react(world: World, portal: Portal, who: UserID, target: EventID) -> EventID:
    relation = {"rel_type": "m.annotation", "event_id": target, "key": "🔁"}
    return await world.happen(portal.room_id, who, "m.reaction", {"m.relates_to": relation})


async def test_all_failures_are_sent_again_oldest_first(world: World) -> None:
    portal = await world.portal()
    for word in ("one", "two", "three"):
        await refused(world, portal, word)

    assert await ask(world, portal, "dead retry all") == "3 are on the way again."
    assert world.said() == ["one", "two", "three"]
    assert await ask(world, portal, "dead retry all") == "Nothing has failed and waits for you."


async def test_all_means_the_own_ones(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal, "alices")
    await refused(world, portal, "bobs", BOB)

    assert await ask(world, portal, "dead retry all", BOB) == "1 is on the way again."
    assert world.said() == ["bobs"]


async def test_one_wish_sends_no_more_than_a_hundred(world: World) -> None:
    portal = await world.portal()
    for number in range(103):
        await refused(world, portal, f"line {number}")

    first = (await ask(world, portal, "dead retry all")).split("\n")
    assert [line for line in first if line] == [
        "100 are on the way again.",
        "3 more wait: say it again for the next ones.",
    ]
    assert await ask(world, portal, "dead retry all") == "3 are on the way again."
    assert world.said() == [f"line {number}" for number in range(103)]


async def test_only_an_admin_drops_all(world: World) -> None:
    portal = await world.portal()
    await refused(world, portal)
    await refused(world, portal)

    assert (await ask(world, portal, "dead drop all")).startswith("You may not do this here")
    assert await ask(world, portal, "dead drop all", ADMIN) == "2 are closed for good."
    assert await ask(world, portal, "dead list", ADMIN) == "Nothing has failed and waits for you."


async def test_a_long_list_has_pages_from_the_newest_on(world: World) -> None:
    portal = await world.portal()
    for number in range(25):
        await refused(world, portal, f"line {number}")
    names = [f"m{one.row.id}" for one in await world.store.letters.parts(99)]

    first, second = await ask(world, portal, "dead list"), await ask(world, portal, "dead list 2")
    assert [name for name in names if f"{name} " in first] == names[:20]
    assert first.endswith("There is more: dead list 2")
    assert [name for name in names if f"{name} " in second] == names[20:]
    assert "There is more" not in second
    assert await ask(world, portal, "dead list 3") == "There is no page 3."


@pytest.mark.parametrize("page", ["0", "-1", "51", "m1", "1000"])
async def test_what_is_no_page_is_answered_with_the_whole(world: World, page: str) -> None:
    portal = await world.portal()
    assert (await ask(world, portal, f"dead list {page}")).startswith("Say dead list, or dead show")
