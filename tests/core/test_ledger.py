"""Every part of a message comes to an end that its sender can know."""

import asyncio

import pytest

from bridge.core.config import BridgeConfig
from bridge.model.errors import Phrase, Uncertain
from bridge.model.ids import ChatID, EventID, RoomID
from bridge.model.outgoing import Part, PlannedPart, Say, Sent
from bridge.model.statuses import PartState, Settlement
from bridge.networks.demo.protocol.place import Fault
from tests.core.world import ADMIN, ALICE, BOB, World, make_world

REFUSED = "~lobby did not take the message: not here."


async def test_all_parts_are_planned_before_the_first_is_written(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    world.place.faults.append(Fault.BUSY)
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    assert world.said() == []
    assert await world.states(event_id) == [PartState.WAITING] * 3


async def test_the_parts_of_a_message_go_out_in_order(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    assert world.said() == ["one", "two", "three"]
    assert await world.states(event_id) == [PartState.CONFIRMED] * 3


async def test_a_refused_part_ends_its_message(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    await world.say(portal.room_id, BOB, "before")
    world.place.faults += [Fault.REFUSE]
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    await world.say(portal.room_id, ALICE, "next")
    assert world.said() == ["before", "next"]
    assert await world.states(event_id) == [PartState.REFUSED] * 3


async def test_the_sender_of_a_refused_message_is_told_once(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(120.0)
    assert world.texts(portal)[1:] == [REFUSED]
    assert [(status.target, status.sentence) for status in world.statuses()] == [(event_id, REFUSED)]


async def test_a_refused_message_gets_no_receipt(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)
    await world.say(portal.room_id, ALICE, "hello")
    assert world.homeserver.rooms[portal.room_id].read_up_to is None


async def test_a_sender_is_told_although_the_homeserver_was_away(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "hello")
    world.homeserver.down = True
    world.place.faults.append(Fault.REFUSE)
    await world.turn(10.0)
    world.homeserver.down = False
    await world.turn(60.0)
    assert world.texts(portal)[1:] == [REFUSED]


async def test_a_sender_is_told_after_a_restart(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "hello")
    world.homeserver.down = True
    world.place.faults.append(Fault.REFUSE)
    await world.turn(10.0)
    await world.crash()
    world.homeserver.down = False
    later = await make_world(before=world)
    assert [text for text in world.texts(portal)[1:] if "was away" not in text] == [REFUSED]
    await later.stop()


async def test_the_newest_failed_message_is_retried(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.REFUSE, Fault.REFUSE]
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    assert world.said() == ["two"]
    assert world.texts(portal)[-1] == "1 message is on the way again."


async def test_the_message_replied_to_is_retried(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.REFUSE, Fault.REFUSE]
    one = await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    relation = {"m.in_reply_to": {"event_id": one}}
    await world.say(portal.room_id, ALICE, "!trunkline retry", **{"m.relates_to": relation})
    assert world.said() == ["one"]


async def test_all_failed_messages_are_retried_oldest_first(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.REFUSE, Fault.REFUSE]
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ALICE, "two")
    await world.say(portal.room_id, ALICE, "!trunkline retry all")
    assert world.said() == ["one", "two"]


async def test_nobody_retries_what_another_said(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, BOB, "!trunkline retry")
    assert world.said() == []
    assert world.texts(portal)[-1] == "There is nothing of yours to send again."


async def test_an_admin_retries_anybodys(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.REFUSE)
    await world.say(portal.room_id, ALICE, "one")
    await world.say(portal.room_id, ADMIN, "!trunkline retry")
    assert world.said() == ["one"]


async def test_only_the_parts_that_did_not_arrive_are_retried(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    world.place.faults += [Fault.BUSY]
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo\nthree")
    rows = await world.store.ledger.parts_of(event_id)
    world.place.write(rows[0].token, lambda number: world.line(number, "one"))
    world.place.faults += [Fault.REFUSE]
    await world.turn(5.0)
    assert world.said() == ["one"]
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    assert world.said() == ["one", "two", "three"]


async def test_a_retry_that_fails_again_is_told_again(world: World) -> None:
    """The second sentence had the first one's transaction ID, and the homeserver swallowed it."""
    portal = await world.portal()
    world.place.faults += [Fault.REFUSE, Fault.REFUSE]
    await world.say(portal.room_id, ALICE, "one")
    await world.turn(1.0)
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    assert world.texts(portal).count(REFUSED) == 2


async def test_a_message_still_going_out_is_not_retried_beside_itself(world: World) -> None:
    """An uncertain first part was reopened while the second was waiting, which then went out twice."""
    portal = await world.portal()
    world.one_part_a_line()
    world.place.faults += [Fault.LOSE_LINE, Fault.BUSY]
    await world.say(portal.room_id, ALICE, "one\ntwo")
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    await world.turn(10.0)
    assert world.said() == ["two"]


async def test_a_refusal_before_the_plan_is_told_and_can_be_retried(world: World) -> None:
    portal = await world.portal()
    relation = {"rel_type": "m.annotation", "event_id": "$older", "key": "👍"}
    edit = {"rel_type": "m.replace", "event_id": "$older"}
    new = {"msgtype": "m.text", "body": "hello"}
    await world.happen(portal.room_id, ALICE, "m.reaction", {"m.relates_to": relation})
    assert world.texts(portal) == []
    await world.say(portal.room_id, ALICE, "* hello", **{"m.relates_to": edit, "m.new_content": new})
    told = "The message this is about never crossed to the demo chat."
    assert world.texts(portal)[1:] == [told]
    await world.turn(1.0)
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    await world.turn(1.0)
    assert world.texts(portal).count(told) == 2


async def test_a_retry_of_an_unplanned_message_survives_a_restart(world: World) -> None:
    """Its second life was in memory only: the answer said that it was on the way, and a crash ended it."""
    portal = await world.portal()
    await world.refuse_plans(1)
    await world.say(portal.room_id, ALICE, "hello")
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    await world.crash()
    later = await make_world(before=world)
    assert later.said() == ["hello"]
    await later.stop()


async def test_an_uncertain_message_is_told_and_never_repeated(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.LOSE_LINE)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(600.0)
    assert world.said() == []
    assert await world.states(event_id) == [PartState.UNCERTAIN]
    assert world.texts(portal)[1:] == ["~lobby gave no answer; the message may or may not have arrived."]


async def test_an_uncertain_part_does_not_end_its_message(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    world.place.faults.append(Fault.LOSE_ANSWER)
    event_id = await world.say(portal.room_id, ALICE, "one\ntwo")
    assert world.said() == ["one", "two"]
    assert await world.states(event_id) == [PartState.UNCERTAIN, PartState.CONFIRMED]
    assert len(world.statuses()) == 1


async def test_a_message_nobody_could_deliver_in_time_expires() -> None:
    world = await make_world(config=BridgeConfig(expire_after_s=60.0))
    portal = await world.portal()
    await world.disconnect()
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(90.0)
    await world.connect()
    await world.turn(10.0)
    assert world.said() == []
    assert await world.states(event_id) == [PartState.EXPIRED]
    assert [status.can_retry for status in world.statuses()] == [True]
    await world.stop()


async def test_a_message_surely_not_delivered_expires_as_such() -> None:
    """What had been refused for now until its time was over was told as uncertain."""
    world = await make_world(config=BridgeConfig(expire_after_s=12.0))
    portal = await world.portal()
    world.place.faults += [Fault.BUSY] * 9
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(60.0)
    assert await world.states(event_id) == [PartState.EXPIRED]
    await world.stop()


async def test_a_retry_of_an_expired_message_has_all_its_time_again() -> None:
    world = await make_world(config=BridgeConfig(expire_after_s=60.0))
    portal = await world.portal()
    await world.disconnect()
    await world.say(portal.room_id, ALICE, "hello")
    await world.turn(90.0)
    await world.say(portal.room_id, ALICE, "!trunkline retry")
    await world.turn(50.0)
    await world.connect()
    assert world.said() == ["hello"]
    await world.stop()


async def test_a_long_paste_holds_up_nobody_else(world: World) -> None:
    portal = await world.portal()
    world.one_part_a_line()
    paste = world.homeserver.say(portal.room_id, ALICE, "1\n2\n3\n4\n5\n6")
    word = world.homeserver.say(portal.room_id, BOB, "short")
    await world.push(paste, word)
    assert world.said().index("short") <= 2
    assert [text for text in world.said() if text != "short"] == ["1", "2", "3", "4", "5", "6"]


async def test_one_senders_waiting_line_holds_up_nobody_else(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "waits")
    await world.say(portal.room_id, BOB, "goes")
    assert world.said() == ["goes"]


async def test_a_reply_waits_for_its_target(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    asked = await world.say(portal.room_id, ALICE, "who?")
    await world.turn(3.0)
    relation = {"m.in_reply_to": {"event_id": asked}}
    await world.say(portal.room_id, BOB, "me", **{"m.relates_to": relation})
    assert world.said() == []
    await world.turn(3.0)
    assert world.said() == ["who?", "me"]
    assert world.lines()[1].reply_to == world.lines()[0].number


async def test_a_reply_goes_on_alone_when_its_target_takes_too_long(world: World) -> None:
    portal = await world.portal()
    world.place.faults += [Fault.BUSY]
    asked = await world.say(portal.room_id, ALICE, "who?")
    await world.turn(3.0)
    relation = {"m.in_reply_to": {"event_id": asked}}
    await world.say(portal.room_id, BOB, "me", **{"m.relates_to": relation})
    world.place.faults += [Fault.BUSY]
    await world.turn(3.0)
    assert world.said() == []
    await world.turn(3.0)
    assert world.said() == ["me"]


async def test_a_line_of_somebody_else_passes_a_reply_that_waits(world: World) -> None:
    portal = await world.portal()
    world.place.faults.append(Fault.BUSY)
    asked = await world.say(portal.room_id, ALICE, "who?")
    relation = {"m.in_reply_to": {"event_id": asked}}
    await world.say(portal.room_id, BOB, "me", **{"m.relates_to": relation})
    await world.say(portal.room_id, ADMIN, "hello")
    assert world.said() == ["hello"]


async def test_receipts_wait_for_everything_before(world: World) -> None:
    portal = await world.portal()
    room = world.homeserver.rooms[portal.room_id]
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "waits")
    newest = await world.say(portal.room_id, BOB, "goes")
    assert room.read_up_to is None
    await world.turn(5.0)
    assert room.read_up_to == newest


async def test_while_one_receipt_is_on_its_way_all_others_become_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    asked: list[EventID] = []
    go = asyncio.Event()

    async def slow(_room_id: RoomID, event_id: EventID) -> None:
        asked.append(event_id)
        await go.wait()

    monkeypatch.setattr(world.homeserver, "mark_read", slow)
    events = [world.homeserver.say(portal.room_id, ALICE, str(number)) for number in range(50)]
    await world.push(*events)
    await world.turn(1.0)
    assert len(world.said()) == 50

    go.set()
    await world.turn(1.0)

    assert asked == [events[0].event_id, events[-1].event_id]


async def test_a_result_is_kept_until_the_store_is_back(world: World) -> None:
    """The store went away between write and commit, and the same part was written once more."""
    portal = await world.portal()
    world.forget_tokens()
    world.fail_advance(times=3)
    event_id = await world.say(portal.room_id, ALICE, "once")
    await world.turn(10.0)
    assert world.said() == ["once"]
    assert await world.states(event_id) == [PartState.CONFIRMED]


async def test_a_later_parts_result_is_kept_until_the_store_is_back(world: World) -> None:
    portal = await world.portal()
    world.forget_tokens()
    world.one_part_a_line()
    world.place.faults.append(Fault.BUSY)
    await world.say(portal.room_id, ALICE, "one\ntwo")
    world.fail_advance(times=2)
    await world.turn(20.0)
    assert world.said() == ["one", "two"]


async def test_an_event_that_breaks_the_plan_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    login = world.demo.logins()[0]
    plan = login.plan

    def broken(chat: ChatID, say: Say) -> tuple[Part, ...]:
        parts = plan(chat, say)
        if "poison" in str(parts):
            raise RuntimeError("poison")
        return parts

    monkeypatch.setattr(login, "plan", broken)
    event_id = await world.say(portal.room_id, ALICE, "poison")
    await world.say(portal.room_id, ALICE, "next")
    await world.turn(5.0)
    assert world.said() == ["next"]
    assert await world.states(event_id) == [PartState.DEAD]
    assert len(world.store.inbox.set_aside) == 1
    assert "RuntimeError: poison" in world.store.inbox.failures[world.store.inbox.set_aside[0]]
    assert len(world.statuses()) == 1


async def test_a_login_that_breaks_is_asked_for_the_fate_of_the_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connector's own fault after the write sent the line again, up to three times."""
    portal = await world.portal()
    login = world.demo.logins()[0]
    send = login.send

    async def broken(chat: ChatID, part: PlannedPart) -> Sent:
        await send(chat, part)
        raise RuntimeError("broken")

    monkeypatch.setattr(login, "send", broken)
    event_id = await world.say(portal.room_id, ALICE, "once")
    await world.turn(5.0)
    assert world.said() == ["once"]
    assert await world.states(event_id) == [PartState.CONFIRMED]


async def test_without_evidence_an_interrupted_line_is_uncertain(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()
    login = world.demo.logins()[0]

    async def broken(chat: ChatID, part: PlannedPart) -> Sent:
        raise RuntimeError("broken")

    async def settle_unknown(chat: ChatID, part: PlannedPart) -> Settlement:
        return Settlement.UNKNOWN

    monkeypatch.setattr(login, "send", broken)
    monkeypatch.setattr(login, "settle", settle_unknown)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    await world.turn(5.0)
    assert await world.states(event_id) == [PartState.UNCERTAIN]
    assert world.texts(portal)[-1].startswith("Nobody can tell whether your message reached demo.")


async def test_an_uncertain_word_of_the_network_is_passed_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()

    async def uncertain(chat: ChatID, part: PlannedPart) -> Sent:
        raise Uncertain(Phrase.of("message.uncertain", network="demo"))

    monkeypatch.setattr(world.demo.logins()[0], "send", uncertain)
    event_id = await world.say(portal.room_id, ALICE, "hello")
    assert await world.states(event_id) == [PartState.UNCERTAIN]
