"""Masks cover what they should, and no mask takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.playground.ircd.masks import complete, matches


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        ("*", ""),
        ("*", "anything"),
        ("a?c", "abc"),
        ("*!*@host", "nick!user@host"),
        ("NICK!*@*", "nick!user@host"),
        ("*a*b*", "xxaxxbxx"),
        ("*ab", "aab"),
    ],
)
def test_a_mask_covers(mask: str, text: str) -> None:
    assert matches(mask, text, CaseMapping.RFC1459)


@pytest.mark.parametrize(
    ("mask", "text"), [("", "a"), ("a?c", "ac"), ("*!*@host", "nick!user@other"), ("a", "")]
)
def test_a_mask_does_not_cover(mask: str, text: str) -> None:
    assert not matches(mask, text, CaseMapping.RFC1459)


def test_a_mask_full_of_stars_is_soon_answered() -> None:
    assert not matches("*a" * 200 + "b", "a" * 500, CaseMapping.ASCII)


@given(st.text(alphabet="ab*?", max_size=12))
def test_every_text_without_wildcards_covers_itself_and_is_covered_by_stars_between(text: str) -> None:
    plain = text.replace("*", "x").replace("?", "y")

    assert matches(plain, plain, CaseMapping.ASCII)
    assert matches("*".join(plain), plain, CaseMapping.ASCII)


@pytest.mark.parametrize(
    ("mask", "whole"),
    [("nick", "nick!*@*"), ("user@host", "*!user@host"), ("nick!user", "nick!user@*"), ("a!b@c", "a!b@c")],
)
def test_a_short_mask_is_completed(mask: str, whole: str) -> None:
    assert complete(mask) == whole
