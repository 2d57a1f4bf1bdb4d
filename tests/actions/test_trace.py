"""Where a message is, as people ask for it in chat."""

from bridge.model.ids import RoomID
from tests.core.world import ADMIN, ALICE, BOB, World


async def ask(world: World, room_id: RoomID, text: str, *, who: str = ALICE, about: str = "") -> str:
    """Say it, and give the answer."""
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": about}}} if about else {}
    await world.say(room_id, who, f"!trunkline {text}", **reply)  # type: ignore[arg-type]  # a plain text
    return world.homeserver.texts(room_id)[-1].replace("`", "").replace("**", "")


def lines(text: str) -> list[str]:
    """The answer without its times."""
    return [line.partition(" UTC: ")[2] or line for line in text.split("\n") if line]


async def test_a_message_that_arrived_shows_each_step_and_both_ids(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    remote_id = (await world.store.messages.by_event(event_id))[0].remote_id
    said = lines(await ask(world, portal.room_id, f"trace {event_id}"))

    assert said[0] == f"{event_id} on Matrix"
    assert said[1] == f"taken over from the homeserver, in {portal.room_id}."
    assert said[2] == "planned as 1 part for ~lobby on demo."
    assert said[3] == "part 1 arrived; demo confirmed it."
    assert said[4] == f"On demo it is {remote_id} in ~lobby."
    assert len(said) == 5


async def test_steps_have_their_times(world: World) -> None:
    portal = await world.portal()
    now = world.clock.now()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    answer = await ask(world, portal.room_id, f"trace {event_id}")
    assert f"{now:%Y-%m-%d %H:%M:%S}.000 UTC: taken over" in answer


async def test_a_reply_needs_no_id(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    answer = await ask(world, portal.room_id, "trace", about=event_id)
    assert lines(answer)[0] == f"{event_id} on Matrix"


async def test_a_link_to_a_message_is_as_good_as_its_id(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    link = f"https://matrix.to/#/{portal.room_id}/%24{event_id[1:]}?via=example.org"
    assert lines(await ask(world, portal.room_id, f"trace {link}"))[0] == f"{event_id} on Matrix"


async def test_without_an_id_and_a_reply_it_asks_which(world: World) -> None:
    portal = await world.portal()
    answer = await ask(world, portal.room_id, "trace")
    assert answer == "Of which message? Reply to it with trace, or give its ID."


async def test_a_message_is_found_by_its_remote_id(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    remote_id = (await world.store.messages.by_event(event_id))[0].remote_id
    assert lines(await ask(world, portal.room_id, f"trace {remote_id}"))[0] == f"{event_id} on Matrix"


async def test_another_persons_message_is_shown_to_admins_only(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    hidden = await ask(world, portal.room_id, f"trace {event_id}", who=BOB)
    shown = await ask(world, portal.room_id, f"trace {event_id}", who=ADMIN)

    assert hidden == f"No message of yours is known here by the ID {event_id}."
    assert lines(shown)[0] == f"{event_id} on Matrix"


async def test_what_is_anothers_and_what_is_not_there_sound_the_same(world: World) -> None:
    portal = await world.portal()
    answer = await ask(world, portal.room_id, "trace $nothing", who=BOB)
    assert answer == "No message of yours is known here by the ID $nothing."


async def test_a_message_tells_that_it_waits_for_the_connection(world: World) -> None:
    portal = await world.portal()
    await world.disconnect()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    answer = await ask(world, portal.room_id, f"trace {event_id}")
    assert lines(answer)[-1] == "Now: it waits for the connection to demo."


async def test_a_message_that_was_refused_shows_the_reason(world: World) -> None:
    portal = await world.portal()
    await world.refuse_plans(1)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    said = lines(await ask(world, portal.room_id, f"trace {event_id}"))
    assert said[2] == "part 1 was refused."
    assert said[3].startswith("Your message could not be delivered.")


async def test_the_parts_of_a_long_message_stand_one_by_one(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo")
    said = lines(await ask(world, portal.room_id, f"trace {event_id}"))
    assert said[2] == "planned as 2 parts for ~lobby on demo."
    assert [line for line in said if line.startswith("part ")] == [
        "part 1 arrived; demo confirmed it.",
        "part 2 arrived; demo confirmed it.",
    ]


async def test_a_remote_message_shows_its_way_to_matrix(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    await world.hear("carol", "hi")
    (pair,) = [row for row in world.store.messages.rows if row.author == "carol"]
    said = lines(await ask(world, portal.room_id, f"trace {pair.event_id}", who=ADMIN))

    assert said[0] == f"{pair.remote_id} came from ~lobby on demo, for {pair.sender}."
    assert said[1] == "it was sent to Matrix."
    assert said[2] == f"{pair.event_id} on Matrix"
    assert said[-1] == f"On demo it is {pair.remote_id} in ~lobby."


async def test_a_remote_message_on_its_way_is_found_by_its_remote_id(world: World) -> None:
    portal = await world.portal()
    await world.come("carol")
    world.homeserver.fail_next("send")
    await world.hear("carol", "hi")
    (found,) = [one for _, one in world.store.arrivals.traces() if one.event_id is None]
    assert found.event is not None
    remote_id = found.event.remote_id
    answer = lines(await ask(world, portal.room_id, f"trace {remote_id}", who=ADMIN))

    assert answer[0] == f"{remote_id} came from ~lobby on demo, for {found.ghost}."
    assert answer[1].startswith(
        "Now: the homeserver does not take it, or nothing else of its room. It is tried"
    )


async def test_an_event_that_was_for_no_network_says_so(world: World) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, ALICE, "!trunkline status")
    answer = await ask(world, portal.room_id, f"trace {event_id}")
    assert lines(answer)[-1] == "It was not for a network."
