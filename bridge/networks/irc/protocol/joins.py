"""Writes JOIN lines: one for one channel, or as few as possible for many."""

from collections.abc import Mapping

from bridge.networks.irc.protocol.line import InvalidLine, Line, encode_line

MAX_AT_ONCE = 10
"""Channels in one line where the server announced no other bound."""
_LINE_BYTES = 400


def make_join(channel: str, key: str | None = None) -> Line:
    """Write the JOIN for one channel; raises `InvalidLine` for a name or key that is not one."""
    if "," in channel or "," in (key or ""):
        raise InvalidLine("a comma in a channel or key")
    line = Line("JOIN", (channel,) if key is None else (channel, key))
    encode_line(line)
    if " " in channel or channel.startswith(":") or channel in ("", "0") or key == "":
        raise InvalidLine("not a channel, or an empty key")
    return line


def plan_joins(keys: Mapping[str, str | None], at_once: int = MAX_AT_ONCE) -> list[Line]:
    """Write the JOINs for channels with their keys; each must pass `make_join` alone."""
    # Keys are matched to channels by position, so the channels that have one come first.
    channels = sorted(keys, key=lambda channel: keys[channel] is None)
    groups: list[list[str]] = []
    room = 0
    for channel in channels:
        size = len(f"{channel},{keys[channel] or ''},".encode())
        if size > room or len(groups[-1]) >= at_once:
            groups.append([])
            room = _LINE_BYTES
        groups[-1].append(channel)
        room -= size
    return [_make_group(group, [key for channel in group if (key := keys[channel])]) for group in groups]


def _make_group(channels: list[str], keys: list[str]) -> Line:
    return Line("JOIN", (",".join(channels), ",".join(keys)) if keys else (",".join(channels),))
