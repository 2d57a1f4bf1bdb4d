"""Names under which a relay shows people."""

import unicodedata

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.policy import relay_names
from bridge.policy.lookalikes import skeleton
from bridge.policy.relay_names import (
    MAX_NAME_BYTES,
    MAX_NAME_GRAPHEMES,
    MAX_USER_ID_CHARS,
    clean_name,
    relay_form,
    show_user_id,
)

ME = "@me:example.org"

names = st.text() | st.text("annАn0oO<>()@: \u202e\u200b\x02\x03,1\u0301\n*", max_size=40)
user_ids = st.builds(
    "@{}:{}".format, st.text(min_size=1, max_size=12), st.sampled_from(["example.org", "example.org.evil"])
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("  Ann \t B. ", "Ann B."),
        ("李小龙", "李小龙"),
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("🦊", "🦊"),
        ("An\u200bn", "Ann"),
        ("A\u202enn", "Ann"),
        ("Ann\r\nQUIT", "Ann QUIT"),
        ("\x02Ann\x0f", "Ann"),
        ("\x0304,12Ann\x03", "Ann"),
        ("\x04ff0000Ann", "Ann"),
        ("<Ann>", "Ann"),
        ("＜Ann＞", "Ann"),
        ("‹Ann›", "Ann"),
        ("@Ann", "Ann"),
        ("+%Ann", "Ann"),
        ("* Ann waves", "Ann waves"),
        ("Z\u0334\u0335\u0336\u0337\u0338a", "Z\u0334\u0335a"),
        ("A\U000e0041nn", "Ann"),
        ("\ud800Ann", "Ann"),
    ],
)
def test_a_name_is_cleaned(name: str, shown: str) -> None:
    assert relay_form(name, ME, ["Bob"]) == shown


@pytest.mark.parametrize("name", [None, "", "  ", "\u3164", "\u2800\u200b", "...", "<>", "\u0301", "@"])
def test_without_a_usable_name_the_user_id_is_shown(name: str | None) -> None:
    assert relay_form(name, ME, []) == ME


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "ann",
        "ANN",
        " A n n ",
        "Аnn",  # Cyrillic A
        "Αnn",  # Greek Alpha
        "Ａｎｎ",
        "𝐀𝐧𝐧",
        "Ánn",
        "An\u200bn",
        "A_n.n",
        "Ⓐⓝⓝ",
    ],
)
def test_a_name_that_passes_for_another_one_gets_the_user_id(name: str) -> None:
    assert relay_form(name, ME, ["Bob", "Ann"]).endswith(f" ({ME})")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "раураl"),
        ("bill", "bi11"),
        ("Ivan", "lvan"),
        ("root", "r00t"),
        ("modern", "modem"),
        ("HOME", "ΗΟΜΕ"),
        ("scope", "ѕсоре"),
        ("straße", "strasse"),
        ("file", "ﬁle"),
        ("x|", "xl"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Bob"), ("ann1", "ann2"), ("王", "玉"), ("🦊", "🐻")])
def test_names_that_differ_have_two_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    "name",
    [
        "@ann:example.org",
        "Ann (@ann:example.org)",
        "Ann (＠ann：example.org)",
        "Ann @\u202eann\u200b:x",
        "@a꞉b",
    ],
)
def test_a_name_that_holds_a_user_id_is_not_shown(name: str) -> None:
    assert relay_form(name, ME, []) == ME


def test_a_user_id_shows_foreign_letters_as_bytes() -> None:
    assert show_user_id("@аnn:example.org") == "@%d0%b0nn:example.org"


def test_long_user_ids_that_begin_alike_are_shown_differently() -> None:
    long = "@" + "a" * 200
    assert show_user_id(long + ":one.example") != show_user_id(long + ":two.example")


@given(names, user_ids, st.lists(names, max_size=4))
def test_a_form_fits_on_a_line_between_angles(name: str, user_id: str, others: list[str]) -> None:
    form = relay_form(name, user_id, others)
    assert form.strip() == form != ""
    assert not set("<>\r\n\0\x02\x03") & set(form)
    assert not {unicodedata.category(letter) for letter in form} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(names, user_ids, st.lists(names, max_size=4))
def test_a_form_has_a_bound(name: str, user_id: str, others: list[str]) -> None:
    form = relay_form(name, user_id, others)
    assert len(regex.findall(r"\X", form)) <= MAX_NAME_GRAPHEMES + MAX_USER_ID_CHARS + 3
    assert len(form.encode()) <= MAX_NAME_BYTES + MAX_USER_ID_CHARS + 3


@given(names, names, user_ids, user_ids)
def test_two_people_are_never_shown_alike(one: str, other: str, one_id: str, other_id: str) -> None:
    assume(one_id != other_id)
    assert relay_form(one, one_id, [other]) != relay_form(other, other_id, [one])


@given(names, user_ids, names)
def test_a_form_without_a_user_id_looks_like_nobody_else(name: str, user_id: str, nick: str) -> None:
    form = relay_form(name, user_id, [nick])
    assert form.endswith((show_user_id(user_id), f"({show_user_id(user_id)})")) or skeleton(form) != skeleton(
        nick
    )


@given(names)
def test_cleaning_twice_changes_nothing(name: str) -> None:
    assert clean_name(clean_name(name)) == clean_name(name)


def test_of_a_name_as_long_as_an_event_only_the_beginning_is_kept_in_memory() -> None:
    """A stranger who changed a name of 60 kB again and again filled the memory with names."""
    relay_names._skeletons.cache_clear()
    for ending in ("a", "b", "c"):
        relay_form("Ann", "@ann:example.org", ["x" * 60_000 + ending])
    assert relay_names._skeletons.cache_info().currsize == 1
