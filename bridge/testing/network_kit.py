"""What an author of a connector tests it with: a host that remembers, and the questions' driver.

Every network folder has ``tests/driver.py`` with ``DRIVERS``: by name, a function that gives a `Driver`. The
tests in ``tests/contract/test_connectors.py`` put the same questions to each of them, and those in
``test_keeps_history.py`` to each of ``HISTORY_DRIVERS``.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol, TypeVar

from bridge.api.network import ChatInfo, Connector
from bridge.model.ids import ChatID, EventID, LoginID, PartID, Token, UserID
from bridge.model.markup import Document
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import Part, PlannedPart, SayMessage, Speaker, Target
from bridge.model.remote_events import RemoteEvent
from bridge.model.statuses import LoginHealth, LoginState

E = TypeVar("E")

PATIENCE_S = 20.0
"""How long a test waits for what must come, before it is called missing."""


class RealClock:
    """The machine's own time, for tests that speak to real servers."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RecordingHost:
    """A ``Host`` that keeps all it is given, and lets a test wait for it."""

    def __init__(self) -> None:
        self.emitted: list[tuple[LoginID, RemoteEvent]] = []
        self.seen: dict[tuple[LoginID, ChatID], ChatInfo] = {}
        self.states: list[tuple[LoginID, LoginState]] = []
        self._news = asyncio.Event()

    async def emit(self, login: LoginID, event: RemoteEvent) -> None:
        self.emitted.append((login, event))
        self._news.set()

    def login_changed(self, login: LoginID, state: LoginState) -> None:
        self.states.append((login, state))
        self._news.set()

    def sees(self, login: LoginID, info: ChatInfo) -> None:
        self.seen[login, info.chat] = info
        self._news.set()

    def sees_no_more(self, login: LoginID, chat: ChatID) -> None:
        self.seen.pop((login, chat), None)
        self._news.set()

    def events(self, kind: type[E]) -> list[E]:
        """What was emitted of one kind, in order."""
        return [event for _, event in self.emitted if isinstance(event, kind)]

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until something is so; ``TimeoutError`` when it does not come to be."""
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                self._news.clear()
                await self._news.wait()

    async def until_emitted(self, kind: type[E], count: int = 1) -> list[E]:
        """Wait for a number of events of one kind."""
        await self.until(lambda: len(self.events(kind)) >= count)
        return self.events(kind)

    async def until_health(self, login: LoginID, health: LoginHealth) -> LoginState:
        """Wait until the last thing told of a login is this health."""

        def last() -> LoginState | None:
            return next((state for one, state in reversed(self.states) if one == login), None)

        await self.until(lambda: (state := last()) is not None and state.health is health)
        state = last()
        assert state is not None
        return state


class Driver(Protocol):
    """Lets the contract's tests play the remote side of one network."""

    @property
    def connector(self) -> Connector: ...

    @property
    def host(self) -> RecordingHost: ...

    @property
    def chat_text(self) -> str:
        """A chat in which ``nick`` is, as people type it."""

    @property
    def nick(self) -> str: ...

    async def say(self, text: str) -> None:
        """``nick`` says a line in the chat."""

    async def heard(self, count: int) -> Sequence[str]:
        """Wait for ``count`` lines said in the chat by the bridge; their plain text, with all before."""

    async def refuse_next(self) -> None:
        """From now on the network refuses what the bridge says in the chat."""

    async def cut(self) -> None:
        """Cut the bridge's connections, and let no new one succeed."""


class HistoryDriver(Driver, Protocol):
    """Plays a network that keeps what is said in the chat."""

    async def settled(self) -> None:
        """Wait until the network has taken all that ``nick`` said."""


DriverFactory = Callable[[], AbstractAsyncContextManager[Driver]]
HistoryDriverFactory = Callable[[], AbstractAsyncContextManager[HistoryDriver]]


def a_message(
    text: str | Document,
    *,
    relayed: str | None = "alice",
    tone: Tone = Tone.TEXT,
    reply_to: Target | None = None,
) -> SayMessage:
    """What a Matrix user says, ready to be planned."""
    document = text if isinstance(text, Document) else Document.of(text)
    return SayMessage(
        speaker=Speaker(UserID("@alice:example.org"), "Alice", relayed),
        event_id=EventID("$event"),
        body=TextBody(document, tone),
        reply_to=reply_to,
    )


def planned(parts: Sequence[Part], *, prefix: str = "t") -> list[PlannedPart]:
    """Parts as the ledger would hand them to ``Login.send``."""
    return [
        PlannedPart(PartID(index + 1), Token(f"{prefix}{index}"), part, index, len(parts))
        for index, part in enumerate(parts)
    ]
