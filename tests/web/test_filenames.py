"""A filename from a stranger is harmless in a link, a header and on a disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.web.filenames import MAX_BYTES, disposition, safe_filename


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cat.png", "cat.png"),
        ("my cat (1).png", "my_cat__1_.png"),
        ("照片.jpg", "照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\win.ini", "win.ini"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (".bashrc", "bashrc"),
        ("a.png/..", "a.png"),
        ("a\r\nSet-Cookie: b.png", "aSet-Cookie__b.png"),
        ('a"b<script>.html', "a_b_script_.html"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\ud800b.png", "a_b.png"),
        ("a.tar.gz", "a.tar.gz"),
        ("e\u0301.txt", "\u00e9.txt"),
    ],
)
def test_a_name_keeps_what_is_harmless(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


def test_a_name_without_an_extension_gets_that_of_its_type() -> None:
    assert safe_filename("image", "image/jpeg") == "image.jpg"
    assert safe_filename("page", "text/html") == "page"


def test_a_long_name_is_cut_before_its_extension() -> None:
    assert safe_filename("x" * 500 + ".png") == "x" * (MAX_BYTES - 4) + ".png"


def test_an_extension_without_end_is_none() -> None:
    assert safe_filename("a." + "x" * 500) == "a." + "x" * (MAX_BYTES - 2)


@given(st.text())
def test_every_name_is_short_and_without_signs_of_meaning(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe.encode()) <= MAX_BYTES
    assert not set(safe) & set("/\\\r\n\0\"'<>%?#& ;")
    assert not safe.startswith(".")


@given(st.text())
def test_every_header_is_of_plain_signs_on_one_line(name: str) -> None:
    header = disposition("attachment", safe_filename(name))
    assert header.isascii()
    assert header.isprintable()


def test_a_header_holds_both_forms_of_a_name() -> None:
    assert disposition("inline", "猫.png") == "inline; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png"
