"""Links between pages lead somewhere, and pages name nothing that a reader does not have."""

import re
from pathlib import Path

import pytest

from tests.docs.texts import ROOT, anchors, links, name_of, pages

_ELSEWHERE = ("http://", "https://", "mailto:")
_PAGE_NAME = re.compile(r"\b[A-Za-z][\w.-]*\.md\b")
_FOLDERS_OF_A_READER = re.compile(r"(?<![\w.:/-])/(?:home/(?!me/)|root/|work/|tmp/)\S*")


def _inside() -> list[tuple[Path, str]]:
    return [(page, link) for page in pages() for link in links(page) if not link.startswith(_ELSEWHERE)]


def _is_whole(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(target)


def test_links_between_pages_lead_somewhere() -> None:
    assert {f"{name_of(page)}: {link}" for page, link in _inside() if not _is_whole(page, link)} == set()


def test_every_page_of_the_shelves_can_be_reached_from_the_list_of_pages() -> None:
    start = ROOT / "docs" / "README.md"
    decisions = ROOT / "docs" / "decisions" / "README.md"
    listed = {(page.parent / link).resolve() for page in (start, decisions) for link in links(page)}
    shelves = {page for page in pages() if page.is_relative_to(ROOT / "docs")} - {start}
    assert {name_of(page) for page in shelves - listed} == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_names_only_pages_that_are_there(page: Path) -> None:
    known = {each.name for each in pages()}
    assert set(_PAGE_NAME.findall(page.read_text("utf-8"))) - known == set()


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_names_no_folder_of_its_author(page: Path) -> None:
    assert _FOLDERS_OF_A_READER.findall(page.read_text("utf-8")) == []
