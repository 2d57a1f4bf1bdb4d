"""Which Matrix messages must not cross, so that two programs never talk to each other for ever."""

from collections import OrderedDict, deque
from enum import Enum

from attrs import frozen

from bridge.model.ids import RoomID
from bridge.model.matrix_events import MatrixEdit, MatrixMessage
from bridge.model.messages import TextBody, Tone


class NotCrossing(Enum):
    """Why a message stays on its side."""

    OWN_MARK = "own mark"
    OWN_USER = "own user"
    NOTICE = "notice"
    FOREIGN_BRIDGE = "foreign bridge"
    PING_PONG = "ping-pong"


@frozen(kw_only=True)
class LoopRules:
    relay_notices: bool = True
    """Whether what programs say (``m.notice``) crosses."""
    relay_foreign_bridges: bool = False
    """Whether what another bridge relayed crosses."""


def why_not_cross(
    message: MatrixMessage | MatrixEdit,
    rules: LoopRules,
    *,
    own_user: bool,
    ping_pong: bool = False,
) -> NotCrossing | None:
    """Why a message must not cross, or None when it may.

    ``own_user``: the sender is the bridge bot or a ghost. ``ping_pong``: the answer of ``PingPong.seen``.
    A mark that somebody else forged keeps only their own message back.
    """
    if message.mark is not None:
        return NotCrossing.OWN_MARK
    if own_user:
        return NotCrossing.OWN_USER
    if isinstance(message, MatrixMessage) and message.foreign_bridge and not rules.relay_foreign_bridges:
        return NotCrossing.FOREIGN_BRIDGE
    if is_notice(message) and not rules.relay_notices:
        return NotCrossing.NOTICE
    return NotCrossing.PING_PONG if ping_pong else None


def is_notice(message: MatrixMessage | MatrixEdit) -> bool:
    return isinstance(message.body, TextBody) and message.body.tone is Tone.NOTICE


class PingPong:
    """Notices that come again and again, as they do when another bridge sends ours back.

    The ``limit``-th notice of the same words in one room within ``window_s`` seconds is a repetition, and so
    is each further one until the room was free of it that long. Who says it does not matter: in a loop it
    is now this program, now that one.
    """

    def __init__(self, *, limit: int = 5, window_s: float = 60.0, max_texts: int = 10_000) -> None:
        self._limit = limit
        self._window_s = window_s
        self._max_texts = max_texts
        self._times: OrderedDict[tuple[RoomID, int], deque[float]] = OrderedDict()

    def seen(self, message: MatrixMessage | MatrixEdit, now_s: float) -> bool:
        """Take note of a message; True when it is a repetition. People may repeat themselves."""
        if not is_notice(message) or not isinstance(message.body, TextBody):
            return False
        times = self._of((message.room_id, hash(message.body.text)))
        while times and now_s - times[0] > self._window_s:
            times.popleft()
        times.append(now_s)
        return len(times) >= self._limit

    def _of(self, key: tuple[RoomID, int]) -> deque[float]:
        times = self._times.setdefault(key, deque(maxlen=self._limit))
        self._times.move_to_end(key)
        if len(self._times) > self._max_texts:
            self._times.popitem(last=False)
        return times
