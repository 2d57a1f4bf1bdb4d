"""The little Markdown that the pages are written in."""

from collections.abc import Iterable, Sequence
from typing import Final

_MADE: Final = "<!-- Made from the code by script/reference. Edit the code, then run it again. -->"


def page(title: str, *parts: str) -> str:
    """A whole page: title, note of origin, parts with a blank line between them."""
    return "\n\n".join([f"# {title}", _MADE, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold anything."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    """Text as inline code, whatever it holds."""
    fence = "``" if "`" in text else "`"
    space = " " if text[:1] in ("`", " ") or text[-1:] in ("`", " ") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
