"""What we have asked the server for, so that its answers and errors find their question.

IRC errors name a channel or nick, not the command that failed; which of our commands they answer follows from
what is on its way.
"""

from bridge.networks.irc.protocol.casemap import CaseMapping, NameMap
from bridge.networks.irc.protocol.events import ChannelsListed, ListedChannel
from bridge.networks.irc.protocol.line import Line

MAX_LISTED = 20_000
"""Rows kept of one channel list."""
MAX_PENDING = 5000
"""Questions remembered of one kind; older ones are forgotten."""

_COMMANDS_WITH_TARGET = frozenset({"TOPIC", "KICK", "MODE", "INVITE", "PART", "NAMES", "WHO"})
_COMMAND_ERRORS = frozenset(
    {"401", "403", "441", "442", "443", "461", "467", "472", "478", "481", "482", "489"}
)


class Requests:
    """The questions on their way.

    Attributes:
        joining: the channels that we asked to be let into.
        commands: how many commands await their effect, by target.
    """

    def __init__(self, casemapping: CaseMapping) -> None:
        self.joining: NameMap[None] = NameMap(casemapping)
        self.commands: NameMap[int] = NameMap(casemapping)
        self._listed: list[ListedChannel] = []
        self._is_cut = False

    def sent(self, line: Line) -> None:
        """Note a command of ours."""
        if line.command == "JOIN" and len(self.joining) < MAX_PENDING:
            for channel in line.param(0).split(","):
                self.joining[channel] = None
        target = line.param(1 if line.command == "INVITE" else 0)
        if line.command in _COMMANDS_WITH_TARGET and len(self.commands) < MAX_PENDING:
            self.commands[target] = self.commands.get(target, 0) + 1

    def done(self, target: str) -> None:
        """Note that a command of ours for a target shows its effect."""
        count = self.commands.pop(target, 0)
        if count > 1:
            self.commands[target] = count - 1

    def takes_error(self, code: str, target: str) -> bool:
        """Say whether an error answers one of our commands for that target, which is done then."""
        if code not in _COMMAND_ERRORS or target not in self.commands:
            return False
        self.done(target)
        return True

    def listed(self, line: Line) -> None:
        """Take a row of the channel list (322)."""
        self._is_cut = self._is_cut or len(self._listed) >= MAX_LISTED
        count = line.param(2)
        if not self._is_cut:
            members = int(count) if count.isascii() and count.isdecimal() and len(count) < 10 else 0
            self._listed.append(ListedChannel(line.param(1), members, line.param(3)))

    def end_of_list(self) -> ChannelsListed:
        """Take the end of the channel list (323)."""
        answer = ChannelsListed(tuple(self._listed), self._is_cut)
        self._listed, self._is_cut = [], False
        return answer
