"""What was said in channels, for those who come later; a channel's history outlives its last member.

Spec: https://ircv3.net/specs/extensions/chathistory
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from attrs import frozen

from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.times import server_time
from bridge.playground.ircd.settings import HISTORY_CHANNELS


class InvalidReference(Exception):
    """A word that names no point of a history. ``is_unknown_kind``: of a kind that there is not."""

    def __init__(self, *, is_unknown_kind: bool = False) -> None:
        super().__init__()
        self.is_unknown_kind = is_unknown_kind


@frozen
class Kept:
    """A line as it was said, with its tags, and when that was."""

    at: datetime
    line: Line


class History:
    """The newest lines of every channel, oldest first."""

    def __init__(self, lines: int, casemapping: CaseMapping) -> None:
        self._lines = lines
        self._fold = casemapping.fold
        self._channels: OrderedDict[str, deque[Kept]] = OrderedDict()

    def keep(self, channel: str, line: Line) -> None:
        """Remember a line that has the tags ``time`` and ``msgid``."""
        at = server_time(line)
        assert at is not None, "every line of a client carries its time"
        self._channels.setdefault(self._fold(channel), deque(maxlen=self._lines)).append(Kept(at, line))
        self._channels.move_to_end(self._fold(channel))
        while len(self._channels) > HISTORY_CHANNELS:
            self._channels.popitem(last=False)

    def of(self, channel: str) -> Sequence[Kept]:
        """Everything kept of a channel."""
        return tuple(self._channels.get(self._fold(channel), ()))

    def forget(self) -> None:
        """Lose everything, as a server that keeps its history in memory does when it restarts."""
        self._channels.clear()


def older_than(kept: Sequence[Kept], reference: str) -> Sequence[Kept]:
    """The lines before a point, ``msgid=…`` or ``timestamp=…``, without it. Raises ``InvalidReference``."""
    return _beside(kept, reference, lambda at, moment: at < moment, slice(None, 0))


def newer_than(kept: Sequence[Kept], reference: str) -> Sequence[Kept]:
    """The lines behind a point, without it. Raises ``InvalidReference``."""
    return _beside(kept, reference, lambda at, moment: at > moment, slice(1, None))


def is_newer(kept: Sequence[Kept], one: str, other: str) -> bool:
    """Say whether one point lies behind another. Raises ``InvalidReference``."""
    return _time_of(kept, one) > _time_of(kept, other)


def _beside(
    kept: Sequence[Kept], reference: str, suits: Callable[[datetime, datetime], bool], side: slice
) -> Sequence[Kept]:
    kind, value = _parse(reference)
    if kind == "timestamp":
        moment = _moment(value)
        return [one for one in kept if suits(one.at, moment)]
    place = _place(kept, value)
    return kept[:place] if side.stop == 0 else kept[place + 1 :]


def _time_of(kept: Sequence[Kept], reference: str) -> datetime:
    kind, value = _parse(reference)
    return _moment(value) if kind == "timestamp" else kept[_place(kept, value)].at


def _parse(reference: str) -> tuple[str, str]:
    kind, _, value = reference.partition("=")
    if kind not in ("timestamp", "msgid"):
        raise InvalidReference(is_unknown_kind=True)
    return kind, value


def _place(kept: Sequence[Kept], msgid: str) -> int:
    for place, one in enumerate(kept):
        if one.line.tags.get("msgid") == msgid:
            return place
    raise InvalidReference


def _moment(text: str) -> datetime:
    at = server_time(Line("", (), None, {"time": text}))
    if at is None:
        raise InvalidReference
    # Told to the millisecond, compared to the millisecond.
    return at - timedelta(microseconds=at.microsecond % 1000)
