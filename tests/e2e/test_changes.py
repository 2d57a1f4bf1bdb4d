"""Rooms that are replaced or become encrypted."""

import pytest

from bridge.testing.matrix_client import MatrixUser
from tests.e2e.stack import BOT
from tests.e2e.talkers import Meeting, Talkers, answer_to, ask, membership

networks = pytest.mark.parametrize("network", ["insp", "ng"])

ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}
SECRET = {**ENCRYPTION, "ciphertext": "AwgA", "session_id": "x", "device_id": "D"}


async def _encrypt(here: Meeting) -> None:
    await here.alice.set_state(here.room, "m.room.encryption", ENCRYPTION)
    await here.alice.wait_for_message("is encrypted now, and nothing crosses", room_id=here.room)


async def _upgrade(user: MatrixUser, room: str, version: str) -> str:
    answer = await user.api("POST", f"/_matrix/client/v3/rooms/{room}/upgrade", {"new_version": version})
    return str(answer["replacement_room"])


@networks
async def test_encryption_stops_both_ways_with_a_sentence(talk: Talkers, network: str) -> None:
    here = await talk.plumbed(network)
    await _encrypt(here)
    await here.ann.wait_for_text("became encrypted", command="NOTICE")
    since = here.ann.mark()

    here.ann.say(here.channel, "for nobody")
    unread = await here.alice.send_event(here.room, "m.room.encrypted", SECRET)
    plain = await here.alice.say(here.room, "clear words")

    assert "encrypted" in (await answer_to(here.alice, unread)).body
    assert "encrypted" in (await answer_to(here.alice, plain)).body
    await here.ann.sync()
    assert [line for line in here.ann.lines[since:] if line.command == "PRIVMSG"] == []
    assert "for nobody" not in here.alice.messages(here.room)


async def test_an_encrypted_room_is_not_plumbed(talk: Talkers) -> None:
    alice = await talk.user("alice")
    state = {"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION}
    room = await alice.create_room(preset="public_chat", initial_state=[state])
    await talk.bring_bot(alice, room)

    answer = await ask(alice, room, f"!trunkline plumb insp {talk.channel}")

    assert "That room is encrypted" in answer.body


@pytest.mark.parametrize("version", ["11", "12"])
async def test_the_bridge_follows_an_upgrade(talk: Talkers, version: str) -> None:
    here = await talk.plumbed("insp", room_version=version)

    new = await _upgrade(here.alice, here.room, version)
    await membership(here.alice, new, BOT, "join")
    here.ann.say(here.channel, "to the new room")

    await here.alice.wait_for_message("to the new room", room_id=new)
    await here.alice.say(new, "from the new room")
    await here.ann.wait_for_text("from the new room")


async def test_a_tombstone_that_its_room_does_not_answer_is_not_followed(talk: Talkers) -> None:
    """The tombstone's maker had the right, but the room it names knows nothing of it."""
    here = await talk.plumbed("insp")
    bob = await talk.user("bob")
    trap = await bob.create_room(preset="public_chat")

    content = {"body": "moved", "replacement_room": trap}
    await here.alice.set_state(here.room, "m.room.tombstone", content)

    await here.alice.wait_for_message("does not name it as its predecessor", room_id=here.room)
    assert BOT not in await bob.joined_members(trap)


async def test_the_room_of_a_stranger_is_not_followed(talk: Talkers) -> None:
    """The new room names the old one, but was made by somebody who had no right to close it."""
    here = await talk.plumbed("insp", room_version="11")
    bob = await talk.user("bob")
    predecessor = {"room_id": here.room, "event_id": "$unknown"}
    trap = await bob.create_room(
        preset="public_chat", room_version="11", creation_content={"predecessor": predecessor}
    )

    content = {"body": "moved", "replacement_room": trap}
    await here.alice.set_state(here.room, "m.room.tombstone", content)

    await here.alice.wait_for_message("The bridge stays here", room_id=here.room)
    assert BOT not in await bob.joined_members(trap)
