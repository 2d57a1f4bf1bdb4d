"""Understands what the server says: lines and batches in, events out, with what follows from them.

Registration comes first, then speech and answers to our own questions, then channels and members; an error
is taken by the question that it answers.
"""

from collections.abc import Callable, Iterable
from types import MappingProxyType

from attrs import frozen

from bridge.networks.irc.protocol.batches import Batch, BatchKind
from bridge.networks.irc.protocol.channels import Roster
from bridge.networks.irc.protocol.events import (
    CannotSend,
    CapabilitiesChanged,
    CommandRefused,
    Event,
    HistoryReceived,
    Invited,
    JoinForwarded,
    JoinRefused,
    Message,
    MessageKind,
    OtherLine,
    Pong,
    Registered,
    ServerError,
)
from bridge.networks.irc.protocol.fates import Fates, InFlight
from bridge.networks.irc.protocol.flood import Priority
from bridge.networks.irc.protocol.history import read_history
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import InvalidLine, Line, Source
from bridge.networks.irc.protocol.messages import answer_ctcp, parse_message
from bridge.networks.irc.protocol.numerics import CANNOT_JOIN, CANNOT_SEND, FORWARDED, is_error
from bridge.networks.irc.protocol.outbox import Outbox, Pace
from bridge.networks.irc.protocol.own import Own
from bridge.networks.irc.protocol.registration import TRANSITIONS, Identity, Registration, Stage
from bridge.networks.irc.protocol.requests import Requests
from bridge.networks.irc.protocol.snapshot import SessionState, make_roster, state_of_channel
from bridge.networks.irc.protocol.wanted_nick import WantedNick

MAX_CTCP_WAITING = 3
"""Answers to CTCP requests that may wait; further requests go unanswered, lest they flood us out."""


@frozen
class _Context:
    """Around a line: the label and the batch it came with."""

    label: str | None = None
    is_netsplit: bool = False


_ALONE = _Context()


class Incoming:
    """The listening side of one connection.

    Attributes:
        registration: how far the welcome is, and what the server announced and can do.
        roster: our channels.
        requests: what we have asked for.
        round_trip_s: how long the server took for the latest PONG; None before the first.
    """

    def __init__(self, identity: Identity, version: str, fates: Fates, outbox: Outbox) -> None:
        self.registration = Registration(identity)
        self.roster = Roster(Own(identity.nick), ISupport())
        self.requests = Requests(ISupport().casemapping)
        self.round_trip_s: float | None = None
        self._nick = identity.nick
        self._wanted_nick = WantedNick(identity.nick)
        self._version = version
        self._fates = fates
        self._outbox = outbox

    @property
    def isupport(self) -> ISupport:
        """What the server announced."""
        return self.registration.isupport

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that are on."""
        return frozenset(self.registration.capabilities.enabled)

    def state(self, in_flight: tuple[InFlight, ...], pace: Pace) -> SessionState:
        """Give what a later life of this connection needs to go on."""
        roster, registration = self.roster, self.registration
        return SessionState(
            own=roster.own,
            leftover=roster.leftover,
            missed_nick=self._wanted_nick.was_taken,
            account=registration.account,
            isupport=dict(self.isupport.tokens),
            offered=dict(registration.capabilities.offered),
            enabled=tuple(sorted(self.capabilities)),
            channels=tuple(state_of_channel(channel) for channel in roster.channels.values()),
            naming={name: tuple(named.values()) for name, named in roster.naming.items()},
            joining=tuple(self.requests.joining),
            asked=dict(self.requests.commands),
            in_flight=in_flight,
            pace=pace,
        )

    def resume(self, state: SessionState) -> None:
        """Go on after an earlier life of this connection."""
        registration = self.registration
        registration.stage = Stage.DONE
        registration.nick = state.own.nick
        registration.account = state.account
        registration.isupport = isupport = ISupport(MappingProxyType(dict(state.isupport)))
        registration.capabilities.offered = dict(state.offered)
        registration.capabilities.enabled = set(state.enabled)
        self._outbox.capabilities = self.capabilities
        self._outbox.line_bytes = isupport.line_bytes
        self._wanted_nick = WantedNick(self._nick, was_taken=state.missed_nick)
        self.roster = make_roster(state, isupport)
        self.requests = Requests(isupport.casemapping)
        for channel in state.joining:
            self.requests.joining[channel] = None
        for target, count in state.asked.items():
            self.requests.commands[target] = count

    def opening(self) -> list[Line]:
        """Give the lines that begin the registration."""
        return self.registration.opening()

    def understand(self, item: Line | Batch, now: float, context: "_Context | None" = None) -> list[Event]:
        """Take a line or a batch that has ended."""
        context = context or _ALONE
        if isinstance(item, Line):
            label = item.tags.get("label")
            if label is None:
                return self._understand(item, context, now)
            return self._understand_answer(label, [item], _Context(label), now)
        if item.kind is BatchKind.LABELED_RESPONSE:
            label = item.opening.tags.get("label", "")
            return self._understand_answer(label, item.items, _Context(label), now)
        if item.kind is BatchKind.HISTORY:
            # Who came and went long ago is no news about who is there now.
            return [read_history(item, self.isupport, is_own=self.roster.is_own)]
        inner = _Context(context.label, context.is_netsplit or item.kind is BatchKind.NETSPLIT)
        return [event for part in item.items for event in self.understand(part, now, inner)]

    def _understand_answer(
        self, label: str, items: Iterable[Line | Batch], context: _Context, now: float
    ) -> list[Event]:
        """Understand all that came with a label, then settle the line that carried it."""
        events: list[Event] = []
        lines: list[Line] = []
        for item in items:
            if isinstance(item, Line):
                lines.append(item)
                is_failure = is_error(item.command) or item.command == "FAIL"
                is_ours = is_failure and self._fates.token_of(label) is not None
                events += [] if is_ours else self._understand(item, context, now)
            else:
                events += self.understand(item, now, context)
        has_echo = "echo-message" in self.capabilities
        return [*events, *self._fates.answered(label, lines, has_echo=has_echo)]

    def _understand(self, line: Line, context: _Context, now: float) -> list[Event]:
        registration = self.registration
        if (registration.stage, line.command) in TRANSITIONS:
            return self._register(line)
        if line.command == "ERROR":
            return [ServerError(line.param(0), _is_ban(line.param(0)), _is_flood(line.param(0)))]
        if registration.stage is not Stage.DONE:
            return [OtherLine(line)]
        handler = _HANDLERS.get(line.command)
        if handler is not None:
            return handler(self, line, context, now)
        changes = self.roster.receive(line, is_netsplit=context.is_netsplit)
        if changes is not None:
            return self._noticed(line, changes)
        if is_error(line.command):
            return self._on_error(line)
        if line.command == "FAIL" and len(line.params) > 2:
            return [CommandRefused(line.param(1), line.param(2), line.params[-1])]
        return [] if line.command == "ACK" else [OtherLine(line)]

    def _register(self, line: Line) -> list[Event]:
        registration = self.registration
        before, enabled = registration.stage, self.capabilities
        lines, told = registration.receive(line)
        for answer in lines:
            self._outbox.put(answer, Priority.CONTROL)
        events: list[Event] = [*told]
        self._outbox.capabilities = self.capabilities
        self._outbox.line_bytes = self.isupport.line_bytes
        if before is Stage.DONE:
            self.roster.isupport = self.isupport
            return [CapabilitiesChanged(self.capabilities)] if enabled != self.capabilities else events
        if registration.stage is Stage.DONE:
            self.roster = Roster(Own(registration.nick), self.isupport)
            self.requests = Requests(self.isupport.casemapping)
            if registration.is_nick_in_use:
                self._put_all(self._wanted_nick.missed(registration.nick))
            events.append(
                Registered(registration.nick, self.isupport, self.capabilities, registration.account)
            )
        return events

    def _noticed(self, line: Line, changes: list[Event]) -> list[Event]:
        """Look at a change of channels or members for what it means to our own plans."""
        name = line.param(0)
        if line.source is not None and self.roster.is_own(line.source.nick):
            if line.command == "JOIN":
                self.requests.joining.pop(name, None)
            self.requests.done(name)
        if line.command in ("324", "366"):
            self.requests.done(line.param(1))
        self._put_all(self._wanted_nick.noticed(changes, self.roster))
        return changes

    @property
    def misses_nick(self) -> bool:
        """Say whether somebody had the nick that we still want."""
        return self._wanted_nick.is_missed(self.roster)

    def ask_for_nick(self) -> None:
        """Try to get the nick we wanted, if another one is ours."""
        self._put_all(self._wanted_nick.ask(self.roster))

    def _put_all(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._outbox.put(line, Priority.CONTROL)

    def _on_nick_answer(self, line: Line, _context: _Context, _now: float) -> list[Event]:
        self._put_all(self._wanted_nick.answered(line, self.roster))
        return []

    def _on_speech(self, line: Line, context: _Context, _now: float) -> list[Event]:
        is_echo = line.source is not None and self.roster.is_own(line.source.nick)
        if "batch" not in self.capabilities and self.roster.is_replayed(line):
            message = parse_message(line, self.isupport, is_echo=is_echo, is_historical=True)
            return [HistoryReceived(message.target, (message,))]
        if line.source is not None and self.roster.is_leftover(line.source.nick):
            self.roster.leftover = None  # a dead connection says nothing: it is a person
        token, fate = None, None
        if is_echo and context.label is not None:
            token = self._fates.token_of(context.label)
        elif is_echo:
            fate = self._fates.echoed(line)
            token = fate.token if fate is not None else None
        message = parse_message(
            line,
            self.isupport,
            is_echo=is_echo,
            label=context.label,
            token=token,
        )
        self._answer_ctcp(message)
        return [message] if fate is None else [message, fate]

    def _answer_ctcp(self, message: Message) -> None:
        asks_us = message.kind is MessageKind.CTCP and self.roster.is_own(message.target)
        if not asks_us or message.is_echo or message.is_historical:
            return
        answer = answer_ctcp(message, self._version)
        if answer is not None and self._outbox.waiting(Priority.REST) < MAX_CTCP_WAITING:
            try:
                self._outbox.put(answer, Priority.REST)
            except InvalidLine:
                return

    def _on_pong(self, line: Line, _context: _Context, now: float) -> list[Event]:
        mark = line.params[-1] if line.params else ""
        round_trip_s = self._outbox.answered(mark, now)
        if round_trip_s is None:
            return []
        self.round_trip_s = round_trip_s
        return [*self._fates.barrier_passed(mark), Pong(round_trip_s, mark)]

    def _on_invite(self, line: Line, _context: _Context, _now: float) -> list[Event]:
        nick, channel = line.param(0), line.param(1)
        return [Invited(channel, line.source or Source(""), nick, self.roster.is_own(nick))]

    def _on_list(self, line: Line, _context: _Context, _now: float) -> list[Event]:
        if line.command == "322":
            self.requests.listed(line)
        return [self.requests.end_of_list()] if line.command == "323" else []

    def _on_error(self, line: Line) -> list[Event]:
        code, subject = line.command, line.param(1)
        text = line.params[-1] if line.params else ""
        if code in CANNOT_JOIN and subject in self.requests.joining:
            del self.requests.joining[subject]
            return [JoinRefused(subject, code, text)]
        if code == FORWARDED and subject in self.requests.joining:
            del self.requests.joining[subject]
            return [JoinForwarded(subject, line.param(2), text)]
        if self.requests.takes_error(code, subject):
            return [CommandRefused(code, subject, text)]
        if code in CANNOT_SEND:
            fates = self._fates.refused(code, subject, text)
            return [CannotSend(subject, code, text)] if fates is None else [*fates]
        return [CommandRefused(code, subject, text)]


def _is_ban(text: str) -> bool:
    """Guess from the words of an ERROR whether a person must act; there is no code for it."""
    words = text.lower()
    return any(word in words for word in ("k-line", "g-line", "z-line", "klined", "glined", "banned"))


def _is_flood(text: str) -> bool:
    words = text.lower()
    return any(word in words for word in ("flood", "recvq", "receive queue"))


_HANDLERS: dict[str, Callable[[Incoming, Line, _Context, float], list[Event]]] = {
    "PRIVMSG": Incoming._on_speech,
    "NOTICE": Incoming._on_speech,
    "TAGMSG": Incoming._on_speech,
    "PONG": Incoming._on_pong,
    "INVITE": Incoming._on_invite,
    "302": Incoming._on_nick_answer,
    "303": Incoming._on_nick_answer,
    "321": Incoming._on_list,
    "322": Incoming._on_list,
    "323": Incoming._on_list,
}
