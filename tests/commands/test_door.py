"""Words to the bridge: who is answered, how, and how often."""

import pytest

from bridge.actions.action import Argument, Spec
from bridge.commands.gate import Gate, Passage
from bridge.commands.parse import parse_arguments, strip_prefix, usage
from bridge.model.errors import InvalidInput
from bridge.model.ids import EventID, RoomID
from bridge.policy.access import Action as Right
from bridge.testing.clock import HandClock
from tests.core.world import ALICE, BOB, STRANGER, World

JOIN = Spec(
    name="join",
    right=Right.JOIN,
    help_key="help.join",
    arguments=(Argument("network", required=False), Argument("chat")),
)


async def management(world: World) -> RoomID:
    room = world.homeserver.make_room(ALICE)
    content = {"membership": "invite", "is_direct": True}
    await world.happen(room.room_id, ALICE, "m.room.member", content, state_key=world.homeserver.bot)
    return room.room_id


async def test_help_shows_all_that_a_user_may_do(world: World) -> None:
    room_id = await management(world)
    await world.say(room_id, ALICE, "help")
    answer = world.homeserver.texts(room_id)[-1]
    assert "join [network] <chat>" in answer
    assert "retry [all]" in answer


async def test_help_hides_what_the_caller_may_not_do(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, STRANGER, "!trunkline help")
    answer = world.texts(portal)[-1]
    assert "retry [all]" in answer
    assert "join" not in answer


async def test_what_the_caller_may_not_do_is_refused(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, STRANGER, "!trunkline join garden")
    assert world.texts(portal)[-1].startswith("You may not do this here (`join` needs the level `user`).")
    assert len(world.heart.portals.all()) == 1


async def test_a_command_in_a_portal_does_not_cross(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "!Trunkline help")
    assert world.said() == []
    assert len(world.texts(portal)) == 2


async def test_the_answer_does_not_cross_either(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "!trunkline status")
    await world.turn(5.0)
    assert world.said() == []


async def test_words_that_only_begin_like_the_prefix_cross(world: World) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "!trunklines are long")
    assert world.said() == ["!trunklines are long"]


@pytest.mark.parametrize(("said", "meant"), [("jion lobby", "join"), ("hlep", "help"), ("Plum", "plumb")])
async def test_a_misspelt_command_is_guessed(world: World, said: str, meant: str) -> None:
    room_id = await management(world)
    await world.say(room_id, ALICE, said)
    assert world.homeserver.texts(room_id)[-1].endswith(f"Did you mean `{meant}`?")


async def test_an_unknown_command_is_not_said_back_at_length(world: World) -> None:
    room_id = await management(world)
    await world.say(room_id, ALICE, "x" * 5000)
    assert len(world.homeserver.texts(room_id)[-1]) < 120


async def test_a_command_without_its_argument_is_explained(world: World) -> None:
    room_id = await management(world)
    await world.say(room_id, ALICE, "join")
    answer = world.homeserver.texts(room_id)[-1]
    assert answer == "That command is written differently. Use `join [network] <chat>`."


async def test_a_second_line_is_no_second_command(world: World) -> None:
    room_id = await management(world)
    await world.say(room_id, ALICE, "join lobby\njoin garden")
    assert world.heart.portals.all() == ()


async def test_a_prefix_on_a_line_of_its_own_is_a_prefix(world: World) -> None:
    """The prefix was cut off at a space only, and so was itself taken for the command."""
    portal = await world.portal()
    await world.say(portal.room_id, ALICE, "!trunkline\nstatus")
    assert "connected as bridge" in world.texts(portal)[-1]


async def test_notices_and_edits_are_no_commands(world: World) -> None:
    portal = await world.portal()
    said = await world.say(portal.room_id, ALICE, "!trunkline help", msgtype="m.notice")
    relation = {"rel_type": "m.replace", "event_id": said}
    new = {"msgtype": "m.text", "body": "!trunkline help"}
    await world.say(
        portal.room_id, ALICE, "* !trunkline help", **{"m.relates_to": relation, "m.new_content": new}
    )
    assert world.homeserver.sent == []
    assert world.said() == []


async def test_an_edit_in_a_management_room_is_no_command(world: World) -> None:
    room_id = await management(world)
    relation = {"rel_type": "m.replace", "event_id": "$before"}
    new = {"msgtype": "m.text", "body": "join lobby"}
    await world.say(room_id, ALICE, "* join lobby", **{"m.relates_to": relation, "m.new_content": new})
    assert world.heart.portals.all() == ()


async def test_after_ten_commands_one_warning_and_then_silence(world: World) -> None:
    room_id = await management(world)
    for _ in range(15):
        await world.say(room_id, ALICE, "status")
    answers = [text for text in world.homeserver.texts(room_id) if text != "status"]
    warning = "That was a lot at once. Wait a little before you say the next command."
    assert answers[1:] == ["demo: connected as bridge."] * 10 + [warning]
    await world.turn(3.0)
    await world.say(room_id, ALICE, "status")
    assert world.homeserver.texts(room_id)[-1] == "demo: connected as bridge."


async def test_one_persons_flood_silences_nobody_else(world: World) -> None:
    portal = await world.portal()
    for _ in range(15):
        await world.say(portal.room_id, ALICE, "!trunkline status")
    await world.say(portal.room_id, BOB, "!trunkline list")
    assert world.texts(portal)[-1].startswith("1 bridged room:")


def test_a_command_that_is_tried_again_counts_once() -> None:
    gate = Gate(HandClock())
    passages = [gate.passage(ALICE, EventID("$same")) for _ in range(50)]
    assert set(passages) == {Passage.FREE}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("!trunkline join lobby", "join lobby"),
        ("!TRUNKLINE  join", "join"),
        ("join lobby", "join lobby"),
        ("!trunkline", ""),
        ("", ""),
    ],
)
def test_the_prefix_is_cut_off(line: str, words: str) -> None:
    assert strip_prefix(line, "!trunkline") == words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["lobby"], {"chat": "lobby"}),
        (["demo", "lobby"], {"network": "demo", "chat": "lobby"}),
        (["the", "lobby"], {"chat": "the lobby"}),
    ],
)
def test_words_go_to_the_arguments_in_order(words: list[str], found: dict[str, str]) -> None:
    assert parse_arguments(JOIN, words, lambda word: word == "demo") == found


def test_a_network_alone_is_no_chat() -> None:
    with pytest.raises(InvalidInput):
        parse_arguments(JOIN, ["demo"], lambda word: word == "demo")


def test_usage_shows_what_may_be_left_out() -> None:
    assert usage(JOIN) == "join [network] <chat>"
