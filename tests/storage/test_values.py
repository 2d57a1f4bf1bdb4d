"""Times and texts come back from a database as they went in."""

from datetime import UTC, datetime

from hypothesis import given, strategies

from bridge.storage.postgres import numbered
from bridge.storage.values import MAX_NAME_BYTES, clean, from_micros, name, to_micros


@given(strategies.datetimes(timezones=strategies.timezones()))
def test_times_keep_their_microseconds(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment.astimezone(UTC)


@given(strategies.text(strategies.characters(codec="utf-8", exclude_characters="\0")))
def test_a_text_that_can_be_stored_is_left_alone(text: str) -> None:
    assert clean(text) == text


@given(strategies.text(strategies.characters()))
def test_every_text_can_be_stored_after_cleaning(text: str) -> None:
    assert b"\0" not in clean(text).encode()


@given(strategies.text(strategies.characters(), min_size=200))
def test_a_name_fits_an_index(text: str) -> None:
    assert len(name(text).encode()) <= MAX_NAME_BYTES
    assert name(name(text)) == name(text)


def test_long_names_stay_different() -> None:
    assert name("a" * 2000) != name("a" * 2001)


def test_placeholders_are_numbered_for_postgres() -> None:
    assert numbered("SELECT ? WHERE a = ? AND b = 1") == "SELECT $1 WHERE a = $2 AND b = 1"
