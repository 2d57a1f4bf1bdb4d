"""Rooms that exist, joined to channels: only with a word of both sides."""

import pytest

from tests.e2e.stack import BOT, RELAY_NICK
from tests.e2e.talkers import Talkers, ask, membership

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_an_operators_word_with_the_code_joins_the_room(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)

    await here.alice.say(here.room, "we are joined")

    await here.ann.wait_for_text("we are joined")
    await here.ann.wait_for_text("now bridged to a Matrix room", command="NOTICE")


@networks
async def test_the_word_of_somebody_without_power_joins_nothing(talk: Talkers, network: str) -> None:
    ann, alice = await talk.joined("ann", network), await talk.user("alice")
    ben = await talk.joined("ben", network)
    room = await alice.create_room(preset="public_chat")
    await talk.bring_bot(alice, room)
    code = await talk.ask_to_plumb(alice, room, ann, network)

    ben.say(talk.channel, f"approve {code}")

    await ben.wait_for_text("Only an operator", command="NOTICE")
    status = await ask(alice, room, "!trunkline unplumb")
    assert "not bridged" in status.body


@networks
async def test_a_wrong_code_joins_nothing_and_the_right_one_counts_once(talk: Talkers, network: str) -> None:
    ann, alice = await talk.joined("ann", network), await talk.user("alice")
    room = await alice.create_room(preset="public_chat")
    await talk.bring_bot(alice, room)
    code = await talk.ask_to_plumb(alice, room, ann, network)

    ann.say(talk.channel, "approve aaaaaaaa")
    await ann.wait_for_text("unknown or too old", command="NOTICE")
    ann.say(talk.channel, f"approve {code}")
    await ann.wait_for_text("now bridged", command="NOTICE")
    ann.say(talk.channel, f"approve {code}")

    # With the room joined it is chat like any other.
    await alice.wait_for_message(f"approve {code}", room_id=room)


@networks
async def test_a_relay_that_runs_the_channel_joins_it_at_once(talk: Talkers, network: str) -> None:
    ann, alice = await talk.joined("ann", network), await talk.user("alice")
    room = await alice.create_room(preset="public_chat")
    await talk.bring_bot(alice, room)
    await talk.ask_to_plumb(alice, room, ann, network)
    ann.send(f"MODE {talk.channel} +o {RELAY_NICK}")
    ann.say(talk.channel, "approve aaaaaaaa")
    await ann.wait_for_text("unknown or too old", command="NOTICE")

    answer = await ask(alice, room, f"!trunkline plumb {network} {talk.channel}")

    assert "is now joined to" in answer.body


async def test_somebody_without_power_in_the_room_is_refused(talk: Talkers) -> None:
    alice, bob = await talk.user("alice"), await talk.user("bob")
    room = await alice.create_room(preset="public_chat")
    await bob.join(room)
    await talk.bring_bot(alice, room)

    answer = await ask(bob, room, f"!trunkline plumb insp {talk.channel}")

    assert "Your power level in that room is 0" in answer.body


async def test_a_channel_that_has_a_room_is_not_joined_to_another(talk: Talkers) -> None:
    here = await talk.meet("insp")
    room = await here.alice.create_room(preset="public_chat")
    await talk.bring_bot(here.alice, room)

    answer = await ask(here.alice, room, f"!trunkline plumb insp {here.channel}")

    assert "bridged to another room already" in answer.body


@networks
async def test_unplumb_ends_both_ways(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)
    ghost = here.ghost(here.ann)

    await here.alice.say(here.room, "!trunkline unplumb")

    await here.alice.wait_for_message("no longer joined", room_id=here.room)
    await here.ann.wait_for("PART")
    await membership(here.alice, here.room, ghost, "leave")
    await membership(here.alice, here.room, BOT, "leave")
    members = await here.alice.joined_members(here.room)
    assert set(members) == {here.alice.user_id}


async def test_unplumb_by_somebody_without_power_is_refused(talk: Talkers) -> None:
    here = await talk.plumbed("insp")
    bob = await talk.user("bob")
    await bob.join(here.room)

    answer = await ask(bob, here.room, "!trunkline unplumb")

    assert "power level" in answer.body
    await here.alice.say(here.room, "still joined")
    await here.ann.wait_for_text("still joined")


async def test_a_plumb_needs_a_room_to_stand_in(talk: Talkers) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, f"plumb insp {talk.channel}")

    assert "Say this in the room" in answer.body


async def test_a_bot_that_is_put_out_ends_the_portal(talk: Talkers) -> None:
    here = await talk.plumbed("insp")

    await here.alice.kick(here.room, BOT)

    await here.ann.wait_for("PART")
