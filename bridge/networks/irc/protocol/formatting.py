"""Between IRC's formatting codes and the text tree.

The tree knows no reversed colours: with both colours known they are swapped, else reverse is dropped. A
spoiler is written as black on black, which every reader shows when it is selected.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from attrs import evolve

from bridge.model.markup import (
    Break,
    Coloured,
    Document,
    Inline,
    Link,
    Mention,
    Paragraph,
    Style,
    Styled,
    Text,
)
from bridge.networks.irc.protocol.formatting_codes import PLAIN, Look, Toggle, tokens
from bridge.networks.irc.protocol.palette import COLOURS, nearest
from bridge.text.characters import wash
from bridge.text.lines import Line, layout
from bridge.text.runs import Run, Wrap, nest

_STYLES = {
    Toggle.BOLD: Style.BOLD,
    Toggle.ITALIC: Style.ITALIC,
    Toggle.UNDERLINE: Style.UNDERLINE,
    Toggle.STRIKE: Style.STRIKE,
    Toggle.MONOSPACE: Style.CODE,
}
_TOGGLES = {style: toggle for toggle, style in _STYLES.items()}
_BLACK = "01"


def read_codes(text: str) -> Document:
    """Read a line of chat. Control characters that are no formatting are dropped."""
    look = PLAIN
    runs: list[Run] = []
    for is_code, run in tokens(text):
        if is_code:
            look = look.after(run)
            continue
        for number, part in enumerate(wash(run).split("\n")):
            if number:
                runs.append(Run(Break()))
            if part:
                runs.append(Run(Text(part), _wraps(look)))
    return Document((Paragraph(nest(runs)),)) if runs else Document()


def write_lines(document: Document) -> list[str]:
    """Write a document as lines of chat, each with all its codes; lines without content are left out.

    The lines are of any length: see `bridge.networks.irc.protocol.split`.
    """
    lines = (_write(line) for line in layout(document) if not line.blank)
    return [line for line in lines if line.strip()]


def write_codes(nodes: Sequence[Inline]) -> str:
    """Write inline nodes on one line, a line end as a space."""
    return _join(_runs(nodes, PLAIN))


def _write(line: Line) -> str:
    look = PLAIN if line.code is None else evolve(PLAIN, toggles=frozenset({Toggle.MONOSPACE}))
    return _clean(line.prefix) + _join(_runs(line.children, look))


def _join(runs: Iterator[tuple[Look, str]]) -> str:
    written, look = "", PLAIN
    for wanted, text in runs:
        if text:
            written += look.leading_to(wanted) + text
            look = wanted
    return written + look.leading_to(PLAIN)


def _runs(nodes: Sequence[Inline], look: Look) -> Iterator[tuple[Look, str]]:
    for node in nodes:
        match node:
            case Text(text):
                yield look, _clean(text)
            case Break():
                yield look, " "
            case Styled(style, children):
                yield from _runs(children, _styled(look, style))
            case Coloured(foreground, background, children):
                yield from _runs(children, _coloured(look, foreground, background))
            case Link(href, children):
                yield from _link_runs(href, children, look)
            case Mention(user_id, children):
                shown = list(_runs(children, look))
                yield from shown if any(text for _, text in shown) else [(look, _clean(user_id))]
            case _:
                assert_never(node)


def _link_runs(href: str, children: Sequence[Inline], look: Look) -> Iterator[tuple[Look, str]]:
    shown = list(_runs(children, look))
    words, href = "".join(text for _, text in shown), _clean(href)
    if not words or words in (href, href.partition(":")[2].removeprefix("//").rstrip("/")):
        yield look, href
        return
    yield from shown
    yield look, f" ({href})"


def _styled(look: Look, style: Style) -> Look:
    if style is Style.SPOILER:
        return evolve(look, foreground=_BLACK, background=_BLACK)
    return evolve(look, toggles=look.toggles | {_TOGGLES[style]})


def _coloured(look: Look, foreground: str | None, background: str | None) -> Look:
    # Numbers rather than hex codes: nearly all readers know the former, few the latter.
    return evolve(
        look,
        foreground=look.foreground if foreground is None else f"{nearest(foreground):02}",
        background=look.background if background is None else f"{nearest(background):02}",
    )


def _wraps(look: Look) -> tuple[Wrap, ...]:
    foreground, background = _rgb(look.foreground), _rgb(look.background)
    if Toggle.REVERSE in look.toggles and foreground and background:
        foreground, background = background, foreground
    styles = tuple(Styled(style, ()) for toggle, style in _STYLES.items() if toggle in look.toggles)
    if foreground is None and background is None:
        return styles
    return (Coloured(foreground, background, ()), *styles)


def _rgb(colour: str | None) -> str | None:
    if colour is None or colour.startswith("#"):
        return colour
    return COLOURS[int(colour)]


def _clean(text: str) -> str:
    return wash(text).replace("\n", " ")
