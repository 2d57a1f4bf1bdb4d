"""A document as lines: the layout that every medium without blocks shares.

A network that writes bold or colours in its own way takes ``layout`` and renders each line's inline nodes;
one that shows bare text takes ``plain.to_lines``.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

from attrs import evolve, frozen

from bridge.model.markup import (
    Block,
    Break,
    CodeBlock,
    Document,
    Heading,
    Inline,
    Items,
    Paragraph,
    Quote,
    Rule,
    Style,
    Styled,
    Text,
)

RULE = "⸻"


@frozen
class Line:
    """One line. ``prefix`` is what stands before it (quote marks, bullets, numbers, indents)."""

    prefix: str = ""
    children: tuple[Inline, ...] = ()
    code: str | None = None
    """The language of the code block whose line this is ("" for unknown); None outside of code blocks."""

    @property
    def blank(self) -> bool:
        return not self.children and not self.prefix


def layout(document: Document) -> list[Line]:
    """The lines of a document; a blank one between two blocks. No line's nodes hold a ``Break``."""
    return _blocks(document.blocks, spaced=True)


def _blocks(blocks: Sequence[Block], *, spaced: bool) -> list[Line]:
    lines: list[Line] = []
    for number, block in enumerate(blocks):
        if number and spaced:
            lines.append(Line())
        lines.extend(_block(block))
    return lines


def _block(block: Block) -> Iterable[Line]:
    match block:
        case Paragraph(children):
            return [Line(children=line) for line in split_at_breaks(children)]
        case Heading(_, children):
            lines = split_at_breaks(children)
            return [Line(children=(Styled(Style.BOLD, line),) if line else ()) for line in lines]
        case CodeBlock(text, language):
            rows = text.split("\n")
            return [Line(children=(Text(row),) if row else (), code=language) for row in rows]
        case Quote(blocks):
            return [evolve(line, prefix="> " + line.prefix) for line in _blocks(blocks, spaced=True)]
        case Items(items, first):
            return _items(items, first)
        case Rule():
            return [Line(children=(Text(RULE),))]
        case _:
            assert_never(block)


def _items(items: Sequence[Sequence[Block]], first: int | None) -> Iterable[Line]:
    for number, item in enumerate(items):
        mark = "• " if first is None else f"{first + number}. "
        for index, line in enumerate(_blocks(item, spaced=False) or [Line()]):
            yield evolve(line, prefix=(" " * len(mark) if index else mark) + line.prefix)


def split_at_breaks(nodes: Sequence[Inline]) -> list[tuple[Inline, ...]]:
    """The lines of a row of nodes; a format that spans a line end is repeated on each line."""
    lines: list[list[Inline]] = [[]]
    for node in nodes:
        if isinstance(node, Break):
            lines.append([])
        elif isinstance(node, Text):
            if node.text:
                lines[-1].append(node)
        else:
            for number, part in enumerate(split_at_breaks(node.children)):
                if number:
                    lines.append([])
                if part or not node.children:
                    lines[-1].append(evolve(node, children=part))
    return [tuple(line) for line in lines]
