"""Which messages must not cross."""

from datetime import UTC, datetime

from bridge.model.ids import EventID, MxcURI, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.matrix_events import MatrixEdit, MatrixMessage
from bridge.model.messages import MediaBody, MediaKind, TextBody, Tone
from bridge.policy.loop_guard import LoopRules, NotCrossing, PingPong, why_not_cross

ROOM = RoomID("!room:example.org")
RULES = LoopRules()


def message(
    text: str = "hello",
    tone: Tone = Tone.TEXT,
    *,
    mark: str | None = None,
    foreign_bridge: bool = False,
    room: RoomID = ROOM,
) -> MatrixMessage:
    return MatrixMessage(
        event_id=EventID("$1"),
        room_id=room,
        sender=UserID("@ann:example.org"),
        sent_at=datetime(2026, 1, 1, tzinfo=UTC),
        mark=mark,
        body=TextBody(Document.of(text), tone),
        foreign_bridge=foreign_bridge,
    )


def edit(tone: Tone) -> MatrixEdit:
    return MatrixEdit(
        event_id=EventID("$2"),
        room_id=ROOM,
        sender=UserID("@ann:example.org"),
        sent_at=datetime(2026, 1, 1, tzinfo=UTC),
        target=EventID("$1"),
        body=TextBody(Document.of("x"), tone),
    )


def seen(guard: PingPong, times: list[float], text: str = "beep", tone: Tone = Tone.NOTICE) -> list[bool]:
    return [guard.seen(message(text, tone), now) for now in times]


def test_what_people_say_crosses() -> None:
    assert why_not_cross(message(), RULES, own_user=False) is None


def test_what_bears_our_mark_is_our_own() -> None:
    assert why_not_cross(message(mark="a1.2"), RULES, own_user=False) is NotCrossing.OWN_MARK


def test_what_our_users_say_is_our_own() -> None:
    assert why_not_cross(message(), RULES, own_user=True) is NotCrossing.OWN_USER


def test_notices_cross_by_default() -> None:
    assert why_not_cross(message(tone=Tone.NOTICE), RULES, own_user=False) is None


def test_notices_can_be_kept_back() -> None:
    rules = LoopRules(relay_notices=False)
    assert why_not_cross(message(tone=Tone.NOTICE), rules, own_user=False) is NotCrossing.NOTICE


def test_an_edit_of_a_notice_is_a_notice() -> None:
    rules = LoopRules(relay_notices=False)
    assert why_not_cross(edit(Tone.NOTICE), rules, own_user=False) is NotCrossing.NOTICE


def test_what_another_bridge_relayed_stays() -> None:
    found = why_not_cross(message(foreign_bridge=True), RULES, own_user=False)
    assert found is NotCrossing.FOREIGN_BRIDGE


def test_what_another_bridge_relayed_can_be_let_through() -> None:
    rules = LoopRules(relay_foreign_bridges=True)
    assert why_not_cross(message(foreign_bridge=True), rules, own_user=False) is None


def test_a_repetition_stays() -> None:
    found = why_not_cross(message(tone=Tone.NOTICE), RULES, own_user=False, ping_pong=True)
    assert found is NotCrossing.PING_PONG


def test_the_third_same_notice_in_the_window_is_a_repetition() -> None:
    assert seen(PingPong(limit=3, window_s=10), [0, 1, 2, 3]) == [False, False, True, True]


def test_slow_notices_are_no_repetition() -> None:
    assert not any(seen(PingPong(limit=3, window_s=10), [0, 6, 12, 18, 24]))


def test_a_room_is_free_again_after_a_pause() -> None:
    assert seen(PingPong(limit=2, window_s=10), [0, 1, 20]) == [False, True, False]


def test_people_may_repeat_themselves() -> None:
    assert not any(seen(PingPong(limit=2, window_s=10), [0, 1, 2], tone=Tone.TEXT))


def test_other_words_are_no_repetition() -> None:
    guard = PingPong(limit=2, window_s=10)
    assert not any(guard.seen(message(str(number), Tone.NOTICE), 0) for number in range(5))


def test_other_rooms_are_no_repetition() -> None:
    guard = PingPong(limit=2, window_s=10)
    rooms = [RoomID(f"!{number}:example.org") for number in range(5)]
    assert not any(guard.seen(message(tone=Tone.NOTICE, room=room), 0) for room in rooms)


def test_media_are_no_notices() -> None:
    body = MediaBody(MediaKind.IMAGE, "cat.png", MxcURI("mxc://example.org/cat"))
    picture = MatrixMessage(
        event_id=EventID("$1"),
        room_id=ROOM,
        sender=UserID("@ann:example.org"),
        sent_at=datetime(2026, 1, 1, tzinfo=UTC),
        body=body,
    )
    guard = PingPong(limit=1, window_s=10)
    assert not guard.seen(picture, 0)
