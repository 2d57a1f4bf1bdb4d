"""What waits to be written: checked when it is put in, labelled and noted when it is handed over."""

from typing import Literal

from attrs import evolve, frozen

from bridge.networks.irc.protocol.events import NotSent
from bridge.networks.irc.protocol.fates import Evidence, Fates
from bridge.networks.irc.protocol.flood import FloodLimits, FloodPlan, Priority
from bridge.networks.irc.protocol.line import MAX_BODY_BYTES, Line, encode_line

MAX_CHAT_LINES = 5000
"""Chat lines that may wait or be in flight at once; whoever says more has not waited for any answer."""
MAX_BEFORE_BARRIER = 2
"""Chat lines in flight at once where only a barrier tells their fate.

ngIRCd 26.1 pauses a second when it reads more than five commands at once (more than three with its flood
limit on); servers of the ircu family close a connection of which more than 1024 bytes wait to be worked off.
"""


@frozen
class Pace:
    """How far the numbering of what we write is, and how many lines may be written at once."""

    marks: int = 0
    tokens: float = 0.0


@frozen(eq=False)
class _Waiting:
    line: Line
    token: str | None = None
    barrier: str | None = None


class Outbox:
    """The writing side of one connection.

    Attributes:
        fates: the chat lines that were handed over and have no answer yet.
        capabilities: names of the capabilities that are on; the owner keeps it current.
        line_bytes: the longest line the server takes, tags left out.
    """

    def __init__(self, limits: FloodLimits, fates: Fates) -> None:
        self.fates = fates
        self.capabilities: frozenset[str] = frozenset()
        self.line_bytes = MAX_BODY_BYTES
        self._limits = limits
        self._plan: FloodPlan[_Waiting] = FloodPlan(limits)
        self._chat: dict[str, _Waiting] = {}
        self._marks = 0
        self._pings: dict[str, float] = {}
        self._barrier_waits = False

    def put(self, line: Line, priority: Priority) -> None:
        """Let a line wait for its turn; raises `InvalidLine` if it cannot be written."""
        self._check(line)
        self._plan.put(_Waiting(line), priority)

    def put_chat(self, line: Line, token: str) -> bool:
        """Let a chat line wait for its turn; False when too many wait already. Raises `InvalidLine`."""
        if token in self._chat or token in self.fates:
            raise ValueError("this token is in use")
        if "message-tags" not in self.capabilities:
            line = evolve(line, tags={})
        self._check(line)
        if len(self._chat) + len(self.fates) >= MAX_CHAT_LINES:
            return False
        self._chat[token] = waiting = _Waiting(line, token)
        self._plan.put(waiting, Priority.CHAT, flow=line.param(0))
        return True

    def cancel(self, token: str) -> bool:
        """Take back a chat line; False when it was handed over already."""
        waiting = self._chat.get(token)
        if waiting is None:
            return False
        del self._chat[token]
        return self._plan.discard(waiting, Priority.CHAT, flow=waiting.line.param(0))

    def ask(self) -> None:
        """Let a PING wait for its turn, to learn whether the server still lives."""
        self._plan.put(_Waiting(Line("PING", (self._next_mark("k"),))), Priority.CONTROL)

    def answered(self, mark: str, now: float) -> float | None:
        """Take the text of a PONG; give its round trip in seconds, None when it answers nothing of ours."""
        asked_at = self._pings.pop(mark, None)
        return None if asked_at is None else now - asked_at

    def waiting(self, priority: Priority) -> int:
        """Say how many lines of one priority wait."""
        return self._plan.waiting(priority)

    def hand_over(self, now: float) -> list[tuple[bytes, str]]:
        """Give the lines that may be written now, with their tokens. They count as handed over."""
        lines = []
        while (waiting := self._next(now)) is not None:
            lines.append((self._handed(waiting, now), waiting.token or ""))
        return lines

    @property
    def pace(self) -> "Pace":
        """What a later life of this connection must know of what was written."""
        return Pace(self._marks, self._plan.tokens)

    def resume(self, pace: "Pace") -> None:
        """Go on after an earlier life of this connection."""
        self._marks = pace.marks
        self._plan.tokens = min(self._plan.tokens, pace.tokens)

    def rewrite(self, line: Line, token: str, now: float) -> None:
        """Note a line that was written in an earlier life of this connection."""
        mark = line.tags.get("label") or line.param(0)
        is_barrier = line.command == "PING" and mark.startswith("b")
        if not is_barrier or self._limits.barriers_cost:
            self._plan.tokens -= 1
        if (line.command == "PING" or "label" in line.tags) and mark[1:].isdecimal():
            self._marks = max(self._marks, int(mark[1:]))
        if line.command == "PING":
            self._pings[mark] = now
        if is_barrier:
            self.fates.barrier_sent(mark)
        if token:
            self.fates.handed(token, line, self._evidence(), now=now, label=line.tags.get("label"))

    def forget_waiting(self) -> None:
        """Drop all that waits: an earlier life of this connection has seen to it."""
        self._chat.clear()
        self._plan.drop_all()
        self._barrier_waits = False

    def next_at(self, now: float) -> float | None:
        """Say when the next waiting line may be written; a line that waits for an answer has no time."""
        return self._plan.next_at(now, may_chat=self._may_chat())

    def _next(self, now: float) -> _Waiting | None:
        waiting = self._plan.take(now, may_chat=self._may_chat())
        if waiting is None and not self._barrier_waits and self.fates.needs_barrier():
            # No further line can leave now: what has left shall be answered.
            self._barrier_waits = True
            mark = self._next_mark("b")
            self._plan.put(_Waiting(Line("PING", (mark,)), barrier=mark), Priority.BARRIER)
            return self._plan.take(now, may_chat=self._may_chat())
        return waiting

    def _may_chat(self) -> bool:
        """Say whether one more chat line may be in flight: a server's queue for us must stay short."""
        if self._evidence() is Evidence.BARRIER:
            return len(self.fates) < MAX_BEFORE_BARRIER
        return self._limits.per_second <= 0 or len(self.fates) < max(1, self._limits.burst)

    def drop_chat(self, reason: str) -> list[NotSent]:
        """Give up on all chat lines that were not handed over."""
        tokens = list(self._chat)
        self._chat.clear()
        self._plan.drop_all()
        return [NotSent(token, reason) for token in tokens]

    def _check(self, line: Line) -> None:
        encode_line(line, max_body_bytes=self.line_bytes)

    def _handed(self, waiting: _Waiting, now: float) -> bytes:
        line = waiting.line
        if line.command == "PING":
            self._pings[line.param(0)] = now
        if waiting.barrier is not None:
            self._barrier_waits = False
            self.fates.barrier_sent(waiting.barrier)
        if waiting.token is not None:
            line = self._hand_chat(waiting.token, line, now)
        return encode_line(line, max_body_bytes=self.line_bytes)

    def _hand_chat(self, token: str, line: Line, now: float) -> Line:
        del self._chat[token]
        evidence = self._evidence()
        label = self._next_mark("t") if evidence is Evidence.LABEL else None
        self.fates.handed(token, line, evidence, now=now, label=label)
        return line if label is None else evolve(line, tags={**line.tags, "label": label})

    def _evidence(self) -> Evidence:
        if "labeled-response" in self.capabilities and "batch" in self.capabilities:
            return Evidence.LABEL
        return Evidence.ECHO if "echo-message" in self.capabilities else Evidence.BARRIER

    def _next_mark(self, kind: Literal["b", "k", "t"]) -> str:
        self._marks += 1
        return f"{kind}{self._marks}"
