"""What servers keep of channels: how it is told, how it is asked for, how far back it reaches.

Three kinds of servers keep something:

* those that push it into every JOIN, as InspIRCd does for channels with mode ``+H lines:time``;
* those that are asked with CHATHISTORY, page by page, the newest page first: so it is known to be whole as
  soon as a page reaches behind the moment from which on it is wanted;
* ZNC, which is asked with ``PRIVMSG *playback :PLAY``, or pushes its buffer into its JOIN.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import frozen

from bridge.networks.irc.protocol.batches import Batch
from bridge.networks.irc.protocol.events import HistoryReceived, Message
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.messages import parse_message

CHATHISTORY: Final = "draft/chathistory"
PLAYBACK: Final = "znc.in/playback"
PAGE: Final = 100
"""How many lines are asked for at once, where the server does not allow fewer."""

_SPEECH: Final = frozenset({"PRIVMSG", "NOTICE", "TAGMSG"})
_DURATION: Final = re.compile(r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s?)?")


@frozen
class Keeping:
    """How much a server keeps of a channel: so many lines, and none older than so."""

    lines: int
    time: timedelta


def read_history(batch: Batch, isupport: ISupport, *, is_own: Callable[[str], bool]) -> HistoryReceived:
    """Read a batch of history; what is no speech is left out."""
    lines = [line for line in _lines(batch) if line.command in _SPEECH]
    messages = tuple(
        parse_message(
            line,
            isupport,
            is_echo=line.source is not None and is_own(line.source.nick),
            is_historical=True,
        )
        for line in lines
    )
    return HistoryReceived(batch.opening.param(2), messages)


def pushes_history(isupport: ISupport, offered: Iterable[str]) -> bool:
    """Say whether this server may push history into a JOIN: by its mode ``H``, or because it is a ZNC."""
    return any("H" in modes for modes in isupport.channel_modes[1:3]) or any(
        name.startswith("znc.in/") for name in offered
    )


def parse_keeping(argument: str | None) -> Keeping | None:
    """Read the argument of mode ``H``, such as ``50:1d12h``; None for what is none. ``0`` is no bound."""
    lines, colon, time = (argument or "").partition(":")
    found = _DURATION.fullmatch(time)
    if not colon or not time or found is None or not (lines.isascii() and lines.isdecimal()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    kept = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return Keeping(int(lines[:9]), kept)


def pushed_since(messages: Sequence[Message], keeping: Keeping | None, now: datetime) -> datetime | None:
    """Say from when on nothing is missing in what was pushed; None where that cannot be known."""
    first = next((message.server_time for message in messages if message.server_time is not None), None)
    if keeping is None or len(messages) >= keeping.lines:
        return first
    return now - keeping.time if keeping.time else datetime.min.replace(tzinfo=UTC)


def page_size(isupport: ISupport) -> int:
    """Say how many lines to ask for at once."""
    allowed = isupport.tokens.get("CHATHISTORY", "")
    # 0 means that the server has no bound of its own.
    return min(PAGE, int(allowed) or PAGE) if allowed.isascii() and allowed.isdecimal() else PAGE


def ask_latest(channel: str, count: int) -> Line:
    """Ask for the newest lines of a channel."""
    return Line("CHATHISTORY", ("LATEST", channel, "*", str(count)))


def ask_before(channel: str, first: Message, count: int, isupport: ISupport) -> Line | None:
    """Ask for the lines before one; None where it cannot be named."""
    kinds = isupport.tokens.get("MSGREFTYPES", "timestamp").split(",")
    if first.msgid is not None and "msgid" in kinds:
        return Line("CHATHISTORY", ("BEFORE", channel, f"msgid={first.msgid}", str(count)))
    if first.server_time is None:
        return None
    # Others of the same moment would be left out: they are asked for again.
    after = first.server_time + timedelta(milliseconds=1)
    return Line("CHATHISTORY", ("BEFORE", channel, f"timestamp={_written(after)}", str(count)))


def ask_playback(channel: str, since: datetime) -> Line:
    """Ask a ZNC for what it has buffered.

    Spec: https://wiki.znc.in/Playback
    """
    return Line("PRIVMSG", ("*playback", f"PLAY {channel} {max(0, int(since.timestamp()))}"))


def older_of(page: Sequence[Message], known: Sequence[Message]) -> list[Message]:
    """What of a page is older than all that is known: a page asked for by time may repeat some of it."""
    again: dict[tuple[object, ...], int] = {}
    first = known[0].server_time
    for message in known:
        if message.server_time == first:
            again[_name(message)] = again.get(_name(message), 0) + 1
    older: list[Message] = []
    for message in reversed(page):
        if again.get(_name(message), 0):
            again[_name(message)] -= 1
        else:
            older.insert(0, message)
    return older


def _name(message: Message) -> tuple[object, ...]:
    if message.msgid is not None:
        return (message.msgid,)
    return (message.server_time, message.source.nick, message.kind, message.text)


def _lines(batch: Batch) -> Iterator[Line]:
    for item in batch.items:
        if isinstance(item, Batch):
            yield from _lines(item)
        else:
            yield item


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
