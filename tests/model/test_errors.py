"""Phrases and the errors that carry them."""

from bridge.model.errors import NotAllowed, NotDelivered, Phrase, Rejected


def test_phrases_are_equal_whatever_the_order_of_their_values() -> None:
    assert Phrase.of("a", x=1, y=2) == Phrase.of("a", y=2, x=1)


def test_phrases_with_other_values_differ() -> None:
    assert Phrase.of("a", x=1) != Phrase.of("a", x=2)


def test_an_error_shows_its_key_and_values() -> None:
    assert str(NotDelivered(Phrase.of("irc.down", network="libera"))) == "irc.down(network='libera')"


def test_what_is_not_allowed_is_rejected() -> None:
    assert isinstance(NotAllowed(Phrase.of("a")), Rejected)
