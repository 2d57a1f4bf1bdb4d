"""The tree as bare text: the ``body`` of a Matrix message, lines for networks, excerpts for replies."""

from collections.abc import Mapping, Sequence
from typing import assert_never

import regex

from bridge.model.markup import (
    Break,
    Coloured,
    Document,
    Inline,
    Link,
    Mention,
    Quote,
    Style,
    Styled,
    Text,
)
from bridge.text.characters import wash_line
from bridge.text.lines import Line, layout

Marks = Mapping[Style, str]
"""What stands before and after a run of a style; a style without an entry is not marked."""

MARKDOWN: Marks = {
    Style.BOLD: "**",
    Style.ITALIC: "_",
    Style.STRIKE: "~~",
    Style.CODE: "`",
    Style.SPOILER: "||",
}
BARE: Marks = {}

_HIDDEN = "███"
_ELLIPSIS = "…"
_GRAPHEME = regex.compile(r"\X")


def to_plain(document: Document) -> str:
    """The ``body`` of a Matrix message, with Markdown's marks. Plain text comes out as it went in."""
    rows: list[str] = []
    before = Line()
    for line in [*layout(document), Line()]:
        if line.code != before.code:
            if before.code is not None:
                rows.append(before.prefix + "```")
            if line.code is not None:
                rows.append(line.prefix + "```" + line.code)
        rows.append(_row(line, MARKDOWN))
        before = line
    return "\n".join(rows[:-1])


def to_lines(document: Document, marks: Marks = MARKDOWN) -> list[str]:
    """The lines that hold something, for a network that shows bare text."""
    rows = [_row(line, marks) for line in layout(document) if not line.blank]
    return [row for row in rows if row.strip()]


def inline_text(nodes: Sequence[Inline], marks: Marks = BARE) -> str:
    """Inline nodes as bare text."""
    return "".join(_node(node, marks) for node in nodes)


def excerpt(document: Document, limit: int = 80) -> str:
    """The beginning of a text on one line, at most ``limit`` characters as people count them.

    Quotes are left out where there is something else; what a spoiler hides stays hidden.
    """
    own = Document(tuple(block for block in document.blocks if not isinstance(block, Quote)))
    lines = layout(own) or layout(document)
    words = wash_line(" ".join(line.prefix + inline_text(_hide(line.children)) for line in lines))
    return shorten(words, limit)


def shorten(text: str, limit: int) -> str:
    """Text of at most ``limit`` grapheme clusters, its end replaced by an ellipsis when it is cut."""
    if len(text) <= limit:
        return text
    ends = [found.end() for _, found in zip(range(limit + 1), _GRAPHEME.finditer(text), strict=False)]
    if len(ends) <= limit:
        return text
    return text[: ends[limit - 2] if limit > 1 else 0].rstrip() + _ELLIPSIS


def _row(line: Line, marks: Marks) -> str:
    return line.prefix + inline_text(line.children, marks)


def _node(node: Inline, marks: Marks) -> str:
    match node:
        case Text(text):
            return text
        case Break():
            return "\n"
        case Styled(style, children):
            mark = marks.get(style, "")
            inner = inline_text(children, {} if style is Style.CODE else marks)
            return f"{mark}{inner}{mark}" if inner else ""
        case Coloured(_, _, children):
            return inline_text(children, marks)
        case Link(href, children):
            return _link(href, inline_text(children, marks), marks)
        case Mention(user_id, children):
            return inline_text(children) or user_id
        case _:
            assert_never(node)


def _link(href: str, shown: str, marks: Marks) -> str:
    if not shown or shown in (href, href.partition(":")[2].removeprefix("//").rstrip("/")):
        return href
    return f"[{shown}]({href})" if marks else f"{shown} ({href})"


def _hide(nodes: Sequence[Inline]) -> tuple[Inline, ...]:
    hidden: list[Inline] = []
    for node in nodes:
        match node:
            case Styled(Style.SPOILER, _):
                hidden.append(Text(_HIDDEN))
            case Styled(style, children):
                hidden.append(Styled(style, _hide(children)))
            case Coloured(_, _, children) | Link(_, children):
                hidden.extend(_hide(children))
            case _:
                hidden.append(node)
    return tuple(hidden)
