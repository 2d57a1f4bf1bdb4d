"""The room where a person talks to the bridge, and who may do what."""

import pytest

from bridge.testing.matrix_client import MatrixRefusedError
from tests.e2e.stack import BOT
from tests.e2e.talkers import Talkers, ask, ghost_id, membership


async def test_help_shows_the_commands(talk: Talkers) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, "help")

    assert answer.msgtype == "m.notice"
    for name in ("status", "join", "leave", "plumb", "unplumb", "list", "retry"):
        assert f"`{name}" in answer.body


async def test_status_tells_how_each_network_fares(talk: Talkers) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, "status")

    assert "insp: connected as trunkline" in answer.body
    assert "ng: connected as trunkline" in answer.body


async def test_status_in_a_portal_tells_what_it_is_joined_to(talk: Talkers) -> None:
    here = await talk.meet("insp")

    answer = await ask(here.alice, here.room, "!trunkline status")

    assert f"joined to {here.channel} on insp" in answer.body
    assert here.ann.messages(here.channel) == []


async def test_list_shows_the_channels_of_a_network(talk: Talkers) -> None:
    ann = await talk.joined("ann", "ng")
    ann.send(f"TOPIC {talk.channel} :about cats")
    await ann.wait_for("TOPIC")
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, f"list ng {talk.channel}")

    assert f"{talk.channel} (1) about cats" in answer.body


@pytest.mark.parametrize("mode", ["+s", "+k sesame"])
async def test_list_does_not_show_what_is_secret(talk: Talkers, mode: str) -> None:
    ann = await talk.joined("ann", "insp")
    ann.send(f"MODE {talk.channel} {mode}")
    await ann.wait_for("MODE")
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)
    await ask(alice, desk, f"join insp {talk.channel}")

    answer = await ask(alice, desk, f"list insp {talk.channel}")

    assert "Nothing was found" in answer.body


async def test_a_wrong_word_is_answered_with_what_was_meant(talk: Talkers) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)

    answer = await ask(alice, desk, "staus")

    assert "Did you mean `status`?" in answer.body


async def test_an_encrypted_room_gets_a_plain_notice(talk: Talkers) -> None:
    alice = await talk.user("alice")
    encryption = {
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    }

    room = await alice.create_room(is_direct=True, invite=[BOT], initial_state=[encryption])

    await alice.wait_for_message("cannot read what is said in it", room_id=room)


async def test_an_encrypted_message_to_the_bot_gets_a_plain_notice(talk: Talkers) -> None:
    alice = await talk.user("alice")
    desk = await talk.management_room(alice)
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "x", "device_id": "D"}

    event_id = await alice.send_event(desk, "m.room.encrypted", content)

    notice = await alice.wait_for_message("cannot read what is said in it", room_id=desk)
    assert notice.relates_to["m.in_reply_to"]["event_id"] == event_id


async def test_a_blocked_person_is_not_heard(talk: Talkers) -> None:
    here = await talk.meet("insp")
    mallory = await talk.known("mallory")
    await mallory.join(here.room)

    await mallory.say(here.room, "let me in")
    await mallory.say(here.room, "!trunkline help")
    await here.alice.say(here.room, "the end")

    await here.ann.wait_for_text("the end")
    assert here.ann.messages(here.channel) == [f"<{here.alice_name}> the end"]
    assert [event for event in here.alice.events if event.sender == BOT and event.msgtype == "m.notice"] == []


async def test_a_blocked_person_cannot_bring_the_bot(talk: Talkers) -> None:
    mallory = await talk.known("mallory")

    room = await mallory.create_room(is_direct=True, invite=[BOT])

    await membership(mallory, room, BOT, "leave")


async def test_somebody_who_is_only_relayed_speaks_but_commands_nothing(talk: Talkers) -> None:
    here = await talk.meet("insp")
    guest = await talk.known("guest")
    await guest.join(here.room)

    await guest.say(here.room, "I may speak")
    refused = await ask(guest, here.room, f"!trunkline join insp {talk.channel}")
    offered = await ask(guest, here.room, "!trunkline help")

    await here.ann.wait_for_text("<guest> I may speak")
    assert "You may not do this" in refused.body
    assert "`join" not in offered.body
    assert "`retry" in offered.body


async def test_an_admin_unplumbs_without_power_in_the_room(talk: Talkers) -> None:
    here = await talk.plumbed("insp")
    boss = await talk.known("boss")
    await boss.join(here.room)

    await boss.say(here.room, "!trunkline unplumb")

    await here.alice.wait_for_message("no longer joined", room_id=here.room)


async def test_a_ghost_accepts_no_invitation(talk: Talkers) -> None:
    here = await talk.meet("insp")
    here.ann.say(here.channel, "hello")
    await here.alice.wait_for_message("hello")
    ghost = here.ghost(here.ann)

    room = await here.alice.create_room(is_direct=True, invite=[ghost])

    await membership(here.alice, room, ghost, "leave")


async def test_a_name_nobody_has_is_no_ghost(talk: Talkers) -> None:
    alice = await talk.user("alice")

    with pytest.raises(MatrixRefusedError):
        await alice.api("GET", f"/_matrix/client/v3/profile/{ghost_id('insp', 'nobody')}")
