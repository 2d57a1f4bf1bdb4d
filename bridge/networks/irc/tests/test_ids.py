"""IDs and slugs of IRC chats and people."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.model.errors import InvalidInput
from bridge.model.ids import ChatID, RemoteUserID
from bridge.networks.irc.ids import (
    MAX_GHOST_SLUG,
    make_chat_id,
    make_chat_slug,
    make_ghost_slug,
    make_user_id,
    parse_chat_slug,
    parse_chat_text,
)

channels = st.builds(
    lambda sign, rest: sign + rest, st.sampled_from("#&+!"), st.text(min_size=0, max_size=20)
)


@pytest.mark.parametrize(
    ("chat", "slug"),
    [
        ("#python", "python"),
        ("##c", "#c"),
        ("#", "=23"),
        ("&local", "=26local"),
        ("+modeless", "=2bmodeless"),
        ("#+plus", "+plus"),
        ("#=26local", "=3d26local"),
        ("#中", "=e4=b8=ad"),
        ("#a[b]", "a=5bb=5d"),
    ],
)
def test_a_channel_and_its_slug_belong_together(chat: str, slug: str) -> None:
    assert make_chat_slug(ChatID(chat)) == slug
    assert parse_chat_slug(slug) == chat


@pytest.mark.parametrize("typed", ["python", "#python", "#PYTHON", "  #Python "])
def test_people_may_write_a_channel_in_several_ways(typed: str) -> None:
    assert parse_chat_text(typed) == "#python"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "#a b",
        "#a,b",
        "#a\rQUIT",
        "#a\nQUIT",
        "#a\0",
        "#a\x07",
        "#a\x85",
        "#\ud800",
        "#" + "x" * 200,
        "#" + "中" * 60,
    ],
)
def test_what_is_no_channel_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        parse_chat_text(typed)


@pytest.mark.parametrize("slug", ["", "=", "=2", "=zz", "=ff", "=61", "a b", "中", "=-bob", "=0d", "x" * 181])
def test_a_slug_that_we_would_not_write_is_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        parse_chat_slug(slug)


def test_a_channel_whose_name_goes_on_with_a_sign_is_not_taken_for_another() -> None:
    """Both had the slug ``=26``, so the alias of one led to the other."""
    assert make_chat_slug(ChatID("#&")) != make_chat_slug(ChatID("&"))
    assert parse_chat_slug(make_chat_slug(ChatID("#&"))) == "#&"


@given(channels)
def test_every_channel_comes_back_from_its_slug(name: str) -> None:
    try:
        chat = parse_chat_text(name)
    except InvalidInput:
        assume(False)
        raise
    assert parse_chat_slug(make_chat_slug(chat)) == chat


@given(st.text(max_size=80), st.text(max_size=80))
def test_different_people_have_different_slugs(one: str, other: str) -> None:
    assume(one != other)
    assert make_ghost_slug(RemoteUserID(one)) != make_ghost_slug(RemoteUserID(other))


@given(st.text(max_size=200))
def test_a_ghost_slug_is_short_and_of_allowed_signs(user: str) -> None:
    slug = make_ghost_slug(RemoteUserID(user))
    assert 0 < len(slug) <= MAX_GHOST_SLUG
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789._=/+-")


def test_nicks_are_folded_by_ascii_alone() -> None:
    assert make_user_id("Bob[]") == "bob[]"
    assert make_user_id("Bob{}") != make_user_id("Bob[]")


def test_a_server_name_makes_no_chat_with_line_ends() -> None:
    with pytest.raises(InvalidInput):
        make_chat_id("#a\r\nQUIT")
