"""What is called lost, doubled, reordered, uncertain and unseen, on made-up rounds."""

from attrs import evolve

from tests.chaos.record import Book, Coming, Deed, Fate, Place, Said, Seen, Side, Told
from tests.chaos.speech import Token, tokens_of
from tests.chaos.verdict import judge

PLACE = Place("insp", "#one")
OTHER = Place("insp", "#two")


def token(number: int, who: str = "alice") -> Token:
    return Token(1, who, number)


def book_of(*said: Said, seen: tuple[Token, ...] = ()) -> Book:
    """What is seen arrives where it was said, a second after the other."""
    book = Book(clock=lambda: 100.0)
    book.said.update({one.token: one for one in said})
    sides = {one.token: Side.IRC if one.side is Side.MATRIX else Side.MATRIX for one in said}
    book.seen.extend(Seen(one, sides[one], PLACE, 10.0 + at) for at, one in enumerate(seen))
    return book


def on_matrix(number: int) -> Said:
    return Said(token(number), Side.MATRIX, PLACE, "message", float(number), f"$event{number}", accepted=True)


def on_irc(number: int, *, at: float = 1.0, heard: bool = True) -> Said:
    return Said(token(number, "ann"), Side.IRC, PLACE, "PRIVMSG", at, accepted=heard)


def test_what_arrives_once_and_in_order_is_clean() -> None:
    verdict = judge(book_of(on_matrix(1), on_matrix(2), seen=(token(1), token(2))), 1)

    assert verdict.clean
    assert (verdict.said, verdict.arrived) == (2, 2)


def test_what_was_accepted_and_is_nowhere_is_lost() -> None:
    verdict = judge(book_of(on_matrix(1), on_matrix(2), seen=(token(2),)), 1)

    assert verdict.lost == [token(1)]
    assert not verdict.clean


def test_what_the_homeserver_never_took_is_not_lost() -> None:
    refused = evolve(on_matrix(1), accepted=False, event_id="")

    verdict = judge(book_of(refused), 1)

    assert (verdict.said, verdict.lost) == (0, [])


def test_what_is_seen_twice_is_doubled() -> None:
    verdict = judge(book_of(on_matrix(1), seen=(token(1), token(1))), 1)

    assert verdict.doubled == [token(1)]
    assert verdict.reordered == []


def test_one_message_that_is_passed_by_others_is_one_reordered() -> None:
    said = [on_matrix(number) for number in (1, 2, 3, 4)]

    verdict = judge(book_of(*said, seen=(token(2), token(3), token(1), token(4))), 1)

    assert verdict.reordered == [token(1)]


def test_between_two_people_there_is_no_order() -> None:
    bob = Said(token(1, "bob"), Side.MATRIX, PLACE, "message", 0.5, "$bob", accepted=True)

    verdict = judge(book_of(bob, on_matrix(1), seen=(token(1), token(1, "bob"))), 1)

    assert verdict.reordered == []


def test_a_sender_who_was_told_makes_it_uncertain_and_not_lost() -> None:
    book = book_of(on_matrix(1))
    book.told.append(Told("$event1", Fate.UNCERTAIN, 20.0))

    verdict = judge(book, 1)

    assert (verdict.uncertain, verdict.lost) == ([token(1)], [])


def test_a_refusal_that_was_told_is_counted_apart() -> None:
    book = book_of(on_matrix(1))
    book.told.append(Told("$event1", Fate.REFUSED, 20.0))

    verdict = judge(book, 1)

    assert (verdict.refused, verdict.lost, verdict.clean) == ([token(1)], [], True)


def test_a_refusal_of_what_has_arrived_is_a_fault() -> None:
    book = book_of(on_matrix(1), seen=(token(1),))
    book.told.append(Told("$event1", Fate.REFUSED, 20.0))

    verdict = judge(book, 1)

    assert (verdict.misreported, verdict.clean) == ([token(1)], False)


def test_what_is_seen_in_another_room_has_strayed() -> None:
    book = book_of(on_matrix(1))
    book.seen.append(Seen(token(1), Side.IRC, OTHER, 11.0))

    assert judge(book, 1).strayed == [token(1)]


def test_a_line_that_another_client_heard_while_the_bridge_was_there_is_lost() -> None:
    book = book_of(on_irc(1))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))

    assert judge(book, 1).lost == [token(1, "ann")]


def test_a_line_said_while_nobody_of_the_bridge_was_there_is_unseen() -> None:
    book = book_of(on_irc(1, at=6.0))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=5.0))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=8.0))

    verdict = judge(book, 1)

    assert (verdict.unseen, verdict.lost) == ([token(1, "ann")], [])
    assert verdict.untold == [token(1, "ann")]


def test_an_unseen_line_of_which_the_room_was_told_is_not_untold() -> None:
    book = book_of(on_irc(1, at=6.0))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=5.0))
    book.gap_notices.append((PLACE, 9.0))

    verdict = judge(book, 1)

    assert (verdict.unseen, verdict.untold) == ([token(1, "ann")], [])


def test_a_line_just_before_the_bridge_was_killed_was_on_its_way() -> None:
    book = book_of(on_irc(1, at=4.5))
    book.deeds.append(Deed("kill -9 bridge", 5.0, ("insp",)))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=5.4))

    assert judge(book, 1).unseen == [token(1, "ann")]


def test_a_line_well_before_the_bridge_was_killed_had_to_be_taken() -> None:
    book = book_of(on_irc(1, at=3.0))
    book.deeds.append(Deed("kill -9 bridge", 5.0, ("insp",)))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=5.1))

    assert judge(book, 1).lost == [token(1, "ann")]


def test_a_line_to_a_bridge_that_was_stopped_and_then_killed_was_on_its_way() -> None:
    book = book_of(on_irc(1, at=3.5))
    book.deeds.append(Deed("SIGSTOP bridge", 3.0, stalls=True))
    book.deeds.append(Deed("cut insp", 5.0, ("insp",)))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=5.1))

    assert judge(book, 1).unseen == [token(1, "ann")]


def test_a_line_that_died_with_its_server_was_never_said() -> None:
    verdict = judge(book_of(on_irc(1, heard=False)), 1)

    assert (verdict.said, verdict.lost) == (0, [])


def test_a_quoted_token_is_not_said_again() -> None:
    assert tokens_of("* alice reacted with 👍[r1/alice/2] to ann: “[r1/ann/1] hi”") == [token(2)]
    assert tokens_of("<alice> * [r1/alice/3] brown (red → [r1/alice/1])") == [token(3)]


def test_a_stop_that_was_over_long_before_excuses_nothing() -> None:
    book = book_of(on_irc(1, at=3.5))
    book.deeds.append(Deed("SIGSTOP bridge", 1.0, stalls=True))
    book.deeds.append(Deed("SIGCONT bridge", 2.0, resumes=True))
    book.deeds.append(Deed("cut insp", 6.0, ("insp",)))
    book.comings.append(Coming(PLACE, "trunkline", here=True, at=0.0))
    book.comings.append(Coming(PLACE, "trunkline", here=False, at=6.1))

    assert judge(book, 1).lost == [token(1, "ann")]
