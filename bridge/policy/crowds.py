"""When many people come or go at once: what is one line instead of many. Pure decisions.

A *crowd* is so many people that come, or go, that nobody wants to read their names. Who was torn away by a
netsplit did not leave: they are *held* for some minutes, and who comes back meanwhile never was away. Times
are seconds of any steady clock.
"""

from collections import OrderedDict, deque
from enum import Enum
from typing import Final

from attrs import define, field, frozen

from bridge.model.ids import RemoteUserID
from bridge.model.remote_events import RemoteUser

WINDOW_S: Final = 5.0
"""So many within this time are a crowd, and after so long without another one it is over."""
CROWD: Final = 10
SPLIT_CROWD: Final = 3
"""Fewer people are not worth a line about a netsplit, though they are held as well."""
LONGEST_S: Final = 60.0
"""After this time a crowd is told even if it goes on."""
PATIENCE_S: Final = 600.0
"""How long somebody who was torn away may take to come back: most netsplits heal within minutes."""
MAX_HELD: Final = 20_000
"""People held of one conversation; further ones leave as if they had said so."""


class Kind(Enum):
    JOINED = "joined"
    LEFT = "left"
    SPLIT = "split"
    RETURNED = "returned"


@frozen
class Crowd:
    """A crowd that is over. ``servers`` names what broke apart."""

    kind: Kind
    count: int
    seconds: int
    servers: str | None = None


class Fate(Enum):
    """What a coming or going means for the room."""

    SINGLE = "single"
    """Somebody came or went."""
    CROWD = "crowd"
    """They are one of many, who are told together."""
    HELD = "held"
    """They were torn away and may come back."""
    RETURNED = "returned"
    """They never were away, as far as the room knows."""


@frozen
class Held:
    user: RemoteUser
    reason: str | None
    servers: str
    until: float


@frozen
class Verdict:
    """``others`` were held to be single people, and turn out to be of the same crowd."""

    fate: Fate
    others: tuple[RemoteUserID, ...] = ()


@define
class _Open:
    began: float
    last: float
    count: int = 0


@define
class CrowdWatch:
    """Who comes to and goes from one conversation."""

    _recent: dict[Kind, deque[tuple[float, RemoteUserID]]] = field(factory=dict, init=False)
    _open: dict[tuple[Kind, str | None], _Open] = field(factory=dict, init=False)
    _held: OrderedDict[RemoteUserID, Held] = field(factory=OrderedDict, init=False)

    def came(self, user: RemoteUser, now: float) -> Verdict:
        held = self._held.pop(user.id, None)
        if held is not None:
            self._count(Kind.RETURNED, held.servers, now)
            return Verdict(Fate.RETURNED)
        return self._one(Kind.JOINED, user, now)

    def went(self, user: RemoteUser, reason: str | None, servers: str | None, now: float) -> Verdict:
        """``servers`` names the netsplit that tore them away, if it was one."""
        if servers is None or len(self._held) >= MAX_HELD:
            self._held.pop(user.id, None)
            return self._one(Kind.LEFT, user, now)
        self._held[user.id] = Held(user, reason, servers, now + PATIENCE_S)
        self._held.move_to_end(user.id)
        self._count(Kind.SPLIT, servers, now)
        return Verdict(Fate.HELD)

    def holds(self, user: RemoteUserID) -> bool:
        """Whether somebody was torn away and may come back."""
        return user in self._held

    def is_here(self, user: RemoteUserID) -> None:
        """Somebody is on a list of those who are there: nobody waits for them any longer."""
        self._held.pop(user, None)

    def over(self, now: float) -> list[Crowd]:
        """The crowds that are over and worth a line; they are forgotten."""
        crowds = []
        for (kind, servers), crowd in list(self._open.items()):
            if now >= _ends_at(crowd):
                del self._open[kind, servers]
                if crowd.count >= (CROWD if servers is None else SPLIT_CROWD):
                    seconds = max(1, round(crowd.last - crowd.began))
                    crowds.append(Crowd(kind, crowd.count, seconds, servers))
        return crowds

    def given_up(self, now: float) -> list[Held]:
        """Those who did not come back in time; they are held no longer."""
        late = []
        while self._held and next(iter(self._held.values())).until <= now:
            late.append(self._held.popitem(last=False)[1])
        return late

    def next_at(self) -> float | None:
        """When ``over`` or ``given_up`` has something to say; None when nothing goes on."""
        held = next(iter(self._held.values()), None)
        times = [_ends_at(crowd) for crowd in self._open.values()]
        return min([*times, *([] if held is None else [held.until])], default=None)

    def remembers(self, now: float) -> bool:
        """Whether somebody came or went so lately that they may be the first of a crowd."""
        return any(recent and recent[-1][0] >= now - WINDOW_S for recent in self._recent.values())

    def _one(self, kind: Kind, user: RemoteUser, now: float) -> Verdict:
        if (kind, None) in self._open:
            self._count(kind, None, now)
            return Verdict(Fate.CROWD)
        recent = self._recent.setdefault(kind, deque(maxlen=CROWD))
        recent.append((now, user.id))
        while recent[0][0] < now - WINDOW_S:
            recent.popleft()
        if len(recent) < CROWD:
            return Verdict(Fate.SINGLE)
        self._open[kind, None] = _Open(recent[0][0], now, len(recent))
        others = tuple(one for _, one in recent)
        recent.clear()
        return Verdict(Fate.CROWD, others)

    def _count(self, kind: Kind, servers: str | None, now: float) -> None:
        crowd = self._open.setdefault((kind, servers), _Open(now, now))
        crowd.count += 1
        crowd.last = now


def _ends_at(crowd: _Open) -> float:
    return min(crowd.last + WINDOW_S, crowd.began + LONGEST_S)
