"""What never gets into the log."""

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import Secret
from bridge.telemetry.redaction import Redaction, scrub


@frozen
class Message:
    sender: str
    body: str
    token: str


def _cleaned(**fields: object) -> dict[str, object]:
    return Redaction()(None, "info", fields)


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "as_token",
        "access_token",
        "password",
        "Authorization",
        "client_secret",
        "cookie",
        "pickle_key",
    ],
)
def test_a_value_under_a_telling_key_is_masked(key: str) -> None:
    assert _cleaned(**{key: "hunter2"}) == {key: "***"}


@pytest.mark.parametrize("key", ["body", "formatted_body", "text", "content", "line"])
def test_what_people_say_is_masked(key: str) -> None:
    assert _cleaned(**{key: "hello"}) == {key: "***"}


def test_what_people_say_takes_a_second_wish_and_the_level_trace() -> None:
    fields = {"line": "hello"}
    assert Redaction(spoken=True)(None, "trace", fields) == {"line": "hello"}
    assert Redaction(spoken=True)(None, "info", fields) == {"line": "***"}
    assert Redaction(spoken=False)(None, "trace", fields) == {"line": "***"}


def test_secrets_stay_masked_whatever_is_wished() -> None:
    fields = {"token": "t", "other": Secret("s")}
    assert Redaction(spoken=True)(None, "trace", fields) == {"token": "***", "other": "***"}


def test_the_rule_holds_inside_other_values() -> None:
    cleaned = _cleaned(event={"a": [{"password": "p", "room": "r"}]}, message=Message("@a:b", "hi", "t"))
    assert cleaned["event"] == {"a": [{"password": "***", "room": "r"}]}
    assert _cleaned(part=Message("@a:b", "hi", "t"))["part"] == {
        "sender": "@a:b",
        "body": "***",
        "token": "***",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /sync?access_token=abc&since=1", "GET /sync?access_token=***&since=1"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("postgresql://user:pw@db/x", "postgresql://***@db/x"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_credentials_are_found_by_their_shape(text: str, shown: str) -> None:
    assert scrub(text) == shown


def test_control_characters_are_written_out() -> None:
    assert _cleaned(nick="a\n\x1b[31mb\u202e") == {"nick": "a\\n\\x1b[31mb\\u202e"}


def test_long_and_deep_values_have_a_bound() -> None:
    deep: object = "end"
    for _ in range(100):
        deep = [deep]
    cleaned = _cleaned(long="x" * 100_000, many=list(range(1000)), deep=deep)
    assert len(str(cleaned)) < 6000


@given(
    st.recursive(
        st.text() | st.binary() | st.none() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_value_makes_redaction_fail_or_break_the_line(value: object) -> None:
    assert str(_cleaned(value=value)).isprintable()
