"""Who is in which of our channels, with which rank, under which topic.

`Roster` follows the server's lines and gives an event for each change. It believes the server: where the two
differ, NAMES replaces what was known.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from attrs import define, evolve, field

from bridge.networks.irc.protocol.casemap import NameMap
from bridge.networks.irc.protocol.events import (
    Event,
    Joined,
    Kicked,
    Member,
    MemberUpdated,
    ModeChange,
    ModeChanged,
    NamesReceived,
    NickChanged,
    Parted,
    Quit,
    TopicChanged,
)
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Line, Source, parse_source
from bridge.networks.irc.protocol.modes import parse_mode_changes, with_symbol
from bridge.networks.irc.protocol.own import Own
from bridge.networks.irc.protocol.times import server_time

MAX_CHANNELS = 2000
"""Channels we believe to be in; a server that makes us join more is not followed."""
MAX_MEMBERS = 100_000
"""Members kept of one channel."""

_NOBODY = Source("")


@define
class Channel:
    """What is known of a channel we are in.

    Attributes:
        is_complete: the member list has come whole at least once.
        modes: the channel's own modes with their arguments, ranks and lists left out.
        modes_told: the server has told all of them.
        held_since: since when nothing said here was missed, where an earlier life of the connection came in.
        joined_at: when we came in, by the server's clock, until the server has told the modes.
    """

    name: str
    members: NameMap[Member]
    topic: str = ""
    topic_setter: str | None = None
    topic_set_at: datetime | None = None
    modes: dict[str, str | None] = field(factory=dict)
    is_complete: bool = False
    modes_told: bool = False
    joined_at: datetime | None = None
    held_since: datetime | None = None


class Roster:
    """All our channels.

    Attributes:
        own: our nick, and our user and host as others see them.
        isupport: what the server announced.
        leftover: the nick that a dead connection of ours still holds, if there is one.
        naming: the members named so far, of channels whose list is still coming.
    """

    def __init__(self, own: Own, isupport: ISupport) -> None:
        self.own = own
        self.isupport = isupport
        self.leftover: str | None = None
        self.channels: NameMap[Channel] = NameMap(isupport.casemapping)
        self.naming: NameMap[NameMap[Member]] = NameMap(isupport.casemapping)

    def is_own(self, nick: str) -> bool:
        """Say whether a nick is ours."""
        return self.isupport.casemapping.same(nick, self.own.nick)

    def is_leftover(self, nick: str) -> bool:
        """Say whether a nick is that of a dead connection of ours."""
        return self.leftover is not None and self.isupport.casemapping.same(nick, self.leftover)

    def channels_of(self, nick: str) -> tuple[str, ...]:
        """Name the channels where we see a nick."""
        return tuple(channel.name for channel in self.channels.values() if nick in channel.members)

    def is_replayed(self, line: Line) -> bool:
        """Say whether something was said in a channel before we came in.

        Servers without batches replay their history between our JOIN and their answer to our next question.
        """
        channel, said_at = self.channels.get(line.param(0)), server_time(line)
        joined_at = None if channel is None else channel.joined_at
        return said_at is not None and joined_at is not None and said_at < joined_at

    def receive(self, line: Line, *, is_netsplit: bool = False) -> list[Event] | None:
        """Take one line; give what changed, or None when the line is not about channels and members."""
        handler = _HANDLERS.get(line.command)
        if handler is None:
            return None
        source = line.source
        if source is not None and source.user is not None and self.is_own(source.nick):
            self.own = self.own.seen_as(source)
        events = handler(self, line)
        if is_netsplit:
            return [evolve(event, is_netsplit=True) if isinstance(event, Quit) else event for event in events]
        return events

    def _on_join(self, line: Line) -> list[Event]:
        source, name = line.source or _NOBODY, line.param(0)
        is_self = self.is_own(source.nick)
        if self.is_leftover(source.nick):
            self.leftover = None  # a dead connection enters nothing: somebody else goes by that nick now
        if is_self and name not in self.channels and len(self.channels) < MAX_CHANNELS:
            members: NameMap[Member] = NameMap(self.isupport.casemapping)
            self.channels[name] = Channel(name, members, joined_at=server_time(line))
        # extended-join: JOIN #channel account :real name, with * for no account
        account, realname = (line.param(1), line.param(2)) if len(line.params) > 2 else ("*", None)
        account_name = line.tags.get("account") if account == "*" else account
        self._put(name, Member(source.nick, "", source.user, source.host, account_name, realname))
        return [Joined(name, source, is_self, account_name, realname, server_time(line))]

    def _on_part(self, line: Line) -> list[Event]:
        source, name = line.source or _NOBODY, line.param(0)
        is_self = self.is_own(source.nick)
        self._remove(name, source.nick)
        return [Parted(name, source, line.param(1), is_self, server_time(line))]

    def _on_kick(self, line: Line) -> list[Event]:
        name, nick = line.param(0), line.param(1)
        is_self = self.is_own(nick)
        self._remove(name, nick)
        return [Kicked(name, line.source or _NOBODY, nick, line.param(2), is_self, server_time(line))]

    def _on_quit(self, line: Line) -> list[Event]:
        source = line.source or _NOBODY
        channels = self.channels_of(source.nick)
        for name in channels:
            self._remove(name, source.nick)
        is_leftover = self.is_leftover(source.nick)
        if is_leftover:
            self.leftover = None
        return [Quit(source, line.param(0), channels, is_self=is_leftover, server_time=server_time(line))]

    def _on_nick(self, line: Line) -> list[Event]:
        source, new = line.source or _NOBODY, line.param(0)
        is_self, channels = self.is_own(source.nick), self.channels_of(source.nick)
        if not new:
            return []
        if is_self:
            self.own = evolve(self.own, nick=new)
        if self.is_leftover(source.nick):
            self.leftover = new  # services rename whoever does not prove to own a nick
        elif self.is_leftover(new):
            self.leftover = None
        for name in channels:
            members = self.channels[name].members
            members[new] = evolve(members.pop(source.nick), nick=new)
        return [NickChanged(source, source.nick, new, is_self, channels, server_time(line))]

    def _on_topic(self, line: Line) -> list[Event]:
        setter = line.source.nick if line.source else None
        return self._topic(line.param(0), line.param(1), setter, server_time(line), is_new=True)

    def _on_told_topic(self, line: Line) -> list[Event]:
        topic = line.param(2) if line.command == "332" else ""
        return self._topic(line.param(1), topic, None, None, is_new=False)

    def _on_told_setter(self, line: Line) -> list[Event]:
        channel = self.channels.get(line.param(1))
        if channel is not None:
            channel.topic_setter = parse_source(line.param(2)).nick
            channel.topic_set_at = _from_timestamp(line.param(3))
        return []

    def _on_mode(self, line: Line) -> list[Event]:
        name = line.param(0)
        if not self.isupport.is_channel(name):
            return []
        changes = parse_mode_changes(self.isupport, line.params[1:])
        self._apply_modes(name, changes)
        return [ModeChanged(name, line.source, changes)]

    def _on_told_modes(self, line: Line) -> list[Event]:
        name, changes = line.param(1), parse_mode_changes(self.isupport, line.params[2:])
        self._apply_modes(name, changes)
        if (channel := self.channels.get(name)) is not None:
            channel.modes_told = True
            channel.joined_at = None
        return [ModeChanged(name, None, changes)]

    def _on_names(self, line: Line) -> list[Event]:
        if len(line.params) < 3:
            return []
        names = self.naming.setdefault(line.params[-2], NameMap(self.isupport.casemapping))
        for item in line.params[-1].split():
            nick = item.lstrip("".join(self.isupport.symbols))
            source = parse_source(nick)
            if source.nick and len(names) < MAX_MEMBERS:
                symbols = item[: len(item) - len(nick)]
                names[source.nick] = Member(source.nick, symbols, source.user, source.host)
        return []

    def _on_end_of_names(self, line: Line) -> list[Event]:
        name = line.param(1)
        named = self.naming.pop(name, NameMap(self.isupport.casemapping))
        channel = self.channels.get(name)
        if channel is None:
            return [NamesReceived(name, tuple(named.values()))]
        for nick, member in named.items():
            known = channel.members.get(nick)
            if known is not None:
                user, host = member.user or known.user, member.host or known.host
                named[nick] = evolve(known, nick=member.nick, symbols=member.symbols, user=user, host=host)
        channel.members, channel.is_complete = named, True
        return [NamesReceived(channel.name, tuple(named.values()))]

    def _on_member_line(self, line: Line) -> list[Event]:
        """ACCOUNT, AWAY, CHGHOST and SETNAME of somebody we see."""
        source = line.source or _NOBODY
        if line.command == "CHGHOST" and self.is_own(source.nick):
            self.own = Own(source.nick, line.param(0), line.param(1))
        channels = self.channels_of(source.nick)
        updated = None
        for name in channels:
            members = self.channels[name].members
            updated = members[source.nick] = _updated(members[source.nick], line)
        return [] if updated is None else [MemberUpdated(updated, channels)]

    def _on_own_host(self, line: Line) -> list[Event]:
        """396: the host others now see; some servers write ``user@host``."""
        user, at, host = line.param(1).rpartition("@")
        self.own = evolve(self.own, host=host, user=user if at and user else self.own.user)
        return []

    def _put(self, name: str, member: Member) -> None:
        channel = self.channels.get(name)
        if channel is not None and len(channel.members) < MAX_MEMBERS:
            channel.members[member.nick] = member

    def _remove(self, name: str, nick: str) -> None:
        channel = self.channels.get(name)
        if channel is None:
            return
        channel.members.pop(nick, None)
        if self.is_own(nick):
            del self.channels[name]
            self.naming.pop(name, None)

    def _topic(
        self, name: str, topic: str, setter: str | None, set_at: datetime | None, *, is_new: bool
    ) -> list[Event]:
        channel = self.channels.get(name)
        if channel is not None:
            channel.topic, channel.topic_setter, channel.topic_set_at = topic, setter, set_at
        return [TopicChanged(name, topic, setter, set_at, is_new)]

    def _apply_modes(self, name: str, changes: tuple[ModeChange, ...]) -> None:
        channel = self.channels.get(name)
        if channel is None:
            return
        lists = self.isupport.channel_modes[0]
        for change in changes:
            if change.mode in self.isupport.prefixes:
                member = channel.members.get(change.argument or "")
                if member is not None:
                    symbols = with_symbol(self.isupport, member.symbols, change)
                    channel.members[member.nick] = evolve(member, symbols=symbols)
            elif change.mode in lists:
                continue
            elif change.is_set:
                channel.modes[change.mode] = change.argument
            else:
                channel.modes.pop(change.mode, None)


def _updated(member: Member, line: Line) -> Member:
    match line.command:
        case "ACCOUNT":
            return evolve(member, account=None if line.param(0) in ("", "*") else line.param(0))
        case "AWAY":
            return evolve(member, is_away=bool(line.param(0)))
        case "CHGHOST":
            return evolve(member, user=line.param(0), host=line.param(1))
        case _:
            return evolve(member, realname=line.param(0))


def _from_timestamp(text: str) -> datetime | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return datetime.fromtimestamp(int(text), UTC)


_HANDLERS: dict[str, Callable[[Roster, Line], list[Event]]] = {
    "JOIN": Roster._on_join,
    "PART": Roster._on_part,
    "KICK": Roster._on_kick,
    "QUIT": Roster._on_quit,
    "NICK": Roster._on_nick,
    "TOPIC": Roster._on_topic,
    "331": Roster._on_told_topic,
    "332": Roster._on_told_topic,
    "333": Roster._on_told_setter,
    "MODE": Roster._on_mode,
    "324": Roster._on_told_modes,
    "353": Roster._on_names,
    "366": Roster._on_end_of_names,
    "396": Roster._on_own_host,
    "ACCOUNT": Roster._on_member_line,
    "AWAY": Roster._on_member_line,
    "CHGHOST": Roster._on_member_line,
    "SETNAME": Roster._on_member_line,
}
