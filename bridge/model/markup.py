"""Marked-up text as a tree that knows neither HTML nor any network's codes.

A ``Document`` is a tuple of blocks; blocks hold inline nodes. Whoever builds a tree keeps it no deeper
than ``MAX_DEPTH``; whoever walks one may rely on that, so plain recursion is safe.
"""

from enum import Enum
from typing import TypeAlias

from attrs import frozen

from bridge.model.ids import UserID

MAX_DEPTH = 32
"""Deepest nesting of nodes; builders flatten what is deeper."""


class Style(Enum):
    """How a run of text looks."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    CODE = "code"
    SPOILER = "spoiler"


@frozen
class Text:
    """Plain characters; holds no line end (see ``Break``)."""

    text: str


@frozen
class Break:
    """A line end inside a paragraph."""


@frozen
class Styled:
    style: Style
    children: tuple["Inline", ...]


@frozen
class Coloured:
    """Text in a colour; each colour is ``#rrggbb`` in lower case, or None for unchanged."""

    foreground: str | None
    background: str | None
    children: tuple["Inline", ...]


@frozen
class Link:
    href: str
    children: tuple["Inline", ...]


@frozen
class Mention:
    """A pill: stands for a Matrix user; the children are what is shown."""

    user_id: UserID
    children: tuple["Inline", ...]


Inline: TypeAlias = Text | Break | Styled | Coloured | Link | Mention


@frozen
class Paragraph:
    children: tuple[Inline, ...]


@frozen
class CodeBlock:
    """Verbatim text; may hold line ends."""

    text: str
    language: str = ""


@frozen
class Quote:
    blocks: tuple["Block", ...]


@frozen
class Heading:
    level: int
    children: tuple[Inline, ...]


@frozen
class Items:
    """A list; ``first`` is the first number of an ordered one, None for bullets."""

    items: tuple[tuple["Block", ...], ...]
    first: int | None = None


@frozen
class Rule:
    """A horizontal line."""


Block: TypeAlias = Paragraph | CodeBlock | Quote | Heading | Items | Rule


@frozen
class Document:
    """A whole marked-up text."""

    blocks: tuple[Block, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Document":
        """Plain text as a document: one paragraph, line ends as breaks."""
        children: list[Inline] = []
        for number, line in enumerate(text.split("\n")):
            if number:
                children.append(Break())
            if line:
                children.append(Text(line))
        return cls((Paragraph(tuple(children)),) if children else ())
