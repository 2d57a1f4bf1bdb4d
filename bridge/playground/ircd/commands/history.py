"""CHATHISTORY: what was said before, page by page.

Spec: https://ircv3.net/specs/extensions/chathistory (a draft; without ``draft/event-playback``)
"""

import secrets
from collections.abc import Callable, Sequence

from attrs import evolve

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.history import InvalidReference, Kept, is_newer, newer_than, older_than
from bridge.playground.ircd.settings import HISTORY_PAGE
from bridge.playground.ircd.world import World

_Pick = Callable[[Sequence[Kept], Sequence[str], int], Sequence[Kept]]


def _chathistory(world: World, client: Client, line: Line) -> None:
    if not client.has("draft/chathistory"):
        world.reply(client, "421", line.command, "Unknown command")
        return
    verb, *words = line.params
    verb = verb.upper()
    if verb == "TARGETS":
        _targets(world, client, words)
    elif verb not in _PICKS:
        _fail(world, client, "UNKNOWN_COMMAND", verb, "Unknown command")
    elif len(words) != _PICKS[verb][0] + 2 or not words[-1].isdecimal():
        _fail(world, client, "INVALID_PARAMS", verb, "Invalid parameters")
    else:
        _page(world, client, verb, words)


def _page(world: World, client: Client, verb: str, words: Sequence[str]) -> None:
    target, *references, count = words
    channel = world.channels.get(target)
    if channel is None or client not in channel.members:
        _fail(world, client, "INVALID_TARGET", verb, target, "Messages could not be retrieved")
        return
    limit = min(int(count[:9]) or HISTORY_PAGE, HISTORY_PAGE)
    try:
        page = _PICKS[verb][1](world.history.of(channel.name), references, limit)
    except InvalidReference as error:
        code = "INVALID_MSGREFTYPE" if error.is_unknown_kind else "INVALID_PARAMS"
        _fail(world, client, code, verb, target, *references, "No such message")
        return
    _send_batch(world, client, ("chathistory", channel.name), [one.line for one in page])


def _targets(world: World, client: Client, words: Sequence[str]) -> None:
    """Tell in which of the client's channels something was said between two moments, and when at last."""
    if len(words) != 3 or not words[-1].isdecimal():
        _fail(world, client, "INVALID_PARAMS", "TARGETS", "Invalid parameters")
        return
    one, other, count = words
    found: list[tuple[str, str]] = []
    try:
        for channel in client.channels:
            kept = _between(world.history.of(channel.name), (one, other), HISTORY_PAGE)
            found += [(kept[-1].line.tags["time"], channel.name)] if kept else []
    except InvalidReference:
        _fail(world, client, "INVALID_PARAMS", "TARGETS", "Invalid parameters")
        return
    lines = [
        Line("CHATHISTORY", ("TARGETS", name, at), world.source)
        for at, name in sorted(found)[: int(count[:9])]
    ]
    _send_batch(world, client, ("draft/chathistory-targets",), lines)


def _send_batch(world: World, client: Client, kind: tuple[str, ...], lines: Sequence[Line]) -> None:
    name = secrets.token_hex(6)
    world.send(client, "BATCH", f"+{name}", *kind)
    for line in lines:
        client.send(evolve(line, tags={**line.tags, "batch": name}))
    world.send(client, "BATCH", f"-{name}")


def _fail(world: World, client: Client, code: str, *context: str) -> None:
    """Spec: https://ircv3.net/specs/extensions/standard-replies"""
    world.send(client, "FAIL", "CHATHISTORY", code, *context)


# What is picked; the first number says how many points are named.


def _latest(kept: Sequence[Kept], references: Sequence[str], limit: int) -> Sequence[Kept]:
    [reference] = references
    return (kept if reference == "*" else newer_than(kept, reference))[-limit:]


def _before(kept: Sequence[Kept], references: Sequence[str], limit: int) -> Sequence[Kept]:
    return older_than(kept, references[0])[-limit:]


def _after(kept: Sequence[Kept], references: Sequence[str], limit: int) -> Sequence[Kept]:
    return newer_than(kept, references[0])[:limit]


def _around(kept: Sequence[Kept], references: Sequence[str], limit: int) -> Sequence[Kept]:
    before = len(older_than(kept, references[0]))
    first = max(0, before - limit // 2)
    return kept[first : first + limit]


def _between(kept: Sequence[Kept], references: Sequence[str], limit: int) -> Sequence[Kept]:
    """Counted from the first point towards the second, whichever is the newer one."""
    first, second = references
    if is_newer(kept, first, second):
        return newer_than(older_than(kept, first), second)[-limit:]
    return older_than(newer_than(kept, first), second)[:limit]


_PICKS: dict[str, tuple[int, _Pick]] = {
    "LATEST": (1, _latest),
    "BEFORE": (1, _before),
    "AFTER": (1, _after),
    "AROUND": (1, _around),
    "BETWEEN": (2, _between),
}

COMMANDS = {"CHATHISTORY": Command(_chathistory, 1)}
