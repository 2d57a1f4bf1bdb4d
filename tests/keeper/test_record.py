"""What the keeper remembers of a connection, and what it says in the place of a bridge."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.keeper.record import SIGN_EVERY_S, STALL_S, Record, Write

NOW = 1000.0


def record(**options: int) -> Record:
    return Record(
        ask=rb"(?:@\S+ +)?(?::\S+ +)?PING(?: +(.*))?",
        answer=b"PONG \\1\r\n",
        sign=b"PONG me\r\n",
        farewell=b"QUIT\r\n",
        **options,
    )


def room_in(made: Record) -> bool:
    return made.has_room


def test_bytes_are_kept_from_the_snapshot_on() -> None:
    made = record()
    made.hear(b"one\r\ntwo\r\n", NOW)
    made.keep(b"state", 5, 0)
    assert (made.base, made.snapshot, made.since(5, 100)) == (5, b"state", b"two\r\n")


def test_a_snapshot_of_before_the_present_one_is_passed_over() -> None:
    made = record()
    made.hear(b"one\r\ntwo\r\n", NOW)
    made.keep(b"new", 10, 0)
    made.keep(b"old", 5, 0)
    assert (made.base, made.snapshot) == (10, b"new")


def test_writes_are_kept_until_a_snapshot_knows_them() -> None:
    made = record()
    made.hear(b"one\r\n", NOW)
    made.wrote(Write(1, 0, [], b"a"))
    made.wrote(Write(2, 5, [], b"b"))
    made.keep(b"state", 5, 1)
    assert [write.number for write in made.writes] == [2]


def test_a_question_is_answered_at_once_while_nobody_is_there() -> None:
    made = record()
    made.hear(b":s NOTICE * :hi\r\nPING :a b\r\n@time=x :irc.test PING 77\r\nPINGED :no\r\n", NOW)
    assert made.answers(NOW, attached=False) == b"PONG :a b\r\nPONG 77\r\n"
    assert made.answers(NOW, attached=False) == b""


def test_a_question_is_left_to_the_bridge_that_answers_it() -> None:
    made = record()
    made.hear(b"PING a\r\n", NOW)
    assert made.answers(NOW + 1, attached=True) == b""
    made.wrote(Write(1, 8, [], b"PONG a\r\n"))
    assert made.answers(NOW + 2 * STALL_S, attached=True) == b""
    assert made.answers(NOW + 2 * STALL_S, attached=False) == b""


def test_a_question_that_the_bridge_leaves_open_is_answered_after_a_while() -> None:
    made = record()
    made.hear(b"PING a\r\n", NOW)
    assert made.answers(NOW + STALL_S - 1, attached=True) == b""
    assert made.answers(NOW + STALL_S, attached=True) == b"PONG a\r\n"


def test_a_question_in_pieces_is_one() -> None:
    made = record()
    made.hear(b"PI", NOW)
    made.hear(b"NG x\r", NOW)
    assert made.answers(NOW, attached=False) == b""
    made.hear(b"\n", NOW)
    assert made.answers(NOW, attached=False) == b"PONG x\r\n"


def test_what_is_kept_is_bounded_and_signs_of_life_go_out_while_nothing_is_read() -> None:
    made = record(bound_bytes=100)
    made.hear(b"x" * 99, NOW)
    assert room_in(made)
    made.hear(b"x", NOW)
    assert not room_in(made)
    assert made.answers(NOW, attached=True) == b""
    assert made.answers(NOW + SIGN_EVERY_S, attached=True) == b"PONG me\r\n"
    made.keep(b"state", 100, 0)
    assert room_in(made)
    assert made.answers(NOW + 2 * SIGN_EVERY_S, attached=True) == b""


def test_writes_count_as_kept_until_a_snapshot_knows_them() -> None:
    made = record(bound_bytes=100)
    made.wrote(Write(1, 0, [], b"x" * 100))
    assert not room_in(made)
    made.keep(b"state", 0, 1)
    assert room_in(made)


@given(st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 400)), max_size=30))
def test_whatever_is_heard_and_kept_the_bytes_since_the_snapshot_are_whole(
    steps: list[bytes | int],
) -> None:
    made, heard = record(), b""
    for step in steps:
        if isinstance(step, bytes):
            heard += step
            made.hear(step, NOW)
        else:
            made.keep(b"s", step, 0)
        made.answers(NOW, attached=False)
        assert made.since(made.base, 1 << 20) == heard[made.base :]
        assert made.received == len(heard)
        assert made.base <= made.taken <= made.seen <= made.received or made.base == made.taken == 0
