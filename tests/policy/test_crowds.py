"""When many people come or go at once it is one line; who was torn away is waited for."""

from bridge.model.ids import RemoteUserID
from bridge.model.remote_events import RemoteUser
from bridge.policy.crowds import (
    CROWD,
    LONGEST_S,
    MAX_HELD,
    PATIENCE_S,
    WINDOW_S,
    Crowd,
    CrowdWatch,
    Fate,
    Kind,
)

SERVERS = "a.example b.example"


def person(number: int) -> RemoteUser:
    return RemoteUser(RemoteUserID(f"n{number}"), f"n{number}")


def come(watch: CrowdWatch, numbers: range, at: float = 0.0, *, apart_s: float = 0.0) -> list[Fate]:
    """People come one after another."""
    return [watch.came(person(number), at + place * apart_s).fate for place, number in enumerate(numbers)]


def split(watch: CrowdWatch, numbers: range, at: float = 0.0) -> list[Fate]:
    return [watch.went(person(number), SERVERS, SERVERS, at).fate for number in numbers]


def leave(watch: CrowdWatch, numbers: range, at: float = 0.0) -> list[Fate]:
    return [watch.went(person(number), None, None, at).fate for number in numbers]


def test_a_few_people_are_single_people() -> None:
    watch = CrowdWatch()
    assert come(watch, range(CROWD - 1)) == [Fate.SINGLE] * (CROWD - 1)
    assert watch.over(1000.0) == []
    assert watch.next_at() is None


def test_people_who_come_one_by_one_are_never_a_crowd() -> None:
    watch = CrowdWatch()
    assert set(come(watch, range(100), apart_s=WINDOW_S / CROWD * 1.2)) == {Fate.SINGLE}


def test_with_the_tenth_all_are_a_crowd() -> None:
    watch = CrowdWatch()
    come(watch, range(CROWD - 1))
    verdict = watch.came(person(99), 1.0)
    assert verdict.fate is Fate.CROWD
    assert len(verdict.others) == CROWD


def test_a_crowd_is_told_when_nobody_comes_any_longer() -> None:
    watch = CrowdWatch()
    come(watch, range(120), apart_s=0.04)
    assert watch.over(6.0) == []
    assert watch.next_at() == 119 * 0.04 + WINDOW_S
    assert watch.over(119 * 0.04 + WINDOW_S) == [Crowd(Kind.JOINED, 120, 5)]
    assert watch.over(1000.0) == []


def test_a_crowd_without_end_is_told_now_and_then() -> None:
    watch = CrowdWatch()
    come(watch, range(200), apart_s=0.4)
    [crowd] = watch.over(LONGEST_S)
    assert crowd.kind is Kind.JOINED


def test_many_who_leave_are_a_crowd_of_their_own() -> None:
    watch = CrowdWatch()
    come(watch, range(5))
    leave(watch, range(100, 120))
    assert watch.over(WINDOW_S) == [Crowd(Kind.LEFT, 20, 1)]


def test_who_was_torn_away_is_held_and_told_once() -> None:
    watch = CrowdWatch()
    assert set(split(watch, range(47))) == {Fate.HELD}
    assert watch.over(WINDOW_S) == [Crowd(Kind.SPLIT, 47, 1, SERVERS)]
    assert watch.given_up(PATIENCE_S - 1) == []


def test_who_comes_back_never_was_away() -> None:
    watch = CrowdWatch()
    split(watch, range(47))
    watch.over(WINDOW_S)
    assert set(come(watch, range(45), 60.0)) == {Fate.RETURNED}
    assert watch.over(70.0) == [Crowd(Kind.RETURNED, 45, 1, SERVERS)]
    assert [held.user for held in watch.given_up(PATIENCE_S)] == [person(45), person(46)]
    assert watch.next_at() is None


def test_strangers_who_come_meanwhile_did_not_come_back() -> None:
    watch = CrowdWatch()
    split(watch, range(3))
    assert come(watch, range(100, 102), 1.0) == [Fate.SINGLE, Fate.SINGLE]


def test_one_or_two_torn_away_are_held_without_a_word() -> None:
    watch = CrowdWatch()
    split(watch, range(2))
    assert watch.over(WINDOW_S) == []
    assert len(watch.given_up(PATIENCE_S)) == 2


def test_two_splits_are_two_lines() -> None:
    watch = CrowdWatch()
    split(watch, range(5))
    for number in range(10, 15):
        watch.went(person(number), None, "a.example c.example", 0.0)
    assert {crowd.servers for crowd in watch.over(WINDOW_S)} == {SERVERS, "a.example c.example"}


def test_who_is_torn_away_twice_is_waited_for_anew() -> None:
    watch = CrowdWatch()
    split(watch, range(3))
    split(watch, range(1), 100.0)
    assert [held.user for held in watch.given_up(PATIENCE_S)] == [person(1), person(2)]
    assert [held.user for held in watch.given_up(PATIENCE_S + 100)] == [person(0)]


def test_no_more_people_are_held_than_there_is_room_for() -> None:
    watch = CrowdWatch()
    split(watch, range(MAX_HELD))
    assert split(watch, range(MAX_HELD, MAX_HELD + 1)) == [Fate.SINGLE]
