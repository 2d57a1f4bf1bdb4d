"""Matrix's HTML to the tree: bounded, without recursion, and never raising.

Theory: ``tags.wash_read`` makes balanced HTML of known tags out of anything. A walker goes over its tags
once. It keeps a stack of containers (the document, quotes, lists, items), the wraps in force, and the
runs of the paragraph in the making; a block tag ends the paragraph, whatever formats are open.

Spec: https://spec.matrix.org/v1.11/client-server-api/#mroommessage-msgtypes
"""

import re
from enum import Enum
from html import unescape
from html.parser import HTMLParser

from attrs import define, field

from bridge.model.markup import (
    Block,
    Break,
    CodeBlock,
    Coloured,
    Document,
    Heading,
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
from bridge.text.links import mentioned_user, safe_href
from bridge.text.runs import MAX_WRAPS, Run, Wrap, collapse, nest
from bridge.text.tags import wash_read

MAX_HTML_CHARS = 65_536
"""An event is at most 64 KiB; what is longer did not come in one and is cut."""
MAX_TAGS = 4_000
"""Washing deeply nested lists takes time by the square of their depth (0.6 s for 16,000 tags), so that a
text with more tags is read without its formats."""
MAX_CONTAINERS = 16
"""Quotes and lists in one another; together with ``MAX_WRAPS`` this stays below ``markup.MAX_DEPTH``."""
_MAX_LANGUAGE_CHARS = 40
_MAX_NUMBER = 999_999_999

_STYLES = {
    "b": Style.BOLD, "strong": Style.BOLD, "th": Style.BOLD,
    "i": Style.ITALIC, "em": Style.ITALIC, "cite": Style.ITALIC,
    "u": Style.UNDERLINE, "ins": Style.UNDERLINE,
    "s": Style.STRIKE, "del": Style.STRIKE, "strike": Style.STRIKE,
    "code": Style.CODE, "tt": Style.CODE, "kbd": Style.CODE, "samp": Style.CODE,
}  # fmt: skip
_INLINE = {"a", "font", "img", "mark", "span", "sub", "sup"}
_TABLE_PARTS = {"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_COLOUR = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})")
_TAG = re.compile(r"<[^<>]*>")


def from_html(html: str) -> Document:
    """The tree of a ``formatted_body``. Takes any text; the quoted fallback of a reply is left out."""
    html = wash(html[:MAX_HTML_CHARS])
    if html.count("<") > MAX_TAGS:
        return Document.of(wash(unescape(_TAG.sub(" ", html))).strip())
    walker = _Walker()
    walker.feed(wash_read(html))
    walker.close()
    return walker.document()


class _Kind(Enum):
    BLOCKS = "blocks"
    QUOTE = "quote"
    LIST = "list"
    ITEM = "item"


@define
class _Container:
    kind: _Kind
    blocks: list[Block] = field(factory=list)
    items: list[tuple[Block, ...]] = field(factory=list)
    first: int | None = None
    heading: int = 0

    def add(self, block: Block) -> None:
        if self.kind is _Kind.LIST:
            self.items.append((block,))
        else:
            self.blocks.append(block)


class _Undo(Enum):
    """What the end of a tag takes back."""

    NOTHING = "nothing"
    WRAP = "wrap"
    CONTAINER = "container"
    BLOCK = "block"
    VERBATIM = "verbatim"
    TABLE = "table"
    SPACE = "space"


class _Walker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, _Undo]] = []
        self._containers = [_Container(_Kind.BLOCKS)]
        self._wraps: list[Wrap] = []
        self._runs: list[Run] = []
        self._verbatim: list[str] | None = None
        self._language = ""
        self._tables = 0
        self._cells = 0

    def document(self) -> Document:
        while self._open:
            self.handle_endtag(self._open[-1][0])
        self._end_paragraph()
        return Document(tuple(self._containers[0].blocks))

    # ------------------------------------------------------------ what the parser calls

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: wash_line(value or "") for name, value in attrs}
        match tag:
            case "br":
                self._break()
            case "hr":
                self._end_paragraph()
                self._containers[-1].add(Rule())
            case "img":
                self._say(values.get("alt") or values.get("title") or "")
            case _:
                self._open.append((tag, self._start(tag, values)))

    def handle_endtag(self, tag: str) -> None:
        # The wash has balanced the tags; an end without its start can only be one of a void tag.
        if self._open and self._open[-1][0] == tag:
            self._undo(self._open.pop()[1])

    def handle_data(self, data: str) -> None:
        self._say(wash(data))

    # ------------------------------------------------------------ the tags

    def _start(self, tag: str, values: dict[str, str]) -> _Undo:
        if self._verbatim is not None:
            if tag == "code":
                self._language = self._language or _language(values.get("class", ""))
            return _Undo.NOTHING
        if tag in _TABLE_PARTS:
            return self._start_table_part(tag)
        if tag in _STYLES or tag in _INLINE:
            return self._start_inline(tag, values)
        if self._tables:
            self._say(" ")
            return _Undo.SPACE
        return self._start_block(tag, values)

    def _start_inline(self, tag: str, values: dict[str, str]) -> _Undo:
        match tag:
            case "a":
                return self._wrap(self._link(values.get("href", "")))
            case "sup" | "sub":
                self._say("^" if tag == "sup" else "_")
                return _Undo.NOTHING
            case "mark":
                return _Undo.NOTHING
            case "span" if "data-mx-spoiler" in values:
                if values["data-mx-spoiler"]:
                    self._say(f"({values['data-mx-spoiler']}) ")
                return self._wrap(Styled(Style.SPOILER, ()))
            case "span" | "font":
                return self._wrap(_coloured(values))
            case _:
                return self._wrap(Styled(_STYLES[tag], ()))

    def _start_table_part(self, tag: str) -> _Undo:
        match tag:
            case "table":
                if not self._tables:
                    self._end_paragraph()
                self._tables += 1
                return _Undo.TABLE
            case "tr":
                self._break()
                self._cells = 0
            case "td" | "th":
                if self._cells:
                    self._say(" | ")
                self._cells += 1
                return self._wrap(Styled(Style.BOLD, ())) if tag == "th" else _Undo.NOTHING
        return _Undo.NOTHING

    def _start_block(self, tag: str, values: dict[str, str]) -> _Undo:
        self._end_paragraph()
        match tag:
            case "blockquote":
                return self._enter(_Container(_Kind.QUOTE))
            case "ul":
                return self._enter(_Container(_Kind.LIST))
            case "ol":
                return self._enter(_Container(_Kind.LIST, first=_number(values.get("start", ""))))
            case "li" if self._containers[-1].kind is _Kind.LIST:
                self._containers.append(_Container(_Kind.ITEM))
                return _Undo.CONTAINER
            case "pre":
                self._verbatim = []
                self._language = ""
                return _Undo.VERBATIM
        self._containers[-1].heading = _HEADINGS.get(tag, 0)
        return _Undo.BLOCK

    def _undo(self, undo: _Undo) -> None:
        match undo:
            case _Undo.WRAP:
                self._wraps.pop()
            case _Undo.SPACE:
                self._say(" ")
            case _Undo.TABLE:
                self._tables -= 1
                if not self._tables:
                    self._end_paragraph()
            case _Undo.BLOCK:
                self._end_paragraph()
                self._containers[-1].heading = 0
            case _Undo.VERBATIM:
                self._end_verbatim()
            case _Undo.CONTAINER:
                self._leave()

    # ------------------------------------------------------------ the steps

    def _say(self, text: str) -> None:
        if self._verbatim is not None:
            self._verbatim.append(text)
        elif text:
            self._runs.append(Run(Text(text), tuple(self._wraps)))

    def _break(self) -> None:
        if self._verbatim is not None:
            self._verbatim.append("\n")
        else:
            self._runs.append(Run(Break(), tuple(self._wraps)))

    def _wrap(self, wrap: Wrap | None) -> _Undo:
        if wrap is None or wrap in self._wraps or len(self._wraps) >= MAX_WRAPS:
            return _Undo.NOTHING
        self._wraps.append(wrap)
        return _Undo.WRAP

    def _link(self, address: str) -> Wrap | None:
        href = safe_href(address)
        if href is None or any(isinstance(wrap, Link | Mention) for wrap in self._wraps):
            return None
        user_id = mentioned_user(href)
        return Mention(user_id, ()) if user_id else Link(href, ())

    def _enter(self, container: _Container) -> _Undo:
        levels = sum(open_one.kind in (_Kind.QUOTE, _Kind.LIST) for open_one in self._containers)
        if levels >= MAX_CONTAINERS:
            return _Undo.BLOCK
        self._containers.append(container)
        return _Undo.CONTAINER

    def _leave(self) -> None:
        self._end_paragraph()
        done = self._containers.pop()
        around = self._containers[-1]
        match done.kind:
            case _Kind.QUOTE if done.blocks:
                around.add(Quote(tuple(done.blocks)))
            case _Kind.LIST if done.items:
                around.add(Items(tuple(done.items), done.first))
            case _Kind.ITEM:
                around.items.append(tuple(done.blocks))

    def _end_paragraph(self) -> None:
        children = nest(collapse(self._runs))
        self._runs.clear()
        if not children:
            return
        around = self._containers[-1]
        around.add(Heading(around.heading, children) if around.heading else Paragraph(children))

    def _end_verbatim(self) -> None:
        text = "".join(self._verbatim or ()).removesuffix("\n")
        self._verbatim = None
        if text:
            self._containers[-1].add(CodeBlock(text, self._language))


def _coloured(values: dict[str, str]) -> Wrap | None:
    foreground = _colour(values.get("data-mx-color") or values.get("color", ""))
    background = _colour(values.get("data-mx-bg-color", ""))
    return Coloured(foreground, background, ()) if foreground or background else None


def _colour(value: str) -> str | None:
    found = _COLOUR.fullmatch(value.lower())
    if not found:
        return None
    digits = found[1]
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _language(classes: str) -> str:
    for name in classes.split():
        if name.startswith("language-"):
            return name.removeprefix("language-")[:_MAX_LANGUAGE_CHARS]
    return ""


def _number(start: str) -> int:
    try:
        number = int(start[:12])
    except ValueError:
        return 1
    return max(-_MAX_NUMBER, min(number, _MAX_NUMBER))
