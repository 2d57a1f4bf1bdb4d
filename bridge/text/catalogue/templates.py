"""The small language of templates, and the filling in of values."""

import re
from collections.abc import Mapping

from bridge.model.markup import Break, Document, Inline, Paragraph, Style, Styled, Text
from bridge.text.characters import wash_line
from bridge.text.plain import shorten

MAX_VALUE_CHARS = 1000
"""A longer value is shown shortened: a sentence is no place for a file."""

_TOKEN = re.compile(
    r"\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:\|(?P<one>[^{}|]*)\|(?P<many>[^{}|]*))?\}"
    r"|(?P<bold>\*\*)|(?P<code>`)|(?P<line>\n)",
)


def placeholders(template: str) -> frozenset[str]:
    """The names of the values that a template wants."""
    return frozenset(found["name"] for found in _TOKEN.finditer(template) if found["name"])


def fill(template: str, values: Mapping[str, str | int]) -> Document:
    """A template with its values, as a document; a missing value shows as its name in ‹›."""
    nodes: list[Inline] = []
    styles: list[Style] = []
    at = 0
    for found in _TOKEN.finditer(template):
        _say(nodes, styles, template[at : found.start()])
        at = found.end()
        if found["bold"]:
            _toggle(styles, Style.BOLD)
        elif found["code"]:
            _toggle(styles, Style.CODE)
        elif found["line"]:
            nodes.append(Break())
        else:
            _say(nodes, styles, _word(found, values))
    _say(nodes, styles, template[at:])
    return Document((Paragraph(tuple(nodes)),)) if nodes else Document()


def _word(found: re.Match[str], values: Mapping[str, str | int]) -> str:
    name = found["name"]
    value = values.get(name)
    if found["one"] is not None:
        return found["one"] if value in (1, "1") else found["many"]
    if value is None:
        return f"‹{name}›"
    return shorten(wash_line(str(value)), MAX_VALUE_CHARS)


def _toggle(styles: list[Style], style: Style) -> None:
    if style in styles:
        styles.remove(style)
    else:
        styles.append(style)


def _say(nodes: list[Inline], styles: list[Style], text: str) -> None:
    if not text:
        return
    # Neighbours of the same style become one node, so that `!irc {word}` is one piece of code.
    node: Inline = Text(text)
    if nodes and _same(nodes[-1], styles):
        node = Text(_inner(nodes.pop()) + text)
    for style in reversed(styles):
        node = Styled(style, (node,))
    nodes.append(node)


def _same(node: Inline, styles: list[Style]) -> bool:
    for style in styles:
        if not isinstance(node, Styled) or node.style is not style:
            return False
        node = node.children[0]
    return isinstance(node, Text)


def _inner(node: Inline) -> str:
    while isinstance(node, Styled):
        node = node.children[0]
    return node.text if isinstance(node, Text) else ""
