"""Cutting text into lines."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.protocol.split import plan_pieces, split_text

FAMILY = "👨‍👩‍👧‍👦"
CODED = st.lists(
    st.sampled_from(
        ["\x02", "\x0304", "\x0312,05", "\x03", "\x04ff0000", "\x0f", "\x1d", "\x16", "\x11", " ", "\n"]
    )
    | st.text(max_size=30)
    | st.just("word "),
    max_size=40,
).map("".join)


def test_text_is_cut_at_line_ends_before_spaces() -> None:
    assert split_text("one\ntwo three\r\nfour", 9) == ["one", "two three", "four"]


def test_text_is_cut_at_the_last_space_that_fits() -> None:
    assert split_text("hello world and all", 11) == ["hello world", "and all"]


def test_a_word_longer_than_a_line_is_cut_between_characters() -> None:
    assert split_text("abcdefgh", 5) == ["abcde", "fgh"]


def test_a_grapheme_cluster_stays_whole() -> None:
    assert split_text(f"abcdefgh{FAMILY}", 30) == ["abcdefgh", FAMILY]


def test_a_cluster_longer_than_a_line_is_cut_between_code_points() -> None:
    pieces = split_text("e" + "\u0301" * 20, 11)
    assert "".join(pieces) == "e" + "\u0301" * 20
    assert max(len(piece.encode()) for piece in pieces) <= 11


def test_four_thousand_chinese_characters_lose_nothing() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(4000))
    pieces = split_text(text, 440)
    assert "".join(pieces) == text
    assert max(len(piece.encode()) for piece in pieces) <= 440


def test_what_is_on_at_a_cut_is_on_again_behind_it() -> None:
    first, second = split_text("\x02\x0304" + "a" * 70, 64)
    assert first.startswith("\x02\x0304aaa")
    assert second.startswith("\x0304\x02aaa")


def test_a_comma_behind_a_repeated_colour_is_not_read_as_its_background() -> None:
    _, second = split_text("\x0304" + "a" * 61 + ",5", 64)
    assert strip_codes(second) == ",5"


def test_lines_of_codes_alone_are_left_out() -> None:
    assert split_text("\x02\n \n\x0304\x0f\n", 100) == []


def test_a_limit_below_one_character_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 bytes"):
        plan_pieces("x", 3)


@given(st.text(max_size=300), st.integers(4, 90))
def test_plain_text_comes_together_again(text: str, limit: int) -> None:
    plain = strip_codes(text)
    pieces = plan_pieces(plain, limit)
    assert "".join(piece.text + piece.joint for piece in pieces) == plain


@given(CODED, st.integers(4, 120))
def test_no_piece_is_longer_than_its_limit(text: str, limit: int) -> None:
    assert all(len(piece.text.encode()) <= limit for piece in plan_pieces(text, limit))


@given(CODED, st.integers(64, 120))
def test_coded_text_says_the_same_when_cut(text: str, limit: int) -> None:
    together = "".join(strip_codes(piece.text) + piece.joint for piece in plan_pieces(text, limit))
    assert regex.sub(r"\s", "", together) == regex.sub(r"\s", "", strip_codes(text))
