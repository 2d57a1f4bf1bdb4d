"""The pages that people read, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

ROOT: Final = Path(__file__).parents[2]

_FENCE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_INLINE: Final = re.compile(r"`[^`\n]+`")
_HEADING: Final = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")
_COMMENT: Final = re.compile(r"(?:^|\s)#\s.*$")


@frozen
class Block:
    """Fenced text: where it stands, its language, and what is in it."""

    page: str
    language: str
    text: str


def pages() -> list[Path]:
    """Every Markdown page of the project."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docker").glob("*.md")]
    return sorted([*found, *(ROOT / "bridge").rglob("README.md")])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(*languages: str) -> list[Block]:
    """The fenced texts of all pages in these languages."""
    return [
        Block(name_of(page), language, text)
        for page in pages()
        for _, language, text in _FENCE.findall(page.read_text("utf-8"))
        if language in languages
    ]


def shell_lines(block: Block) -> Iterator[str]:
    """The commands of a block: continued lines joined, comments left out."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if command := _COMMENT.sub("", line).strip():
            yield command


def links(page: Path) -> list[str]:
    """What the links of a page lead to, as written; those in code are none."""
    text = _INLINE.sub("", _FENCE.sub("", page.read_text("utf-8")))
    return _LINK.findall(text)


def anchors(page: Path) -> set[str]:
    """What may stand behind ``#`` in a link to the page, as the usual renderers make it."""
    headings = _HEADING.findall(_FENCE.sub("", page.read_text("utf-8")))
    return {_NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-") for heading in headings}
