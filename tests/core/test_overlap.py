"""What of a history was not heard before."""

from datetime import UTC, datetime, timedelta

from bridge.core.overlap import unheard
from bridge.model.ids import ChatID, LaneID, NetworkName, PortalKey, RemoteMessageID, RemoteUserID, UserID
from bridge.model.markup import Document
from bridge.model.messages import TextBody, Tone
from bridge.model.records import NewArrival
from bridge.model.remote_events import RemoteJoin, RemoteMessage, RemoteUser

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PORTAL = PortalKey(NetworkName("net"), ChatID("#a"))


def line(
    seconds: float, text: str = "yes", *, nick: str = "bob", name: str | None = None, tone: Tone = Tone.TEXT
) -> RemoteMessage:
    return RemoteMessage(
        portal=PORTAL,
        sender=RemoteUser(RemoteUserID(nick), nick),
        remote_id=None if name is None else RemoteMessageID(name),
        happened_at=NOON + timedelta(seconds=seconds),
        body=TextBody(Document.of(text), tone),
    )


def heard(event: RemoteMessage) -> NewArrival:
    return NewArrival(
        lane=LaneID(1),
        event=event,
        ghost=UserID("@bob:x"),
        dedup_key=None,
        received_at=event.happened_at or NOON,
    )


def fresh(history: list[RemoteMessage], *known: RemoteMessage) -> list[RemoteMessage]:
    found = unheard(history, [heard(event) for event in known])
    return [event for event in found if isinstance(event, RemoteMessage)]


def test_an_event_is_known_by_its_id_whatever_its_time() -> None:
    history = [line(0, name="a"), line(9, name="b")]
    assert fresh(history, line(5, name="a")) == [line(9, name="b")]


def test_the_same_words_under_another_id_are_another_line() -> None:
    assert fresh([line(0, name="b")], line(0, name="a")) == [line(0, name="b")]


def test_a_line_without_id_is_known_though_the_history_tells_whole_seconds() -> None:
    assert fresh([line(3)], line(3.9)) == []


def test_of_two_identical_lines_the_one_that_was_not_heard_is_fresh() -> None:
    assert fresh([line(3), line(4)], line(3.2)) == [line(4)]


def test_a_line_said_three_times_and_heard_twice_is_fresh_once() -> None:
    assert fresh([line(3), line(3), line(3)], line(3.1), line(3.2)) == [line(3)]


def test_identical_lines_much_later_are_fresh() -> None:
    assert fresh([line(3), line(60)], line(3.4), line(4.4)) == [line(60)]


def test_the_same_second_goes_before_a_near_one() -> None:
    """The first of two identical lines took the second one's place and the second was swallowed."""
    assert fresh([line(2), line(3)], line(3.5)) == [line(2)]


def test_a_clock_that_is_a_second_off_is_borne() -> None:
    assert fresh([line(3)], line(4)) == []


def test_other_people_other_words_and_other_tones_are_other_lines() -> None:
    history = [line(1, nick="eve"), line(1, "no"), line(1, tone=Tone.EMOTE)]
    assert fresh(history, line(1)) == history


def test_a_line_that_had_no_id_when_it_was_heard_is_known_by_its_words() -> None:
    assert fresh([line(1, name="a")], line(1.5)) == []


def test_who_came_is_not_brought_in_late() -> None:
    joined = RemoteJoin(portal=PORTAL, sender=RemoteUser(RemoteUserID("bob"), "bob"), happened_at=NOON)
    assert unheard([joined], []) == []
