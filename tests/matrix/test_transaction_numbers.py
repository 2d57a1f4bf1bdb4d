"""Numbers of transactions that go back."""

from bridge.matrix.transaction_numbers import FIRST_PAUSE_S, LONGEST_PAUSE_S, TransactionNumbers


def seen(*txn_ids: str) -> list[bool]:
    numbers = TransactionNumbers()
    return [numbers.went_back(txn_id) for txn_id in txn_ids]


def test_growing_numbers_say_nothing() -> None:
    assert seen("1", "2", "10", "11") == [False, False, False, False]


def test_a_number_again_is_a_repetition() -> None:
    assert seen("7", "7", "8") == [False, False, False]


def test_counting_anew_is_noticed_once() -> None:
    assert seen("40", "1", "2", "3") == [False, True, False, False]


def test_ids_that_are_no_numbers_are_passed_over() -> None:
    assert seen("5", "abc", "", "\u0663", "9" * 400, "6") == [False] * 6


def doubted(*seen: tuple[str, float]) -> list[str | None]:
    numbers = TransactionNumbers()
    return [numbers.doubt(txn_id, at) for txn_id, at in seen]


def test_a_number_that_is_left_out_is_told() -> None:
    assert doubted(("7", 0.0), ("9", 0.1), ("10", 0.2)) == [
        None,
        "the homeserver left out a transaction",
        None,
    ]


def test_the_first_number_leaves_out_nothing() -> None:
    assert doubted(("700", 0.0), ("701", 0.0)) == [None, None]


def test_numbers_shared_with_another_appservice_are_told_ever_more_rarely() -> None:
    every_second = [(str(2 * number), float(number)) for number in range(1, 1000)]
    told = [why for why in doubted(*every_second) if why]

    assert 2 < len(told) < 15


def test_after_a_long_rest_it_is_told_at_once_again() -> None:
    later = LONGEST_PAUSE_S * 3
    told = doubted(("1", 0.0), ("3", 0.0), ("5", 0.1), ("7", later), ("9", later + FIRST_PAUSE_S))

    assert [why is not None for why in told] == [False, True, False, True, True]
