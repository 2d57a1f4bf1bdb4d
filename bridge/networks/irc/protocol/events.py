"""What a session tells its owner: one frozen value for each thing that happened.

Nicks, channels and hosts are spelled as the server spelled them; compare them through the session's case
mapping. Times are aware UTC datetimes.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from types import MappingProxyType

from attrs import field, frozen

from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Line, Source

_NO_TAGS: Mapping[str, str] = MappingProxyType({})


class MessageKind(Enum):
    """The sorts of speech."""

    PRIVMSG = auto()
    NOTICE = auto()
    ACTION = auto()
    """``/me``: a CTCP ACTION in a PRIVMSG."""
    CTCP = auto()
    """A CTCP request; ``text`` is the command with its argument."""
    CTCP_REPLY = auto()
    TAGMSG = auto()
    """Tags without text: reactions, typing."""


class FailureReason(Enum):
    """Why a registration ended without success."""

    BANNED = auto()
    PASSWORD_REFUSED = auto()
    SASL_REFUSED = auto()
    SASL_UNAVAILABLE = auto()
    NO_NICK = auto()
    CERTIFICATE = auto()
    """The server's certificate does not prove its name: it is we who refuse."""
    NO_TLS = auto()
    """TLS is wanted and the server speaks something else."""
    REFUSED = auto()

    @property
    def is_permanent(self) -> bool:
        """Say whether the same attempt would fail again, so that a person must act first."""
        return self is not FailureReason.REFUSED


# --- the connection ---------------------------------------------------------------------------------------


@frozen
class Registered:
    """The server has welcomed us and told its limits; channels may be joined now."""

    nick: str
    isupport: ISupport
    capabilities: frozenset[str]
    account: str | None


@frozen
class RegistrationFailed:
    """The server does not take us. The connection is of no further use."""

    reason: FailureReason
    code: str
    text: str


@frozen
class NickTaken:
    """The wanted nick was refused; the next candidate, if any, is asked for without further ado."""

    nick: str
    code: str
    text: str
    next_nick: str | None


@frozen
class CapabilitiesChanged:
    """The server granted or withdrew capabilities after the registration."""

    enabled: frozenset[str]


@frozen
class Pong:
    """An answer to our own PING, with the seconds it took and the text it was sent with."""

    round_trip_s: float
    mark: str = ""


@frozen
class ServerError:
    """An ERROR line: the server is about to close the connection.

    Whether that is a ban, or for saying too much at once, is our reading of the text.
    """

    text: str
    is_ban: bool
    is_flood: bool = False


@frozen
class TimedOut:
    """The server has not answered in time; the owner must close the connection now."""

    reason: str


@frozen
class Nonsense:
    """A line that could not be read, or was not expected. Counted, never fatal."""

    count: int


# --- speech -----------------------------------------------------------------------------------------------


@frozen
class Message:
    """Something was said, by another or (``is_echo``) by us.

    Attributes:
        target: the channel or nick it was said to, without rank symbols.
        status: the rank symbols before the channel (``@`` in ``@#channel``), else empty.
        token: of an echo, the token given to `Session.say`, where the echo could be matched.
        is_historical: it came out of the channel's history, not from somebody who speaks now.
    """

    kind: MessageKind
    source: Source
    target: str
    text: str
    status: str = ""
    tags: Mapping[str, str] = field(default=_NO_TAGS, hash=False)
    msgid: str | None = None
    server_time: datetime | None = None
    account: str | None = None
    label: str | None = None
    token: str | None = None
    is_echo: bool = False
    is_historical: bool = False


@frozen
class HistoryReceived:
    """What the server keeps of a channel, or a page of it; oldest first, our own lines included."""

    target: str
    messages: tuple[Message, ...]


@frozen
class Delivered:
    """The server has taken the line for its target.

    Attributes:
        confirmed: False where the server's silence is the only evidence (notices, which are never answered
            with an error, on servers without echo-message).
    """

    token: str
    msgid: str | None = None
    server_time: datetime | None = None
    confirmed: bool = True


@frozen
class Refused:
    """The server has said that the line went nowhere. ``code`` is a numeric or a FAIL code."""

    token: str
    code: str
    text: str


@frozen
class Unknown:
    """The line was handed to the connection and nothing tells what became of it."""

    token: str
    reason: str


@frozen
class NotSent:
    """The line never left: it may be said again without fear of doubling it."""

    token: str
    reason: str


Fate = Delivered | Refused | Unknown | NotSent


@frozen
class CannotSend:
    """An error for a target that belongs to no line of ours in flight."""

    target: str
    code: str
    text: str


# --- people and channels ----------------------------------------------------------------------------------


@frozen
class Member:
    """Somebody in a channel.

    Attributes:
        symbols: the rank symbols held here, the mightiest first (``@+``).
    """

    nick: str
    symbols: str = ""
    user: str | None = None
    host: str | None = None
    account: str | None = None
    realname: str | None = None
    is_away: bool = False


@frozen
class Joined:
    """Somebody (``is_self``: we) came into a channel. ``account`` is None where the server does not tell."""

    channel: str
    source: Source
    is_self: bool
    account: str | None = None
    realname: str | None = None
    server_time: datetime | None = None


@frozen
class JoinRefused:
    """The server did not let us in."""

    channel: str
    code: str
    text: str


@frozen
class JoinForwarded:
    """The server sends us to another channel than the one asked for (470)."""

    channel: str
    other: str
    text: str


@frozen
class Parted:
    """Somebody left a channel."""

    channel: str
    source: Source
    reason: str
    is_self: bool
    server_time: datetime | None = None


@frozen
class Kicked:
    """Somebody was thrown out of a channel by ``source``."""

    channel: str
    source: Source
    nick: str
    reason: str
    is_self: bool
    server_time: datetime | None = None


@frozen
class Quit:
    """Somebody left the network. ``channels`` are those where we saw them.

    Attributes:
        is_self: it was a connection of ours, left over from before this one.
    """

    source: Source
    reason: str
    channels: tuple[str, ...]
    is_netsplit: bool = False
    is_self: bool = False
    server_time: datetime | None = None


@frozen
class NickChanged:
    """Somebody changed nicks. ``channels`` are those where we see them."""

    source: Source
    old: str
    new: str
    is_self: bool
    channels: tuple[str, ...]
    server_time: datetime | None = None


@frozen
class TopicChanged:
    """A channel's topic. ``is_new`` is False when it is only told on joining. Empty: no topic."""

    channel: str
    topic: str
    setter: str | None
    set_at: datetime | None
    is_new: bool


@frozen
class ModeChange:
    """One mode set or taken."""

    is_set: bool
    mode: str
    argument: str | None = None


@frozen
class ModeChanged:
    """Modes of a channel changed, or (324) were told."""

    channel: str
    source: Source | None
    changes: tuple[ModeChange, ...]


@frozen
class NamesReceived:
    """All members of a channel, ourselves included."""

    channel: str
    members: tuple[Member, ...]


@frozen
class MemberUpdated:
    """Account, host, real name or away state of somebody we see in ``channels``."""

    member: Member
    channels: tuple[str, ...]


@frozen
class Invited:
    """Somebody invited ``nick`` (``is_self``: us) to a channel."""

    channel: str
    source: Source
    nick: str
    is_self: bool


@frozen
class ListedChannel:
    """One row of the server's channel list. The topic may hold formatting codes."""

    name: str
    members: int
    topic: str


@frozen
class ChannelsListed:
    """The answer to LIST. ``is_cut`` when there were more than we keep."""

    channels: tuple[ListedChannel, ...]
    is_cut: bool


@frozen
class CommandRefused:
    """The server refused a command of ours other than a chat line or a join, for ``subject`` where known."""

    code: str
    subject: str
    text: str


@frozen
class OtherLine:
    """A line that the session only passes on (MOTD, server notices, answers to raw commands)."""

    line: Line


Event = (
    Registered
    | RegistrationFailed
    | NickTaken
    | CapabilitiesChanged
    | Pong
    | ServerError
    | TimedOut
    | Nonsense
    | Message
    | HistoryReceived
    | Delivered
    | Refused
    | Unknown
    | NotSent
    | CannotSend
    | Joined
    | JoinRefused
    | JoinForwarded
    | Parted
    | Kicked
    | Quit
    | NickChanged
    | TopicChanged
    | ModeChanged
    | NamesReceived
    | MemberUpdated
    | Invited
    | ChannelsListed
    | CommandRefused
    | OtherLine
)
