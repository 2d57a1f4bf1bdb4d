"""Finds out what became of each chat line that was handed to the connection.

Three sorts of evidence, by what the server can do when the line is handed over:

LABEL    labeled-response: everything the server says about the line carries our label. With echo-message an
         echo is delivery and an error is refusal; a bare acknowledgement without an echo proves neither.
ECHO     echo-message alone: the echo of our own nick, with the same target and text, is delivery. An error
         for the target belongs to the oldest line in flight to it.
BARRIER  neither: the server works in order, so a PING sent right behind a line is answered only after the
         line was dealt with. Silence before the PONG is delivery. Errors before it name the target only:
         when as many came as lines went to it, all are refused; when fewer, no evidence says which.

What gets no answer within a time limit, or is in flight when the connection ends, is unknown.
"""

from collections.abc import Callable, Iterable
from enum import Enum, auto

from attrs import define, evolve

from bridge.networks.irc.protocol.events import Delivered, Fate, Refused, Unknown
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.numerics import WITHOUT_TARGET, is_error
from bridge.networks.irc.protocol.times import server_time

_SPEECH = frozenset({"PRIVMSG", "NOTICE", "TAGMSG"})


class Evidence(Enum):
    """How the fate of a line will show; see the top of this file."""

    LABEL = auto()
    ECHO = auto()
    BARRIER = auto()


@define
class InFlight:
    """A chat line that was handed to the connection. ``target`` is folded."""

    token: str
    evidence: Evidence
    command: str
    target: str
    text: str
    handed_at: float
    label: str | None = None
    barrier: str | None = None
    errors: int = 0
    error: tuple[str, str] = ("", "")


class Fates:
    """The lines in flight, in the order in which they were handed over.

    ``fold`` folds names; ``timeout_s`` is how long a line may stay without an answer.
    """

    def __init__(self, fold: Callable[[str], str], timeout_s: float) -> None:
        self._fold = fold
        self._timeout_s = timeout_s
        self._lines: dict[str, InFlight] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, token: str) -> bool:
        return token in self._lines

    @property
    def in_flight(self) -> tuple[InFlight, ...]:
        """The lines in flight, oldest first."""
        return tuple(self._lines.values())

    def resume(self, lines: Iterable[InFlight], now: float) -> None:
        """Take over the lines in flight of an earlier life of this connection; their time begins anew."""
        self._lines = {one.token: evolve(one, handed_at=now) for one in lines}

    def handed(
        self, token: str, line: Line, evidence: Evidence, *, now: float, label: str | None = None
    ) -> None:
        """Note that a line was handed to the connection."""
        target, text = self._fold(line.param(0)), line.param(1)
        self._lines[token] = InFlight(token, evidence, line.command, target, text, now, label)

    def token_of(self, label: str) -> str | None:
        """Say which line carries a label."""
        return next((one.token for one in self._lines.values() if label and one.label == label), None)

    def answered(self, label: str, answers: Iterable[Line], *, has_echo: bool) -> list[Fate]:
        """Take all that the server said about a label."""
        token = self.token_of(label)
        if token is None:
            return []
        lines = list(answers)
        echo = next((line for line in lines if line.command in _SPEECH and line.source), None)
        if echo is not None:
            return [self._deliver(token, echo)]
        error = next((line for line in lines if is_error(line.command)), None)
        if error is not None:
            return [self._refuse(token, error.command, _last(error))]
        failure = next((line for line in lines if line.command == "FAIL"), None)
        if failure is not None:
            return [self._refuse(token, failure.param(1), _last(failure))]
        del self._lines[token]
        if has_echo:
            return [Unknown(token, "the server took the line but did not echo it")]
        return [Delivered(token)]

    def echoed(self, line: Line) -> Fate | None:
        """Take an echo without a label; it settles the oldest line of the same target and text."""
        target, text = self._fold(line.param(0)), line.param(1)
        likely = [
            one
            for one in self._lines.values()
            if one.evidence is not Evidence.BARRIER and one.command == line.command and one.target == target
        ]
        # Channels may be set to take formatting codes off: the echo is then our text without them.
        for same in (lambda sent: sent == text, lambda sent: strip_codes(sent) == text):
            found = next((one for one in likely if same(one.text)), None)
            if found is not None:
                return self._deliver(found.token, line)
        return None

    def refused(self, code: str, target: str, text: str) -> list[Fate] | None:
        """Take an error without a label; None when it belongs to none of our lines."""
        lines = [one for one in self._lines.values() if one.evidence is not Evidence.LABEL]
        if code not in WITHOUT_TARGET:
            lines = [one for one in lines if one.target == self._fold(target)]
        if not lines:
            return None
        first = lines[0]
        if first.evidence is Evidence.ECHO or len(lines) == 1:
            return [self._refuse(first.token, code, text)]
        first.errors, first.error = first.errors + 1, (code, text)
        return []

    def needs_barrier(self) -> bool:
        """Say whether the fate of some line hangs on a barrier that was not sent yet."""
        return any(one.barrier is None for one in self._barrier_lines())

    def barrier_sent(self, mark: str) -> None:
        """Note that a PING with this text follows all lines in flight."""
        for one in self._barrier_lines():
            one.barrier = one.barrier or mark

    def barrier_passed(self, mark: str) -> list[Fate]:
        """Take the PONG of a barrier."""
        passed = [one for one in self._barrier_lines() if one.barrier == mark]
        by_target: dict[str, list[InFlight]] = {}
        for one in passed:
            by_target.setdefault(one.target, []).append(one)
        return [fate for lines in by_target.values() for fate in self._judge(lines)]

    def expire(self, now: float) -> list[Fate]:
        """Give up on lines that were handed over too long ago."""
        overdue = [one.token for one in self._lines.values() if now - one.handed_at >= self._timeout_s]
        for token in overdue:
            del self._lines[token]
        return [Unknown(token, "the server did not answer in time") for token in overdue]

    def put_off(self, seconds: float) -> None:
        """Let all lines have that much longer: nobody has listened for their answers."""
        for one in self._lines.values():
            one.handed_at += seconds

    def next_expiry(self) -> float | None:
        """Say when the next line is given up."""
        return min((one.handed_at + self._timeout_s for one in self._lines.values()), default=None)

    def lost(self, reason: str) -> list[Fate]:
        """Give up on all lines: the connection has ended."""
        tokens, self._lines = list(self._lines), {}
        return [Unknown(token, reason) for token in tokens]

    def _barrier_lines(self) -> list[InFlight]:
        return [one for one in self._lines.values() if one.evidence is Evidence.BARRIER]

    def _judge(self, lines: list[InFlight]) -> list[Fate]:
        errors = sum(one.errors for one in lines)
        code, text = next((one.error for one in lines if one.errors), ("", ""))
        if errors == 0:
            fates: list[Fate] = [Delivered(one.token, confirmed=one.command != "NOTICE") for one in lines]
        elif errors >= len(lines):
            fates = [Refused(one.token, code, text) for one in lines]
        else:
            fates = [Unknown(one.token, f"the server refused some lines: {text}") for one in lines]
        for one in lines:
            del self._lines[one.token]
        return fates

    def _deliver(self, token: str, echo: Line) -> Delivered:
        del self._lines[token]
        return Delivered(token, echo.tags.get("msgid"), server_time(echo))

    def _refuse(self, token: str, code: str, text: str) -> Refused:
        del self._lines[token]
        return Refused(token, code, text)


def _last(line: Line) -> str:
    return line.params[-1] if line.params else ""
