"""What of a full lane stays in the inbox, and who may still go past it.

A lane holds so much in memory; what comes beyond that stays in the inbox and is read again when there is
room. Were all that is newer to stay there too, one person's flood would hold up everybody. So a few plain
messages of each person of whom nothing stayed behind are taken all the same. What speaks about another
message is not: its target may be among what stayed.
"""

from collections import Counter

from attrs import define, field

from bridge.core.work import Work
from bridge.model.ids import InboxSeq, UserID
from bridge.model.matrix_events import MatrixMessage


@define
class Spill:
    """Of one lane that holds ``memory`` messages; with those that go past, twice as many at the most.

    Attributes:
        newest: the newest that stayed in the inbox; None when nothing is there.
    """

    memory: int
    newest: InboxSeq | None = None
    _left: Counter[UserID] = field(factory=Counter)
    _passed: set[InboxSeq] = field(factory=set)

    def __bool__(self) -> bool:
        return self.newest is not None

    def may_pass(self, work: Work, *, held: int, own: int) -> bool:
        """Whether it need not wait for what stayed; ``held`` are in memory, ``own`` of them its sender's."""
        event = work.event
        plain = isinstance(event, MatrixMessage) and event.reply_to is None
        few = own < max(1, self.memory // 10) and held < 2 * self.memory
        return plain and few and not self._left[work.sender]

    def leave(self, work: Work, seq: InboxSeq) -> None:
        """It stays in the inbox."""
        self.newest = seq
        self._left[work.sender] += 1

    def passes(self, seq: InboxSeq) -> None:
        """It was taken, and will be met in the inbox again."""
        self._passed.add(seq)

    def is_new(self, work: Work) -> bool:
        """Whether something read from the inbox was not taken before."""
        if work.claim is not None and work.claim.seq in self._passed:
            return False
        self._left[work.sender] = max(0, self._left[work.sender] - 1)
        return True

    def read_up_to(self, seq: InboxSeq) -> InboxSeq:
        """The inbox was read so far. Returns how far it is known: behind the last that stayed, all is."""
        if self.newest is None or seq < self.newest:
            return seq
        known = max(seq, *self._passed) if self._passed else seq
        self.over()
        return known

    def over(self) -> None:
        """Nothing is left there."""
        self.newest = None
        self._left.clear()
        self._passed.clear()
