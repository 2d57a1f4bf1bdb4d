"""Which nick to ask for when the wanted one is refused."""

from collections.abc import Iterator, Sequence

MAX_CANDIDATES = 12
"""After so many refusals the server has something against us, not against the nick."""
SHORTEST_LIMIT = 9
"""The longest nick that every server takes (RFC 1459, section 1.2)."""

_SPECIAL = frozenset("[]\\`_^{|}-")


def nick_candidates(
    wanted: str, alternatives: Sequence[str], *, is_bad: bool, max_bytes: int
) -> Iterator[str]:
    """Give what to try after ``wanted`` was refused, at most `MAX_CANDIDATES` different nicks.

    With ``is_bad`` the server did not like the nick itself (432): then its characters and length are brought
    to what RFC 1459 servers take, before anything is added to it.
    """
    limit = SHORTEST_LIMIT if is_bad else max_bytes
    base = plain_nick(wanted) if is_bad else wanted
    seen = {wanted}
    for candidate in _endless(base, alternatives, limit):
        if candidate not in seen:
            seen.add(candidate)
            yield candidate
        if len(seen) > MAX_CANDIDATES:
            return


def plain_nick(nick: str) -> str:
    """Keep only what may be in a nick on every server, with a letter at its beginning."""
    kept = "".join(char for char in nick if char.isascii() and (char.isalnum() or char in _SPECIAL))
    return kept if kept[:1].isalpha() or (kept[:1] in _SPECIAL - {"-"} and kept) else f"m{kept}"


def shorten(nick: str, max_bytes: int) -> str:
    """Cut a nick to a number of UTF-8 bytes."""
    return nick.encode("utf-8", "ignore")[: max(1, max_bytes)].decode("utf-8", "ignore")


def _endless(base: str, alternatives: Sequence[str], limit: int) -> Iterator[str]:
    yield shorten(base, limit)
    yield from alternatives
    for tail in ("_", "__"):
        yield shorten(base, limit - len(tail)) + tail
    number = 1
    while True:
        yield shorten(base, limit - len(str(number))) + str(number)
        number += 1
