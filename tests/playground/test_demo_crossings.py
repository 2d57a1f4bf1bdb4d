"""What the demo shows: pairs of what was said and what arrived."""

from bridge.playground.demo.crossings import Crossed, Crossings, Said, Side


def _said(text: str, *, side: Side = Side.MATRIX, at: float = 10.0) -> Said:
    return Said(side, "alice", text, at)


def test_what_was_said_and_then_arrived_is_a_crossing_with_its_latency() -> None:
    crossings, said = Crossings(), _said("hello there")
    assert crossings.said(said) is None
    assert crossings.arrived(Side.IRC, "<alice> hello there", 10.25) == Crossed(said, 250)


def test_an_arrival_that_is_seen_first_waits_for_what_was_said() -> None:
    crossings, said = Crossings(), _said("hello there")
    assert crossings.arrived(Side.IRC, "<alice> hello there", 10.25) is None
    assert crossings.said(said) == Crossed(said, 250)


def test_the_same_text_said_twice_crosses_twice_in_order() -> None:
    crossings, first, second = Crossings(), _said("yes", at=1), _said("yes", at=2)
    crossings.said(first)
    crossings.said(second)
    assert crossings.arrived(Side.IRC, "<alice> yes", 3) == Crossed(first, 2000)
    assert crossings.arrived(Side.IRC, "<alice> yes", 3) == Crossed(second, 1000)
    assert crossings.arrived(Side.IRC, "<alice> yes", 3) is None


def test_the_side_it_was_said_on_is_not_where_it_arrives() -> None:
    crossings = Crossings()
    crossings.said(_said("hello"))
    assert crossings.arrived(Side.MATRIX, "hello", 11) is None


def test_formatting_makes_no_difference() -> None:
    crossings, said = Crossings(), _said("so *very* `bold`\nand more")
    crossings.said(said)
    assert crossings.arrived(Side.IRC, "<alice> so very bold", 11) is None
    assert crossings.arrived(Side.IRC, "<alice> so very bold and more", 11) == Crossed(said, 1000)


def test_signs_without_letters_are_compared_as_they_are() -> None:
    crossings, said = Crossings(), _said("👍")
    crossings.said(said)
    assert crossings.arrived(Side.IRC, "<alice> 👎", 11) is None
    assert crossings.arrived(Side.IRC, "<alice> 👍", 11) == Crossed(said, 1000)


def test_a_clock_that_is_a_little_off_makes_no_negative_latency() -> None:
    crossings, said = Crossings(), _said("hello", at=10.002)
    crossings.said(said)
    assert crossings.arrived(Side.IRC, "<alice> hello", 10.0) == Crossed(said, 0)
