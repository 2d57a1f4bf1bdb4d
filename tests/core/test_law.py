"""The law of conservation, on accounts made by hand."""

from collections.abc import Sequence

from bridge.model.statuses import PartState
from tests.core.simulation.law import Account, Effect, Fate, Kind, Side, Spoken, breaches

ALICE, BOB = "alice", "bob"
THERE = Fate(states=(PartState.CONFIRMED,))


def line(name: str, sender: str = ALICE, *, parts: int = 1, retries: int = 0, heard: bool = True) -> Spoken:
    return Spoken(name=name, side=Side.MATRIX, sender=sender, parts=parts, retries=retries, heard=heard)


def about(name: str, target: str, kind: Kind = Kind.EDIT, sender: str = ALICE) -> Spoken:
    return Spoken(name=name, side=Side.MATRIX, sender=sender, kind=kind, target=target)


def seen(name: str, part: int = 0, target: str | None = None, side: Side = Side.NETWORK) -> Effect:
    return Effect(name=name, side=side, part=part, target=target)


def judged(
    spoken: Sequence[Spoken],
    effects: Sequence[Effect],
    fates: dict[str, Fate] | None = None,
    left_open: Sequence[str] = (),
) -> list[str]:
    """What each breach is called; everything counts as recorded to be there if nothing else is given."""
    known = {one.name: THERE for one in spoken} | (fates or {})
    account = Account(spoken=spoken, effects=effects, fates=known, left_open=left_open)
    return [sentence.partition(":")[0] for sentence in breaches(account)]


def test_what_is_seen_once_in_order_is_lawful() -> None:
    assert judged([line("a"), line("b", BOB), line("c")], [seen("b"), seen("a"), seen("c")]) == []


def test_what_is_not_seen_and_not_told_is_lost() -> None:
    assert judged([line("a")], []) == ["lost in silence"]


def test_one_part_that_is_missing_is_lost() -> None:
    assert judged([line("a", parts=2)], [seen("a", 1)]) == ["lost in silence"]


def test_what_its_sender_was_told_of_is_not_lost() -> None:
    told = Fate(states=(PartState.UNCERTAIN,), told=1)
    assert judged([line("a")], [], {"a": told}) == []


def test_what_nobody_of_ours_heard_is_not_lost() -> None:
    assert judged([line("a", heard=False)], []) == []


def test_what_is_recorded_as_there_must_be_there() -> None:
    mixed = Fate(states=(PartState.UNCERTAIN, PartState.CONFIRMED), told=1)
    spoken = [line("a", parts=2)]
    assert judged(spoken, [seen("a", 0)], {"a": mixed}) == ["lost, and recorded as arrived"]


def test_what_is_seen_twice_is_doubled() -> None:
    assert judged([line("a")], [seen("a"), seen("a")]) == ["doubled"]


def test_who_sends_it_again_may_double_it() -> None:
    assert judged([line("a", retries=1)], [seen("a"), seen("a")]) == []


def test_what_nobody_said_has_no_cause() -> None:
    assert judged([], [seen("ghostly")]) == ["without cause"]
    assert judged([line("a")], [seen("a"), seen("a", side=Side.MATRIX)]) == ["without cause", "doubled"]


def test_one_sender_is_heard_in_order() -> None:
    assert judged([line("a"), line("b")], [seen("b"), seen("a")]) == ["out of order"]
    assert judged([line("a", parts=2)], [seen("a", 1), seen("a", 0)]) == ["out of order"]


def test_what_is_sent_again_comes_when_it_comes() -> None:
    assert judged([line("a", retries=1), line("b")], [seen("b"), seen("a")]) == []


def test_what_waits_for_another_persons_line_holds_up_no_line() -> None:
    spoken = [line("a", BOB), about("b", "a", Kind.REACTION), line("c")]
    assert judged(spoken, [seen("c"), seen("a"), seen("b", target="a")]) == []


def test_an_edit_belongs_to_what_was_edited() -> None:
    spoken = [line("a"), line("b"), about("c", "a")]
    effects = [seen("a"), seen("b"), seen("c", target="b")]
    assert judged(spoken, effects) == ["attached to the wrong message"]


def test_an_edit_of_what_is_known_is_attached() -> None:
    assert judged([line("a"), about("b", "a")], [seen("a"), seen("b")]) == ["attached to nothing"]


def test_an_edit_of_what_is_uncertain_may_be_a_line() -> None:
    uncertain = Fate(states=(PartState.UNCERTAIN,), told=1)
    assert judged([line("a"), about("b", "a")], [seen("a"), seen("b")], {"a": uncertain}) == []


def test_an_answer_may_come_before_what_it_answers_as_a_line() -> None:
    spoken = [line("a", BOB), about("b", "a", Kind.REPLY)]
    assert judged(spoken, [seen("b"), seen("a")]) == []
    assert judged(spoken, [seen("a"), seen("b")]) == ["attached to nothing"]


def test_a_reaction_to_what_did_not_cross_is_void() -> None:
    uncertain = Fate(states=(PartState.UNCERTAIN,), told=1)
    spoken = [line("a"), about("b", "a", Kind.REACTION)]
    assert judged(spoken, [], {"a": uncertain, "b": Fate()}) == []
    assert judged(spoken, [seen("a")], {"b": Fate()}) == ["lost in silence"]


def test_nobody_is_told_twice_or_wrongly() -> None:
    spoken, effects = [line("a")], [seen("a")]
    twice = Fate(states=(PartState.UNCERTAIN,), told=2)
    wrongly = Fate(states=(PartState.CONFIRMED,), told=1)
    refused = Fate(states=(PartState.REFUSED,), told=1)
    assert judged(spoken, effects, {"a": twice}) == ["told too often"]
    assert judged(spoken, effects, {"a": wrongly}) == ["told although it arrived"]
    assert judged(spoken, effects, {"a": refused}) == ["recorded as not arrived, and seen"]


def test_nothing_is_left_open() -> None:
    assert judged([], [], left_open=["part 1"]) == ["left open"]
