"""The tree to Matrix's HTML.

Spec: https://spec.matrix.org/v1.11/client-server-api/#mroommessage-msgtypes
"""

import re
from collections.abc import Sequence
from html import escape
from typing import assert_never

from bridge.model.markup import (
    Block,
    Break,
    CodeBlock,
    Coloured,
    Document,
    Heading,
    Inline,
    Items,
    Link,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Style,
    Styled,
    Text,
)
from bridge.text.characters import wash, wash_line
from bridge.text.links import safe_href, user_link
from bridge.text.tags import wash_written

_STYLE_TAGS = {
    Style.BOLD: ("<strong>", "</strong>"),
    Style.ITALIC: ("<em>", "</em>"),
    Style.UNDERLINE: ("<u>", "</u>"),
    Style.STRIKE: ("<del>", "</del>"),
    Style.CODE: ("<code>", "</code>"),
    Style.SPOILER: ('<span data-mx-spoiler="">', "</span>"),
}
# A browser shows many spaces as one; drawings made of letters live by theirs.
_WIDE_GAP = re.compile(r"^ +|  +| +$", re.MULTILINE)


def to_html(document: Document) -> str | None:
    """The ``formatted_body`` of a document, or None when the plain ``body`` says all there is."""
    if _is_plain(document):
        return None
    return wash_written(_blocks(document.blocks))


def _is_plain(document: Document) -> bool:
    return all(
        isinstance(block, Paragraph) and all(_is_plain_node(node) for node in block.children)
        for block in document.blocks
    )


def _is_plain_node(node: Inline) -> bool:
    match node:
        case Text() | Break():
            return True
        case Link(href, (Text(text),)):
            return href == text  # clients make a link of it by themselves
        case _:
            return False


def _blocks(blocks: Sequence[Block]) -> str:
    bare = sum(isinstance(block, Paragraph) for block in blocks) == 1
    return "".join(_block(block, bare=bare) for block in blocks)


def _block(block: Block, *, bare: bool) -> str:
    match block:
        case Paragraph(children):
            return _inline(children) if bare else f"<p>{_inline(children)}</p>"
        case CodeBlock(text, language):
            kind = f' class="language-{_value(language)}"' if language else ""
            return f"<pre><code{kind}>{_escape(text)}\n</code></pre>"
        case Quote(blocks):
            return f"<blockquote>{_blocks(blocks)}</blockquote>"
        case Heading(level, children):
            level = max(1, min(level, 6))
            return f"<h{level}>{_inline(children)}</h{level}>"
        case Items(items, first):
            inner = "".join(f"<li>{_blocks(item)}</li>" for item in items)
            if first is None:
                return f"<ul>{inner}</ul>"
            start = "" if first == 1 else f' start="{first}"'
            return f"<ol{start}>{inner}</ol>"
        case Rule():
            return "<hr>"
        case _:
            assert_never(block)


def _inline(nodes: Sequence[Inline]) -> str:
    return "".join(_node(node) for node in nodes)


def _node(node: Inline) -> str:
    match node:
        case Text(text):
            return _escape(_WIDE_GAP.sub(_keep_gap, text.replace("\n", " ")))
        case Break():
            return "<br>"
        case Styled(style, children):
            before, after = _STYLE_TAGS[style]
            return f"{before}{_inline(children)}{after}"
        case Coloured(foreground, background, children):
            return _coloured(foreground, background, _inline(children))
        case Link(href, children):
            safe = safe_href(href)
            shown = _inline(children)
            return f'<a href="{_value(safe)}">{shown or _escape(safe)}</a>' if safe else shown
        case Mention(user_id, children):
            return f'<a href="{_value(user_link(user_id))}">{_inline(children) or _escape(user_id)}</a>'
        case _:
            assert_never(node)


def _coloured(foreground: str | None, background: str | None, shown: str) -> str:
    colours = {"data-mx-color": foreground, "data-mx-bg-color": background}
    said = "".join(f' {name}="{_value(value)}"' for name, value in colours.items() if value)
    return f"<span{said}>{shown}</span>" if said else shown


def _keep_gap(found: re.Match[str]) -> str:
    length = len(found[0])
    if length == 1:
        # At the edge of a run: inside a line it is an ordinary space between two formats.
        return " "
    return "\u00a0" * (length - 1) + " "


def _escape(text: str) -> str:
    return escape(wash(text), quote=False)


def _value(attribute: str) -> str:
    return escape(wash_line(attribute))
