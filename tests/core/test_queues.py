"""Fair turns among senders, and how far receipts may go."""

from bridge.core.queues import SenderQueues
from bridge.core.receipts import ReceiptOrder
from bridge.core.work import UnderWay
from bridge.model.ids import EventID, InboxSeq, LaneID, RoomID
from tests.core.world import ALICE, BOB

ROOM = RoomID("!room")
LANE = LaneID(1)


def seq(number: int) -> InboxSeq:
    return InboxSeq(number)


def event(number: int) -> EventID:
    return EventID(f"${number}")


def test_senders_take_turns() -> None:
    queues: SenderQueues[str] = SenderQueues()
    queues.add(ALICE, "a1")
    queues.add(ALICE, "a2")
    queues.add(BOB, "b1")
    turns = [queues.next(0.0), queues.next(0.0), queues.next(0.0)]
    assert turns == [(ALICE, "a1"), (BOB, "b1"), (ALICE, "a1")]


def test_a_sender_on_hold_is_passed_over_until_their_time() -> None:
    queues: SenderQueues[str] = SenderQueues()
    queues.add(ALICE, "a1")
    queues.add(BOB, "b1")
    queues.hold(ALICE, 5.0)
    queues.done(BOB)
    assert queues.next(4.9) is None
    assert queues.wakes_at() == 5.0
    assert queues.next(5.0) == (ALICE, "a1")


def test_what_follows_a_finished_work_does_not_inherit_its_hold() -> None:
    queues: SenderQueues[str] = SenderQueues()
    queues.add(ALICE, "a1")
    queues.add(ALICE, "a2")
    queues.hold(ALICE, 5.0)
    queues.done(ALICE)
    assert queues.next(0.0) == (ALICE, "a2")
    assert len(queues) == 1


def test_release_lets_everybody_go_on() -> None:
    queues: SenderQueues[str] = SenderQueues()
    queues.add(ALICE, "a1")
    queues.hold(ALICE, 5.0)
    queues.release()
    assert queues.next(0.0) == (ALICE, "a1")
    assert queues.wakes_at() is None


def test_a_receipt_waits_for_all_before_it() -> None:
    order = ReceiptOrder()
    order.begun(ROOM, seq(1))
    order.begun(ROOM, seq(2))
    assert order.ended(ROOM, seq(2), event(2), arrived=True) is None
    assert order.ended(ROOM, seq(1), event(1), arrived=True) == event(2)


def test_a_message_that_did_not_arrive_gets_no_receipt() -> None:
    order = ReceiptOrder()
    order.begun(ROOM, seq(1))
    assert order.ended(ROOM, seq(1), event(1), arrived=False) is None


def test_an_event_in_two_lanes_is_settled_by_the_second() -> None:
    """The first lane's end was taken for both."""
    order = ReceiptOrder()
    order.begun(ROOM, seq(1))
    order.begun(ROOM, seq(1))
    assert order.ended(ROOM, seq(1), event(1), arrived=True) is None
    assert order.ended(ROOM, seq(1), event(1), arrived=True) == event(1)


def test_what_is_under_way_may_be_waited_for() -> None:
    under_way = UnderWay()
    under_way.begin(LANE, event(1))
    assert under_way.may_hold(LANE, event(1))
    assert not under_way.may_hold(LANE, event(2))
    under_way.posting(LANE, now=True)
    assert under_way.may_hold(LANE, event(2))
    under_way.posting(LANE, now=False)
    under_way.end(LANE, event(1))
    assert not under_way.may_hold(LANE, event(1))
