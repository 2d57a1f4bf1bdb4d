"""Gets the nick back that somebody else had when we came.

Most often that is ourselves: after a crash the server holds our dead connection for some minutes. USERHOST
tells whether the one who has our nick comes from where we come from; then it is a leftover, which must not be
taken for a person. We ask for the nick when its holder is seen to leave, and ISON asks now and then whether
somebody has it at all (MONITOR would tell sooner, but not every server has it).
"""

from collections.abc import Sequence

from bridge.networks.irc.protocol.channels import Roster
from bridge.networks.irc.protocol.events import Event, NickChanged, Quit
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.own import Own

ASK_EVERY_S = 30.0
"""Between two questions whether the nick is free."""


class WantedNick:
    """Takes what the server says, gives the lines to send."""

    def __init__(self, nick: str, *, was_taken: bool = False) -> None:
        self._nick = nick
        self._was_taken = was_taken

    @property
    def was_taken(self) -> bool:
        """Say whether somebody had the nick when we came."""
        return self._was_taken

    def missed(self, own: str) -> list[Line]:
        """Note that somebody had the nick, and that another one is ours."""
        self._was_taken = True
        return [Line("USERHOST", (self._nick, own))]

    def is_missed(self, roster: Roster) -> bool:
        """Say whether another nick than the wanted one is ours, because it was taken."""
        return self._was_taken and not roster.is_own(self._nick)

    def noticed(self, changes: Sequence[Event], roster: Roster) -> list[Line]:
        """Look whether the one who has the nick has left it."""
        return self._take(roster) if any(self._is_left(change, roster) for change in changes) else []

    def ask(self, roster: Roster) -> list[Line]:
        """Ask whether somebody has the nick."""
        return [Line("ISON", (self._nick,))] if self.is_missed(roster) else []

    def answered(self, line: Line, roster: Roster) -> list[Line]:
        """Take the answer to USERHOST (302) or ISON (303)."""
        words = line.param(1).split()
        if line.command == "303":
            same = roster.isupport.casemapping.same
            return [] if any(same(word, self._nick) for word in words) else self._take(roster)
        hosts = dict(_read_userhost(word) for word in words if "=" in word)
        fold = roster.isupport.casemapping.fold
        found = {fold(nick): host for nick, host in hosts.items()}
        own, holder = found.get(fold(roster.own.nick)), found.get(fold(self._nick))
        if own is not None:
            user, _, host = own.partition("@")
            roster.own = Own(roster.own.nick, user, host)
        if holder is not None and holder == own and self.is_missed(roster):
            roster.leftover = self._nick
        return []

    def _is_left(self, change: Event, roster: Roster) -> bool:
        same = roster.isupport.casemapping.same
        match change:
            case NickChanged(old=old, is_self=False):
                return same(old, self._nick)
            case Quit(source=source):
                return same(source.nick, self._nick)
            case _:
                return False

    def _take(self, roster: Roster) -> list[Line]:
        return [Line("NICK", (self._nick,))] if self.is_missed(roster) else []


def _read_userhost(word: str) -> tuple[str, str]:
    """Read ``nick*=+user@host``: ``*`` for an operator, ``-`` instead of ``+`` for somebody away."""
    nick, _, rest = word.partition("=")
    return nick.removesuffix("*"), rest[1:]
