"""What may be asked of a server beside chat: coming, going, topics, kicks, modes, lists."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from bridge.networks.irc.protocol.flood import Priority
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.joins import MAX_AT_ONCE, make_join, plan_joins
from bridge.networks.irc.protocol.line import Line


class Commands(ABC):
    """The commands of a session; all raise what `send` raises."""

    @property
    @abstractmethod
    def isupport(self) -> ISupport:
        """What the server announced."""

    @abstractmethod
    def send(self, line: Line, priority: Priority = Priority.REST) -> None:
        """Send any line."""

    def join(self, channel: str, key: str | None = None) -> None:
        """Ask to be let into a channel."""
        self.send(make_join(channel, key), Priority.CONTROL)

    def join_many(self, keys: Mapping[str, str | None]) -> None:
        """Ask to be let into several channels, in as few lines as the server allows."""
        at_once = min(self.isupport.targets("JOIN") or MAX_AT_ONCE, MAX_AT_ONCE)
        for line in plan_joins(keys, at_once):
            self.send(line, Priority.CONTROL)

    def part(self, channel: str, reason: str = "") -> None:
        """Leave a channel."""
        self._command("PART", channel, *((reason,) if reason else ()), priority=Priority.MODERATION)

    def set_topic(self, channel: str, topic: str) -> None:
        """Change a channel's topic; an empty one takes it away."""
        self._command("TOPIC", channel, topic, priority=Priority.MODERATION)

    def kick(self, channel: str, nick: str, reason: str = "") -> None:
        """Throw somebody out of a channel."""
        self._command("KICK", channel, nick, *((reason,) if reason else ()), priority=Priority.MODERATION)

    def invite(self, channel: str, nick: str) -> None:
        """Invite somebody to a channel."""
        self._command("INVITE", nick, channel, priority=Priority.MODERATION)

    def set_modes(self, channel: str, *modes: str) -> None:
        """Change a channel's modes: ``set_modes("#a", "+o", "nick")``."""
        self._command("MODE", channel, *modes, priority=Priority.MODERATION)

    def ask_modes(self, channel: str) -> None:
        """Ask for a channel's modes; `ModeChanged` tells them."""
        self._command("MODE", channel, priority=Priority.REST)

    def ask_names(self, channel: str) -> None:
        """Ask for a channel's members; `NamesReceived` tells them."""
        self._command("NAMES", channel, priority=Priority.REST)

    def list_channels(self, mask: str = "") -> None:
        """Ask for the channel list; `ChannelsListed` tells it."""
        self._command("LIST", *((mask,) if mask else ()), priority=Priority.REST)

    def change_nick(self, nick: str) -> None:
        """Ask for another nick."""
        self._command("NICK", nick, priority=Priority.CONTROL)

    def _command(self, command: str, *params: str, priority: Priority) -> None:
        self.send(Line(command, params), priority)
