"""What a body, an edit or a reaction reads like on IRC: lines of inline nodes, before any cutting."""

from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Final, assert_never

from bridge.model.errors import Phrase
from bridge.model.markup import Document, Inline, Style, Styled, Text
from bridge.model.messages import Body, LocationBody, MediaBody, TextBody
from bridge.model.outgoing import SayReaction, SayRedaction, Target
from bridge.networks.irc.catalogue import SENTENCES
from bridge.networks.irc.voice import safe_name
from bridge.text.catalogue import Catalogue
from bridge.text.characters import wash_line
from bridge.text.lines import Line, layout
from bridge.text.plain import inline_text, shorten

Row = tuple[Inline, ...]
"""One line, not yet written with codes."""

MAX_EXCERPT: Final = 40
MAX_FILENAME: Final = 80
MAX_REASON: Final = 200
MAX_CHANGED_WORDS: Final = 3
"""Longer changes are not repeated behind an edit: the whole new text says enough."""

_CATALOGUE: Final = Catalogue(SENTENCES)


def describe_body(body: Body, *, media_url: str | None, language: str) -> list[Row]:
    """The lines of a message; blank ones are left out."""
    match body:
        case TextBody(text=text):
            return describe_document(text)
        case MediaBody():
            caption = [] if body.caption is None else describe_document(body.caption)
            return [_media(body, media_url, language), *caption]
        case LocationBody(description=description, geo_uri=geo_uri):
            words = (wash_line(description), wash_line(geo_uri))
            return [(Text(" ".join(word for word in words if word)),)]
        case _:
            assert_never(body)


def describe_document(document: Document) -> list[Row]:
    rows = (_row(line) for line in layout(document))
    return [row for row in rows if inline_text(row).strip()]


def mark_edit(rows: Sequence[Row], target: Target) -> list[Row]:
    """The whole new text behind a star; a short change is named at its end: ``(red → brown)``."""
    if not rows:
        return []
    change = _change(target.excerpt, inline_text(rows[0])) if len(rows) == 1 else None
    end: Row = () if change is None else (Text(f" ({change})"),)
    return [(Text("* "), *rows[0], *end), *rows[1:]]


def mark_reply(rows: Sequence[Row], target: Target) -> list[Row]:
    """``bob: `` before the first line, unless the text itself begins so."""
    author = None if target.author is None else safe_name(target.author)
    if not rows or not author:
        return list(rows)
    if inline_text(rows[0]).casefold().startswith((f"{author}:".casefold(), f"{author},".casefold())):
        return list(rows)
    return [(Text(f"{author}: "), *rows[0]), *rows[1:]]


def mark_late(rows: Sequence[Row], said_at: datetime | None) -> list[Row]:
    """``[2026-11-23 17:05 UTC] `` before the first line of what comes late."""
    if not rows or said_at is None:
        return list(rows)
    return [(Text(f"[{said_at:%Y-%m-%d %H:%M} UTC] "), *rows[0]), *rows[1:]]


def describe_reaction(say: SayReaction, language: str) -> Row:
    """``reacted with 👍 to bob: “what bob said”``."""
    picture = say.key.startswith("mxc:")
    key = _sentence("irc.line.picture", language) if picture else shorten(wash_line(say.key), MAX_EXCERPT)
    author = safe_name(say.target.author or "")
    excerpt = shorten(wash_line(say.target.excerpt or ""), MAX_EXCERPT)
    if author and excerpt:
        words = _sentence("irc.line.reacted_to_text", language, key=key, author=author, excerpt=excerpt)
    elif author:
        words = _sentence("irc.line.reacted_to", language, key=key, author=author)
    else:
        words = _sentence("irc.line.reacted", language, key=key)
    return (Text(words),)


def describe_redaction(say: SayRedaction, language: str) -> Row:
    """Says that a message was deleted, and never what it said. Another's name tells of moderation."""
    reason = shorten(wash_line(say.reason or ""), MAX_REASON)
    author = safe_name(say.target.author or "") if say.target.author_id is not None else ""
    key = "irc.line.deleted" + ("_of" if author else "") + ("_why" if reason else "")
    return (Text(_sentence(key, language, author=author, reason=reason)),)


def describe_kick(name: str, reason: str | None, language: str) -> str:
    why = shorten(wash_line(reason or ""), MAX_REASON)
    return _sentence("irc.line.kicked_why" if why else "irc.line.kicked", language, name=name, reason=why)


def size_words(size_bytes: int) -> str:
    """``34 kB``: decimal, as file managers show it."""
    size, units = float(size_bytes), ("B", "kB", "MB", "GB", "TB")
    unit = 0
    while size >= 999.5 and unit < len(units) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {units[unit]}" if unit and size < 9.95 else f"{size:.0f} {units[unit]}"


def _media(body: MediaBody, media_url: str | None, language: str) -> Row:
    name = shorten(wash_line(body.filename), MAX_FILENAME) or body.kind.value
    size = "" if body.size_bytes is None else f" ({size_words(body.size_bytes)})"
    url = media_url or body.url
    if url is None:
        return (Text(_sentence("irc.line.media", language, file=name + size)),)
    return (Text(f"{name}{size} {wash_line(url)}"),)


def _row(line: Line) -> Row:
    children = line.children if line.code is None else (Styled(Style.CODE, line.children),)
    return (Text(line.prefix), *children) if line.prefix else children


def _change(before: str | None, after: str) -> str | None:
    """What was replaced, if before and after differ in one place by a few words."""
    if not before or before.endswith("…"):
        return None
    old, new = wash_line(before).split(), after.split()
    changes = [
        code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"
    ]
    if len(changes) != 1 or len(old) < 3 or changes[0][0] != "replace":
        return None
    _, i1, i2, j1, j2 = changes[0]
    if max(i2 - i1, j2 - j1) > MAX_CHANGED_WORDS or i2 - i1 == len(old):
        return None
    return f"{' '.join(old[i1:i2])} → {' '.join(new[j1:j2])}"


def _sentence(key: str, language: str, /, **values: str) -> str:
    return _CATALOGUE.sentence(Phrase.of(key, **values), language)
