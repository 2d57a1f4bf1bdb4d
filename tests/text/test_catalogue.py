"""Sentences out of keys and values."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.errors import Phrase
from bridge.model.markup import Document, Paragraph, Style, Styled, Text
from bridge.plugins.find import find_networks
from bridge.text.catalogue import Catalogue, known_language, sentence
from bridge.text.catalogue.templates import MAX_VALUE_CHARS, fill
from bridge.text.html_out import to_html
from tests.model.strategies import phrases

CATALOGUE = Catalogue(
    {
        "en": {
            "test.joined": "{user} came into **{room}**.",
            "test.command": "Use `!irc login {network}` to try again.",
            "test.lines": "{count} {count|line|lines} left out",
            "test.english": "only here",
            "test.two_lines": "first\nsecond",
        },
        "zh-Hans": {"test.joined": "{user} 加入了 **{room}**。"},
    }
)


def test_values_go_where_the_template_wants_them() -> None:
    assert CATALOGUE.sentence(Phrase.of("test.joined", user="Ann", room="#tea")) == "Ann came into **#tea**."


def test_a_sentence_comes_in_the_language_that_was_asked_for() -> None:
    phrase = Phrase.of("test.joined", user="Ann", room="#tea")
    assert CATALOGUE.sentence(phrase, "zh-Hans") == "Ann 加入了 **#tea**。"


def test_a_sentence_that_is_not_translated_comes_in_english() -> None:
    assert CATALOGUE.sentence(Phrase.of("test.english"), "zh-Hans") == "only here"


@pytest.mark.parametrize("count", [1, "1"])
def test_one_takes_the_first_word(count: int | str) -> None:
    assert CATALOGUE.sentence(Phrase.of("test.lines", count=count)) == "1 line left out"


@pytest.mark.parametrize("count", [0, 2, 11, "many"])
def test_all_other_counts_take_the_second_word(count: int | str) -> None:
    assert CATALOGUE.sentence(Phrase.of("test.lines", count=count)) == f"{count} lines left out"


def test_code_with_a_value_is_one_piece() -> None:
    document = CATALOGUE.document(Phrase.of("test.command", network="libera"))
    code = Styled(Style.CODE, (Text("!irc login libera"),))
    assert document == Document((Paragraph((Text("Use "), code, Text(" to try again."))),))


def test_a_template_may_have_two_lines() -> None:
    assert CATALOGUE.sentence(Phrase.of("test.two_lines")) == "first\nsecond"


def test_a_missing_key_shows_itself_and_its_values() -> None:
    assert sentence(Phrase.of("no.such_key", user="Ann", count=3)) == "no.such_key (user=Ann, count=3)"


def test_a_missing_value_shows_its_name() -> None:
    assert CATALOGUE.sentence(Phrase.of("test.joined", room="#tea")) == "‹user› came into **#tea**."


def test_a_value_is_not_read_as_a_template() -> None:
    phrase = Phrase.of("test.joined", user="{room} {count|a|b}", room="#tea")
    assert CATALOGUE.sentence(phrase).startswith("{room} {count|a|b} came")


def test_a_value_is_not_read_as_markup() -> None:
    phrase = Phrase.of("test.joined", user="**<b>x</b>** `y`", room="#tea")
    assert to_html(CATALOGUE.document(phrase)) == (
        "**&lt;b&gt;x&lt;/b&gt;** `y` came into <strong>#tea</strong>."
    )


def test_a_value_stays_on_its_line() -> None:
    assert CATALOGUE.sentence(Phrase.of("test.joined", user="a\r\nb\0\u202ec", room="d")).startswith("a bc ")


def test_a_long_value_is_shortened() -> None:
    text = CATALOGUE.sentence(Phrase.of("test.joined", user="x" * 99_999, room="y"))
    assert len(text) < MAX_VALUE_CHARS + 50


@given(phrases, st.text(max_size=8))
def test_any_phrase_gives_a_sentence(phrase: Phrase, language: str) -> None:
    assert isinstance(sentence(phrase, language), str)


@given(st.text("{}|ab*`\n"), st.dictionaries(st.text("ab", min_size=1), st.text() | st.integers()))
def test_any_template_can_be_filled(template: str, values: dict[str, str | int]) -> None:
    assert isinstance(fill(template, values), Document)


@pytest.mark.parametrize("wish", ["zh", "zh-CN", "zh_Hans", "ZH-hans-SG"])
def test_chinese_is_known_by_its_names(wish: str) -> None:
    assert known_language(wish) == "zh-Hans"


@pytest.mark.parametrize("wish", ["en", "en-GB", "de", "", "?"])
def test_all_other_wishes_get_english(wish: str) -> None:
    assert known_language(wish) == "en"


_HALF_WIDTH = re.compile("[\u4e00-\u9fff][,;:?!(]|[,;:?!)][\u4e00-\u9fff]")
_OTHER_WORDS = re.compile("(?<!网)桥(?!接)|家服务器")


def test_chinese_sentences_have_chinese_signs_and_one_word_for_one_thing() -> None:
    """The bridge was 网桥, 本桥, 桥 and 桥接 by turns, and half of the commas were narrow."""
    everything = Catalogue(*find_networks().tables)
    templates = {key: everything.template(key, "zh-Hans") or "" for key in everything.keys("zh-Hans")}
    bare = {key: re.sub("`[^`]*`", "", template) for key, template in templates.items()}
    odd = {key for key, text in bare.items() if _HALF_WIDTH.search(text) or _OTHER_WORDS.search(text)}
    assert odd == set()
