"""Reads the time that a server puts on a line.

Spec: https://ircv3.net/specs/extensions/server-time
"""

from datetime import UTC, datetime

from bridge.networks.irc.protocol.line import Line


def server_time(line: Line) -> datetime | None:
    """Give the line's ``time`` tag as an aware UTC datetime; None where there is none that can be read."""
    value = line.tags.get("time")
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
