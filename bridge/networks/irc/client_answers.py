"""Which event answers whom of those who wait on a client."""

from collections.abc import Callable

from bridge.networks.irc.client_errors import (
    CommandFailed,
    JoinFailed,
    NotConnected,
    SendRefused,
    SendUnknown,
)
from bridge.networks.irc.client_states import ClientEvent
from bridge.networks.irc.client_waiting import Waiters
from bridge.networks.irc.protocol.events import (
    ChannelsListed,
    CommandRefused,
    Delivered,
    JoinForwarded,
    JoinRefused,
    Kicked,
    Member,
    NamesReceived,
    NotSent,
    Parted,
    Refused,
    TopicChanged,
    Unknown,
)


class Answers:
    """Those who wait, by what they wait for.

    ``fold`` folds names, ``is_in`` says whether we are in a channel.
    """

    def __init__(self, fold: Callable[[str], str], is_in: Callable[[str], bool]) -> None:
        self.says: Waiters[Delivered] = Waiters()
        self.joins: Waiters[None] = Waiters()
        self.commands: Waiters[None] = Waiters()
        self.names: Waiters[tuple[Member, ...]] = Waiters()
        self.lists: Waiters[ChannelsListed] = Waiters()
        self._fold = fold
        self._is_in = is_in

    def connection_ended(self) -> None:
        """Refuse all who still wait.

        The session gave each line its fate; of one without a fate nobody knows whether it has left.
        """
        self.says.refuse_all(SendUnknown("", "the connection ended"))
        for waiters in (self.joins, self.commands, self.names, self.lists):
            waiters.refuse_all(NotConnected("the connection ended"))

    def take(self, event: ClientEvent) -> None:
        """Answer those who wait for this event."""
        match event:
            case Delivered() | Refused() | Unknown() | NotSent():
                self._settle(event)
            case NamesReceived(channel=channel, members=members):
                self.names.answer(self._fold(channel), members)
                if self._is_in(channel):
                    self.joins.answer(self._fold(channel), None)
            case JoinRefused(channel=channel, code=code, text=text):
                self.joins.refuse(self._fold(channel), JoinFailed(code, text))
            case JoinForwarded(channel=channel, text=text):
                self.joins.refuse(self._fold(channel), JoinFailed("470", text))
            case Parted(channel=channel, is_self=True):
                self.commands.answer(f"part {self._fold(channel)}", None)
            case Kicked(channel=channel, nick=nick):
                self.commands.answer(f"kick {self._fold(channel)} {self._fold(nick)}", None)
            case TopicChanged(channel=channel, is_new=True):
                self.commands.answer(f"topic {self._fold(channel)}", None)
            case ChannelsListed():
                self.lists.answer("list", event)
            case CommandRefused(code=code, subject=subject, text=text):
                self._refuse_commands(self._fold(subject), CommandFailed(code, text))
            case _:
                pass

    def _settle(self, fate: Delivered | Refused | Unknown | NotSent) -> None:
        match fate:
            case Delivered(token=token):
                self.says.answer(token, fate)
            case Refused(token=token, code=code, text=text):
                self.says.refuse(token, SendRefused(code, text))
            case Unknown(token=token, reason=reason):
                self.says.refuse(token, SendUnknown("", reason))
            case NotSent(token=token, reason=reason):
                self.says.refuse(token, NotConnected(reason))

    def _refuse_commands(self, subject: str, error: CommandFailed) -> None:
        for key in self.commands.waited_for():
            if subject in key.split(" ")[1:]:
                self.commands.refuse(key, error)
        self.names.refuse(subject, error)
