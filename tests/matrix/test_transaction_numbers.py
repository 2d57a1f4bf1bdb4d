"""Numbers of transactions that go back."""

from bridge.matrix.transaction_numbers import TransactionNumbers


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
