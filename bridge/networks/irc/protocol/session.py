"""The heart of an IRC connection without I/O: bytes and time in, events and bytes out.

A session lives as long as one connection. Its owner

1. calls `connected` when the connection is open,
2. after every call on the session writes what `bytes_to_send` gives, then asks `next_wakeup` when to call
   `wake`,
3. feeds what arrives to `receive`,
4. calls `lost` when the connection has ended, for whatever reason.

`say` promises an end: for every token comes exactly one `Delivered`, `Refused`, `Unknown` or `NotSent`. A
line counts as handed over once `bytes_to_send` has given it out. Times are seconds of any steady clock.
"""

from collections.abc import Collection, Mapping

from attrs import evolve, field, frozen

from bridge.networks.irc.protocol.batches import Batches
from bridge.networks.irc.protocol.channels import Channel
from bridge.networks.irc.protocol.commands import Commands
from bridge.networks.irc.protocol.events import Event, MessageKind, Nonsense, NotSent, TimedOut
from bridge.networks.irc.protocol.fates import Fates
from bridge.networks.irc.protocol.flood import FloodLimits, Priority
from bridge.networks.irc.protocol.incoming import Incoming
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.keepalive import Keepalive, KeepaliveLimits
from bridge.networks.irc.protocol.line import InvalidLine, Line, LineTooLong, encode_line, parse_line
from bridge.networks.irc.protocol.messages import command_of, make_message, wrapping_bytes
from bridge.networks.irc.protocol.outbox import Outbox
from bridge.networks.irc.protocol.own import text_bytes
from bridge.networks.irc.protocol.registration import Identity, Stage
from bridge.networks.irc.protocol.snapshot import SessionState
from bridge.networks.irc.protocol.stream import LineBuffer
from bridge.networks.irc.protocol.wanted_nick import ASK_EVERY_S

_LONGEST_PING = 400


@frozen
class SessionConfig:
    """What one connection needs to know.

    Attributes:
        registration_s: how long the server may take from the open connection to the end of its welcome.
        settle_s: how long a chat line may stay without an answer.
        version: what CTCP VERSION is answered with.
    """

    identity: Identity
    flood: FloodLimits = field(factory=FloodLimits)
    keepalive: KeepaliveLimits = field(factory=KeepaliveLimits)
    registration_s: float = 60.0
    settle_s: float = 60.0
    version: str = "Trunkline"


class NotRegistered(Exception):
    """The server has not welcomed us yet, or not any more."""


class Session(Commands):
    """One connection. See the top of this file for how to drive it.

    Attributes:
        nonsense: how many lines could not be read.
    """

    def __init__(self, config: SessionConfig) -> None:
        """Raises `InvalidLine` when a name in the configuration cannot be written."""
        for nick in (config.identity.nick, *config.identity.alternatives):
            encode_line(Line("NICK", (nick,)))
        self.nonsense = 0
        self._config = config
        self._lines = LineBuffer()
        self._batches = Batches()
        self._fates = Fates(self._fold, config.settle_s)
        self._outbox = Outbox(config.flood, self._fates)
        self._incoming = Incoming(config.identity, config.version, self._fates, self._outbox)
        self._keepalive: Keepalive | None = None
        self._register_by: float | None = None
        self._ask_for_nick_at: float | None = None
        self._deaf_since: float | None = None
        self._has_ended = False

    # --- a later life of the same connection ---

    @classmethod
    def resumed(cls, config: SessionConfig, state: SessionState, offset: int, now: float) -> "Session":
        """Make the session that a state of this connection tells of, ``offset`` bytes after its beginning.

        Give it what came and went since (`resuming.replay`).
        """
        session = cls(config)
        session.nonsense = state.nonsense
        session._lines = LineBuffer(consumed=offset)
        session._keepalive = Keepalive(config.keepalive, now)
        session._incoming.resume(state)
        session._fates.resume(state.in_flight, now)
        session._outbox.resume(state.pace)
        return session

    def state(self) -> SessionState | None:
        """Give what a later life needs to go on, after `consumed` bytes; None when this is no good time."""
        if not self.is_registered or self._batches.are_open:
            return None
        state = self._incoming.state(self._fates.in_flight, self._outbox.pace)
        return evolve(state, nonsense=self.nonsense)

    @property
    def consumed(self) -> int:
        """How many bytes have come as far as the end of the last whole line."""
        return self._lines.consumed

    @property
    def in_flight(self) -> tuple[str, ...]:
        """The tokens of the lines that were handed over and have no fate yet."""
        return tuple(one.token for one in self._fates.in_flight)

    def wrote(self, line: Line, token: str, now: float) -> None:
        """Note what an earlier life of this connection wrote."""
        self._outbox.rewrite(line, token, now)
        self._incoming.requests.sent(line)

    def forget_waiting(self) -> None:
        """Drop all that waits to be written: an earlier life has written it."""
        self._outbox.forget_waiting()

    # --- what is known ---

    @property
    def is_registered(self) -> bool:
        """Say whether the server has welcomed us and the connection has not ended."""
        return self._incoming.registration.stage is Stage.DONE and not self._has_ended

    @property
    def nick(self) -> str:
        """Our nick."""
        return self._incoming.roster.own.nick if self.is_registered else self._incoming.registration.nick

    @property
    def user(self) -> str | None:
        """Our user name as others see it; None while that is not known."""
        return self._incoming.roster.own.user

    def is_ours(self, nick: str) -> bool:
        """Say whether a nick is ours, or that of a dead connection of ours."""
        roster = self._incoming.roster
        return roster.is_own(nick) or roster.is_leftover(nick)

    @property
    def flood(self) -> FloodLimits:
        """The pace that is kept to."""
        return self._config.flood

    @property
    def round_trip_s(self) -> float | None:
        """How long the server took for the latest PONG; None before the first."""
        return self._incoming.round_trip_s

    @property
    def account(self) -> str | None:
        """The account the server logged us in to."""
        return self._incoming.registration.account

    @property
    def isupport(self) -> ISupport:
        """What the server announced."""
        return self._incoming.isupport

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that are on."""
        return self._incoming.capabilities

    @property
    def offered(self) -> Collection[str]:
        """The capabilities that the server offers, wanted or not."""
        return self._incoming.registration.capabilities.offered

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels we are in, found by any spelling that the server holds to be the same."""
        return self._incoming.roster.channels

    def text_bytes(self, target: str, kind: MessageKind = MessageKind.PRIVMSG) -> int:
        """Say how many UTF-8 bytes of text fit one line to a target, so that all of it arrives."""
        room = text_bytes(self._incoming.roster.own, self.isupport, command=command_of(kind), target=target)
        return room - wrapping_bytes(kind)

    # --- the connection ---

    def connected(self, now: float) -> None:
        """Begin: the connection is open."""
        self._keepalive = Keepalive(self._config.keepalive, now)
        self._register_by = now + self._config.registration_s
        for line in self._incoming.opening():
            self._outbox.put(line, Priority.CONTROL)

    def receive(self, data: bytes, now: float) -> list[Event]:
        """Take bytes as they arrived."""
        return [event for _, events in self.receive_lines(data, now) for event in events]

    def receive_lines(self, data: bytes, now: float) -> list[tuple[int, list[Event]]]:
        """Take bytes as they arrived; give each line's events with the number of bytes up to its end."""
        if self._has_ended:
            return []
        if self._deaf_since is not None:
            self._fates.put_off(now - self._deaf_since)
            self._deaf_since = None
        if data and self._keepalive is not None:
            self._keepalive.heard(now)
        lines = [(offset, self._receive_line(raw, now)) for offset, raw in self._lines.feed_counted(data)]
        self._plan_to_ask_for_nick(now)
        return lines

    def deaf(self, now: float) -> None:
        """Note that the owner reads no further until it calls `receive` again.

        The server gets a sign of life from time to time meanwhile, so that it keeps the connection though its
        PING cannot be seen, and nothing runs out for want of an answer.
        """
        self._deaf_since = now
        if self._keepalive is not None:
            self._keepalive.deaf(now)

    def wake(self, now: float) -> list[Event]:
        """Do what has become due. After a `TimedOut` the owner must close the connection and call `lost`."""
        if self._has_ended:
            return []
        if self._deaf_since is not None:
            return self._wake_deaf(now)
        events: list[Event] = []
        for item in self._batches.expire(now):
            events += self._incoming.understand(item, now)
        events += self._fates.expire(now)
        if self._incoming.registration.stage in (Stage.DONE, Stage.FAILED):
            self._register_by = None
        if self._register_by is not None and now >= self._register_by:
            return [*events, *self._give_up("the server did not welcome us in time")]
        if self._keepalive is not None and self._keepalive.is_dead(now):
            return [*events, *self._give_up("the server did not answer our PING")]
        if self._keepalive is not None and self._keepalive.should_ask(now):
            self._keepalive.asked(now)
            self._outbox.ask()
        if self._ask_for_nick_at is not None and now >= self._ask_for_nick_at:
            self._incoming.ask_for_nick()
            self._ask_for_nick_at = None
        self._plan_to_ask_for_nick(now)
        return events

    def _plan_to_ask_for_nick(self, now: float) -> None:
        if self._ask_for_nick_at is None and self.is_registered and self._incoming.misses_nick:
            self._ask_for_nick_at = now + ASK_EVERY_S

    def _wake_deaf(self, now: float) -> list[Event]:
        if self._keepalive is not None and self._keepalive.should_ask(now):
            self._keepalive.gave_sign(now)
            self._outbox.put(Line("PONG", (self.nick,)), Priority.PONG)
        return []

    def _give_up(self, reason: str) -> list[Event]:
        # Nothing is due any more: the owner closes the connection.
        self._keepalive = self._register_by = None
        return [TimedOut(reason)]

    def lost(self, now: float, reason: str = "the connection was lost") -> list[Event]:
        """End: the connection is gone. All chat lines get their fate."""
        if self._has_ended:
            return []
        events: list[Event] = []
        for item in self._batches.end_all():
            events += self._incoming.understand(item, now)
        self._has_ended = True
        return [*events, *self._fates.lost(reason), *self._outbox.drop_chat(reason)]

    def bytes_to_send(self, now: float) -> bytes:
        """Give the bytes to write now; their lines count as handed over."""
        return b"".join(data for data, _ in self.lines_to_send(now))

    def lines_to_send(self, now: float) -> list[tuple[bytes, str]]:
        """As `bytes_to_send`, line by line, each with its token (empty for what is no chat)."""
        return [] if self._has_ended else self._outbox.hand_over(now)

    def next_wakeup(self, now: float) -> float | None:
        """Say when to call `wake` and `bytes_to_send` next; None when the session has ended."""
        if self._has_ended or self._keepalive is None:
            return None
        if self._deaf_since is not None:
            return min(self._keepalive.next_at(), self._outbox.next_at(now) or self._keepalive.next_at())
        times = (
            self._outbox.next_at(now),
            self._ask_for_nick_at,
            self._fates.next_expiry(),
            self._batches.next_expiry(),
            self._register_by,
            self._keepalive.next_at(),
        )
        return min(time for time in times if time is not None)

    # --- what we say and do; all of these raise NotRegistered, and InvalidLine for what cannot be written ---

    def say(
        self,
        target: str,
        text: str,
        *,
        token: str,
        kind: MessageKind = MessageKind.PRIVMSG,
        tags: Mapping[str, str] | None = None,
    ) -> list[NotSent]:
        """Say one line under a token of the caller's choice, which must not be in use.

        Raises `LineTooLong` when not all of the text would arrive. Tags are left out where the server takes
        none. The answer is empty, or the line's fate if too many lines wait already.
        """
        self._require_registered()
        if kind is MessageKind.TAGMSG and "message-tags" not in self.capabilities:
            raise InvalidLine("the server takes no tags")
        line = make_message(kind, target, text, dict(tags or {}))
        room = self.text_bytes(target, kind)
        if len(text.encode("utf-8", "surrogatepass")) > room:
            raise LineTooLong(f"at most {room} bytes of text arrive")
        self._refuse_lists(target)
        if self._outbox.put_chat(line, token):
            return []
        return [NotSent(token, "too many lines wait already")]

    def cancel(self, token: str) -> bool:
        """Take back a line that was not handed over yet; True if there was one: it has no other fate then."""
        return self._outbox.cancel(token)

    def send(self, line: Line, priority: Priority = Priority.REST) -> None:
        """Send any other line; its answers come as `OtherLine` or `CommandRefused`."""
        self._require_registered()
        self._outbox.put(line, priority)
        self._incoming.requests.sent(line)

    def quit(self, message: str = "") -> None:
        """Say goodbye; the server closes the connection then. Allowed at any time."""
        self._outbox.put(Line("QUIT", (message,) if message else ()), Priority.CONTROL)

    def _fold(self, name: str) -> str:
        return self.isupport.casemapping.fold(name)

    def _require_registered(self) -> None:
        if not self.is_registered:
            raise NotRegistered("the server has not welcomed us")

    def _refuse_lists(self, target: str) -> None:
        if "," in target:
            raise InvalidLine("one target at a time")

    # --- what the server says ---

    def _receive_line(self, raw: bytes, now: float) -> list[Event]:
        try:
            line = parse_line(raw)
        except InvalidLine:
            self.nonsense += 1
            return [Nonsense(self.nonsense)]
        if line.command == "PING":
            self._answer_ping(line)
            return []
        events: list[Event] = []
        for item in self._batches.receive(line, now):
            events += self._incoming.understand(item, now)
        return events

    def _answer_ping(self, line: Line) -> None:
        # Nothing of a PING may keep us from answering it: what cannot be written is left out.
        text = line.param(0).encode("utf-8", "ignore")[:_LONGEST_PING].decode("utf-8", "ignore")
        self._outbox.put(Line("PONG", (text,)), Priority.PONG)
