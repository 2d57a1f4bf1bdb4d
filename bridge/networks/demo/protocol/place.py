"""The demo chat: people, chats and numbered lines, with faults that a test can order.

Its rules are those of a friendly network: every line gets a number, its speaker is told so, and whoever says
a line again with the same token is given the first line's number.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias

from attrs import define, field, frozen

from bridge.model.markup import Document
from bridge.model.messages import Tone

MAX_LINES = 10_000
"""How many lines a chat remembers; older ones can be neither answered nor changed."""


@frozen(kw_only=True)
class Said:
    """A line. ``on_behalf_of`` is whom the speaker speaks for, if it is not for themselves."""

    number: int
    chat: str
    nick: str
    text: Document
    tone: Tone = Tone.TEXT
    reply_to: int | None = None
    on_behalf_of: str | None = None


@frozen(kw_only=True)
class Edited:
    number: int
    chat: str
    nick: str
    target: int
    text: Document
    tone: Tone = Tone.TEXT
    on_behalf_of: str | None = None


@frozen(kw_only=True)
class Reacted:
    number: int
    chat: str
    nick: str
    target: int
    key: str
    on_behalf_of: str | None = None


@frozen(kw_only=True)
class Removed:
    number: int
    chat: str
    nick: str
    target: int
    on_behalf_of: str | None = None


@frozen(kw_only=True)
class TopicSet:
    number: int
    chat: str
    nick: str
    topic: str


@frozen(kw_only=True)
class Came:
    number: int
    chat: str
    nick: str


@frozen(kw_only=True)
class Went:
    number: int
    chat: str
    nick: str
    by: str | None = None
    reason: str | None = None


@frozen(kw_only=True)
class Renamed:
    number: int
    chat: str
    nick: str
    previous: str


Happening: TypeAlias = Said | Edited | Reacted | Removed | TopicSet | Came | Went | Renamed
Watcher = Callable[[Happening], None]


class Fault(Enum):
    """What a test may order for the next write."""

    REFUSE = "refuse"
    BUSY = "busy"
    """Refused for now; it may be said again."""
    LOSE_ANSWER = "lose the answer"
    """The line is taken, but its speaker does not learn it."""
    LOSE_LINE = "lose the line"
    """The line is not taken, and its speaker does not learn it."""


class Refused(Exception):
    """The chat did not take a line."""

    def __init__(self, why: str, *, for_now: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.for_now = for_now


class AnswerLost(Exception):
    """The line was handed over, and nothing came back."""


@define
class Chat:
    """One chat as it is now; nicks in the order they came."""

    name: str
    topic: str = ""
    secret: bool = False
    nicks: list[str] = field(factory=list)
    owners: set[str] = field(factory=set)
    closed_to: set[str] = field(factory=set)
    happenings: list[Happening] = field(factory=list)
    times: list[datetime] = field(factory=list)
    """When they happened, one for each."""


class Place:
    """All chats of one demo network; ``now`` tells it the time."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.chats: dict[str, Chat] = {}
        self.faults: list[Fault] = []
        self._numbers = 0
        self._by_token: dict[str, Happening] = {}
        self._watchers: dict[str, Watcher] = {}

    def open_chat(self, name: str, *, secret: bool = False) -> Chat:
        """The chat of that name, made if there is none."""
        return self.chats.setdefault(name, Chat(name, secret=secret))

    def connect(self, nick: str, watcher: Watcher) -> None:
        """From now on ``watcher`` hears all that happens where ``nick`` is."""
        self._watchers[nick] = watcher

    def disconnect(self, nick: str) -> None:
        """The nick goes out of every chat."""
        self._watchers.pop(nick, None)
        for chat in self.chats.values():
            if nick in chat.nicks:
                self.go(chat.name, nick)

    def deafen(self, nick: str) -> None:
        """The nick's connection hangs: it is still everywhere and hears nothing."""
        self._watchers.pop(nick, None)

    def come(self, name: str, nick: str) -> Chat:
        """Raises ``Refused`` for whom the chat is closed. The first to come owns the chat."""
        chat = self.open_chat(name)
        if nick in chat.closed_to:
            raise Refused("closed")
        if nick not in chat.nicks:
            if not chat.nicks:
                chat.owners.add(nick)
            chat.nicks.append(nick)
            self._happen(Came(number=self._number(), chat=name, nick=nick))
        return chat

    def go(self, name: str, nick: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Leave, or be made to leave ``by`` somebody."""
        chat = self.chats[name]
        self._happen(Went(number=self._number(), chat=name, nick=nick, by=by, reason=reason))
        chat.nicks.remove(nick)

    def rename(self, previous: str, nick: str) -> None:
        """A person gets another nick, everywhere."""
        for chat in self.chats.values():
            if previous in chat.nicks:
                chat.nicks[chat.nicks.index(previous)] = nick
                happening = Renamed(number=self._number(), chat=chat.name, nick=nick, previous=previous)
                self._happen(happening)

    def write(self, token: str | None, make: Callable[[int], Happening]) -> Happening:
        """Let something happen; ``make`` is given its number.

        Raises ``Refused`` and ``AnswerLost``. With a token known from before nothing happens again.
        """
        if token is not None and token in self._by_token:
            return self._by_token[token]
        fault = self.faults.pop(0) if self.faults else None
        if fault in (Fault.REFUSE, Fault.BUSY):
            raise Refused("not now" if fault is Fault.BUSY else "not here", for_now=fault is Fault.BUSY)
        if fault is Fault.LOSE_LINE:
            raise AnswerLost
        happening = make(self._number())
        self._check(happening)
        if token is not None:
            self._by_token[token] = happening
        self._happen(happening)
        if fault is Fault.LOSE_ANSWER:
            raise AnswerLost
        return happening

    def written(self, token: str) -> Happening | None:
        """What came of a token, if anything did: the place forgets none."""
        return self._by_token.get(token)

    def said_in(self, name: str) -> Iterator[Happening]:
        """All that happened in a chat, for tests."""
        return iter(self.chats[name].happenings)

    def history(self, name: str, lines: int) -> list[tuple[datetime, Happening]]:
        """The newest happenings of a chat, oldest first."""
        chat = self.chats[name]
        return list(zip(chat.times, chat.happenings, strict=True))[-lines:] if lines else []

    def _check(self, happening: Happening) -> None:
        chat = self.chats.get(happening.chat)
        if chat is None or happening.nick not in chat.nicks:
            raise Refused("not in the chat")
        if isinstance(happening, TopicSet):
            chat.topic = happening.topic

    def _happen(self, happening: Happening) -> None:
        chat = self.chats[happening.chat]
        chat.happenings.append(happening)
        chat.times.append(self._now())
        del chat.happenings[:-MAX_LINES], chat.times[:-MAX_LINES]
        for nick in chat.nicks:
            if nick in self._watchers:
                self._watchers[nick](happening)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers
