"""The chain of the audit trail: what was written cannot be changed, moved or cut off unseen."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.audit import FIRST, AuditLine, AuditNote
from bridge.policy.audit_chain import AuditChain, AuditCheck, Break, Broken

CHAIN = AuditChain(b"k" * 32)
AT = datetime(2026, 11, 23, 12, 0, 0, 123_457, UTC)


def note(number: int) -> AuditNote:
    return AuditNote(
        at=AT + timedelta(seconds=number),
        actor="@ann:example.org",
        action="action.plumb",
        subject=f"!room{number}",
        data={"chat": f"#chat{number}", "door": "chat"},
    )


def trail(length: int, chain: AuditChain = CHAIN) -> list[AuditLine]:
    lines: list[AuditLine] = []
    for number in range(1, length + 1):
        previous = lines[-1].seal if lines else FIRST
        seal = chain.seal(previous, note(number))
        lines.append(AuditLine(seq=number, note=note(number), previous=previous, seal=seal))
    return lines


def verdict(lines: list[AuditLine], head: bytes) -> Broken | None:
    check = AuditCheck(CHAIN)
    return check.take(lines) or check.end(head)


@pytest.mark.parametrize("length", [0, 1, 7])
def test_a_trail_as_it_was_written_is_whole(length: int) -> None:
    lines = trail(length)

    assert verdict(lines, lines[-1].seal if lines else FIRST) is None


@pytest.mark.parametrize(
    "changed",
    [
        evolve(note(3), actor="@bob:example.org"),
        evolve(note(3), action="action.join"),
        evolve(note(3), subject=""),
        evolve(note(3), at=AT),
        evolve(note(3), data={}),
        evolve(note(3), data={"chat": "#chat3", "door": "shell"}),
    ],
)
def test_a_changed_line_is_found(changed: AuditNote) -> None:
    lines = trail(5)
    lines[2] = evolve(lines[2], note=changed)

    assert verdict(lines, lines[-1].seal) == Broken(3, Break.CHANGED)


def test_a_line_that_was_taken_out_is_found() -> None:
    lines = trail(5)
    head = lines[-1].seal
    del lines[1]

    assert verdict(lines, head) == Broken(3, Break.MOVED)


def test_two_lines_that_changed_places_are_found() -> None:
    lines = trail(5)
    lines[1], lines[2] = lines[2], lines[1]

    assert verdict(lines, lines[-1].seal) == Broken(3, Break.MOVED)


def test_lines_cut_off_at_the_end_are_found() -> None:
    lines = trail(5)

    assert verdict(lines[:3], lines[-1].seal) == Broken(3, Break.CUT)
    assert verdict([], lines[-1].seal) == Broken(0, Break.CUT)


def test_a_trail_that_was_made_up_without_the_key_is_found() -> None:
    forged = trail(5, AuditChain(b"x" * 32))

    assert verdict(forged, forged[-1].seal) == Broken(1, Break.CHANGED)


def test_the_order_of_the_data_does_not_matter() -> None:
    one: dict[str, str | int] = {"a": 1, "b": "2"}
    other: dict[str, str | int] = {"b": "2", "a": 1}

    assert evolve(note(1), data=one).as_bytes() == evolve(note(1), data=other).as_bytes()


@given(st.text(), st.text(), st.text(), st.text())
def test_no_two_notes_have_the_same_bytes(
    actor: str, subject: str, other_actor: str, other_subject: str
) -> None:
    """A field cannot run over into the next one."""
    one = evolve(note(1), actor=_plain(actor), subject=_plain(subject))
    other = evolve(note(1), actor=_plain(other_actor), subject=_plain(other_subject))

    assert (one.as_bytes() == other.as_bytes()) == (one == other)


def _plain(text: str) -> str:
    return text.encode(errors="replace").decode()
