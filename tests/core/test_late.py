"""What becomes of a late event."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.core.late import Fate, fate_of, late_since
from bridge.model.history import PastEvent
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent

BOT = UserID("@trunkline:example.org")
NOW = datetime(2026, 1, 10, tzinfo=UTC)
FLOOR = NOW - timedelta(days=5)
OLDEST = NOW - timedelta(days=1)


def event(**fields: Any) -> PastEvent:
    raw = RawEvent(event_id=EventID("$e"), room_id=RoomID("!r"), body=b"{}")
    given = {
        "type": "m.room.message",
        "sender": UserID("@ann:example.org"),
        "state_key": None,
        "sent_at": NOW,
    }
    return PastEvent(raw=raw, **{**given, **fields})


def fate(past: PastEvent, floor_at: datetime | None = FLOOR) -> Fate:
    return fate_of(past, bot=BOT, floor_at=floor_at, oldest_at=OLDEST)


def test_a_fresh_event_is_taken() -> None:
    assert fate(event()) is Fate.TAKE


def test_a_message_older_than_the_ceiling_is_too_old() -> None:
    assert fate(event(sent_at=OLDEST - timedelta(seconds=1))) is Fate.TOO_OLD


def test_state_is_never_too_old() -> None:
    tombstone = event(type="m.room.tombstone", state_key="", sent_at=OLDEST - timedelta(days=1))
    assert fate(tombstone) is Fate.TAKE


def test_nothing_older_than_the_portal_is_taken() -> None:
    before = FLOOR - timedelta(milliseconds=1)
    assert fate(event(sent_at=before)) is Fate.SKIP
    assert fate(event(sent_at=before, type="m.room.member", state_key=BOT)) is Fate.SKIP


def test_what_was_said_before_the_bot_came_is_skipped() -> None:
    assert fate(event(before_us=True), floor_at=None) is Fate.SKIP


def test_that_the_bot_was_put_out_is_taken() -> None:
    assert fate(event(type="m.room.member", state_key=BOT, before_us=True)) is Fate.TAKE


def test_what_is_fresh_needs_no_time() -> None:
    assert late_since(NOW, NOW, NOW) is None
    assert late_since(NOW - timedelta(minutes=14), NOW - timedelta(minutes=4), NOW) is None


def test_what_waited_here_is_told_with_the_time_of_its_acceptance() -> None:
    accepted_at = NOW - timedelta(minutes=5)
    assert late_since(accepted_at + timedelta(seconds=3), accepted_at, NOW) == accepted_at


def test_what_was_never_pushed_is_told_with_the_time_of_its_sender() -> None:
    sent_at = NOW - timedelta(hours=3)
    assert late_since(sent_at, NOW, NOW) == sent_at


def test_a_sender_from_the_future_is_fresh() -> None:
    assert late_since(NOW + timedelta(days=1), NOW, NOW) is None


def test_a_claim_that_nobody_can_believe_is_not_shown() -> None:
    """A message without a time began with one of 1970."""
    assert late_since(datetime(1970, 1, 1, tzinfo=UTC), NOW, NOW) is None
