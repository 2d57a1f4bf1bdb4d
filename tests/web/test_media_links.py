"""Only we make links, and each of them opens one file for a time."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core import ports
from bridge.model.ids import MxcURI
from bridge.web.media_links import ExpiredLink, MediaLinks, UnknownLink
from tests.web.fakes import DAY_S, KEY, MXC, PUBLIC, HandClock


def make(url: str | None = PUBLIC, *, key: bytes = KEY, clock: HandClock | None = None) -> MediaLinks:
    return MediaLinks(url, key, lifetime_s=30 * DAY_S, clock=clock or HandClock())


def parts_of(link: str | None) -> tuple[str, str, str, str]:
    assert link is not None
    server, media_id, ticket, name = link.removeprefix(f"{PUBLIC}/media/v1/").split("/")
    return unquote(server), unquote(media_id), unquote(ticket), unquote(name)


def test_links_are_what_the_core_asks_for() -> None:
    fits: ports.MediaLinks = make()
    assert fits.link(MXC, "cat.png", "image/png") is not None


def test_a_link_says_what_it_opens() -> None:
    opened = make().check(*parts_of(make().link(MXC, "cat.png", "image/png")))
    assert (opened.mxc, opened.filename, opened.left_s) == (MXC, "cat.png", 30 * DAY_S)


def test_without_a_public_address_there_is_no_link() -> None:
    assert make(None).link(MXC, "cat.png", None) is None


def test_a_public_address_may_have_a_path() -> None:
    link = make("https://example.org/bridge").link(MXC, "cat.png", None)
    assert link is not None
    assert link.startswith("https://example.org/bridge/media/v1/example.org/abc_DEF-1/")


@pytest.mark.parametrize(
    "mxc",
    [
        "https://example.org/x",
        "mxc://example.org",
        "mxc://example.org/..",
        "mxc://../x",
        "mxc://a/b/c",
        "mxc://a/b?c",
    ],
)
def test_what_is_no_address_of_a_file_gets_no_link(mxc: str) -> None:
    assert make().link(MxcURI(mxc), "cat.png", None) is None


def test_a_server_that_is_an_address_of_version_6_is_escaped() -> None:
    link = make().link(MxcURI("mxc://[2001:db8::1]:8448/abc"), "cat.png", None)
    assert link is not None
    assert "/%5B2001:db8::1%5D:8448/" in link
    assert make().check(*parts_of(link)).mxc == "mxc://[2001:db8::1]:8448/abc"


@pytest.mark.parametrize("place", range(4))
def test_a_link_with_any_part_of_another_one_is_unknown(place: int) -> None:
    parts = list(parts_of(make().link(MXC, "cat.png", None)))
    clock = HandClock()
    clock.turn(1)
    other = parts_of(make(clock=clock).link(MxcURI("mxc://example.com/other"), "dog.png", None))
    parts[place] = other[place]
    with pytest.raises(UnknownLink):
        make().check(*parts)


def test_a_link_with_a_later_expiry_is_unknown() -> None:
    server, media_id, ticket, name = parts_of(make().link(MXC, "cat.png", None))
    expiry, _, signature = ticket.partition(".")
    with pytest.raises(UnknownLink):
        make().check(server, media_id, f"{int(expiry) + 1}.{signature}", name)


def test_a_link_of_another_key_is_unknown() -> None:
    parts = parts_of(make(key=b"x" * 32).link(MXC, "cat.png", None))
    with pytest.raises(UnknownLink):
        make().check(*parts)


def test_a_link_expires() -> None:
    clock = HandClock()
    links = make(clock=clock)
    parts = parts_of(links.link(MXC, "cat.png", None))
    clock.turn(30 * DAY_S - 1)
    assert links.check(*parts).left_s == 1
    clock.turn(1)
    with pytest.raises(ExpiredLink):
        links.check(*parts)


def test_a_forged_link_does_not_tell_that_it_is_too_old() -> None:
    server, media_id, ticket, name = parts_of(make().link(MXC, "cat.png", None))
    with pytest.raises(UnknownLink):
        make().check(server, media_id, f"1{ticket[ticket.index('.') :]}", name)


def test_a_key_that_is_too_short_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        make(key=b"short")


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_makes_the_check_crash(server: str, media_id: str, ticket: str, name: str) -> None:
    with pytest.raises(UnknownLink):
        make().check(server, media_id, ticket, name)


@given(st.text())
def test_any_signature_is_compared(name: str) -> None:
    with pytest.raises(UnknownLink):
        make().check("example.org", "abc", f"1893456000.{'A' * 22}", name)


@given(st.text(), st.sampled_from(["image/png", "text/html", None]))
def test_every_filename_comes_back_from_its_link(name: str, mime_type: str | None) -> None:
    link = make().link(MXC, name, mime_type)
    assert link is not None
    assert link.isascii()
    assert make().check(*parts_of(link)).mxc == MXC
