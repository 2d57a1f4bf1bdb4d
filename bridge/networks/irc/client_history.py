"""Fetches what a server keeps of a channel, by whichever way this server tells it.

What is pushed comes right behind our JOIN, so it is all there when the server has answered our next question
about the channel. All this is taken note of before events wait for the one who takes them: who asks for
history may be the very one for whom they wait.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import define, field, frozen

from bridge.api.network import Clock
from bridge.networks.irc.client_connection import Connection
from bridge.networks.irc.client_errors import ClientError, CommandFailed, NotConnected
from bridge.networks.irc.client_states import ClientEvent
from bridge.networks.irc.client_waiting import Waiters
from bridge.networks.irc.protocol.events import (
    CommandRefused,
    HistoryReceived,
    Joined,
    Kicked,
    Message,
    ModeChanged,
    OtherLine,
    Parted,
    Pong,
)
from bridge.networks.irc.protocol.flood import Priority
from bridge.networks.irc.protocol.history import (
    CHATHISTORY,
    PLAYBACK,
    Keeping,
    ask_before,
    ask_latest,
    ask_playback,
    older_of,
    page_size,
    parse_keeping,
    pushed_since,
    pushes_history,
)
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.session import Session

PATIENCE_S: Final = 30.0
"""How long a server that was asked for something may be silent about all of it."""
MAX_PUSHED: Final = 5000
"""Lines kept of all that was pushed and not asked for yet."""
LOOK_BACK: Final = timedelta(days=1)
"""How much further back a ZNC is asked, so that its answer shows how far its buffer reaches."""


@frozen
class Told:
    """What the server told, oldest first, our own lines included.

    Attributes:
        whole_since: nothing later is missing; None where that is not known.
    """

    messages: tuple[Message, ...]
    whole_since: datetime | None


@define
class _Entry:
    """A channel that we came into."""

    joined_at: datetime | None
    pushed: list[Message] = field(factory=list)
    created_at: datetime | None = None


class Histories:
    """The histories of one client's channels. ``fold`` folds names."""

    def __init__(self, fold: Callable[[str], str], clock: Clock) -> None:
        self._fold = fold
        self._clock = clock
        self._answers = 0
        self._entries: dict[str, _Entry] = {}
        self._kept = 0
        self._sent = 0
        self._passed: Waiters[None] = Waiters()
        self._modes: Waiters[None] = Waiters()
        self._pages: Waiters[tuple[Message, ...]] = Waiters()

    async def fetch(self, connection: Connection, channel: str, since: datetime, limit: int) -> Told | None:
        """What was said in a channel from then on, or a little more; None where the server keeps nothing.

        Raises ``ClientError``, also when the server tells nothing at all for ``PATIENCE_S``: many channels
        may be asked for at once, and slowly.
        """
        asked = asyncio.ensure_future(self._fetch(connection, channel, since, limit))
        try:
            while True:
                before = self._answers
                silence = asyncio.ensure_future(self._clock.sleep(PATIENCE_S))
                try:
                    await asyncio.wait({asked, silence}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    silence.cancel()
                if asked.done():
                    return asked.result()
                if self._answers == before:
                    raise CommandFailed("", "the server did not answer in time")
        finally:
            asked.cancel()

    async def _fetch(self, connection: Connection, channel: str, since: datetime, limit: int) -> Told | None:
        session = connection.session
        capabilities = session.capabilities
        if "server-time" not in capabilities:
            return None
        if {"batch", CHATHISTORY} <= capabilities:
            return await self._page_back(connection, channel, since, limit)
        if PLAYBACK in capabilities:
            session.send(ask_playback(channel, since - LOOK_BACK), Priority.CONTROL)
            await self._barrier(connection)
            messages = self._take_pushed(channel)
            reaches_back = bool(messages) and (messages[0].server_time or since) <= since
            return Told(messages, since if reaches_back else _first(messages)) if messages else None
        if pushes_history(session.isupport, session.offered):
            return await self._pushed(connection, channel)
        return None

    # --- what was pushed ---

    async def _pushed(self, connection: Connection, channel: str) -> Told | None:
        entry = self._entries.get(self._fold(channel))
        if entry is None:
            return None
        await self._until_modes_are_told(connection, channel)
        keeping = _keeping(connection.session, channel)
        messages = self._take_pushed(channel)
        if not messages and keeping is None:
            return None
        # A server that has just begun has forgotten what was before, and so has a channel made anew.
        now = entry.joined_at or datetime.now(UTC)
        whole = pushed_since(messages, keeping, now)
        made = entry.created_at
        return Told(messages, max(whole, made) if whole is not None and made is not None else whole)

    async def _until_modes_are_told(self, connection: Connection, channel: str) -> None:
        """By then all that was pushed is here, and so is the mode that tells how much is kept."""
        known = connection.session.channels.get(channel)
        if known is None or known.modes_told:
            return
        with self._modes.expecting(self._fold(channel)) as told:
            # Ahead of chat, behind which our first question for them may wait.
            connection.session.send(Line("MODE", (channel,)), Priority.CONTROL)
            connection.flush()
            await told

    async def _barrier(self, connection: Connection) -> None:
        """Until the server has answered all that was asked before."""
        self._sent += 1
        mark = f"history-{self._sent}"
        with self._passed.expecting(mark) as passed:
            connection.session.send(Line("PING", (mark,)), Priority.CONTROL)
            connection.flush()
            await passed

    def _take_pushed(self, channel: str) -> tuple[Message, ...]:
        entry = self._entries.get(self._fold(channel))
        if entry is None:
            return ()
        messages, entry.pushed = tuple(entry.pushed), []
        self._kept -= len(messages)
        return messages

    # --- what is asked for ---

    async def _page_back(self, connection: Connection, channel: str, since: datetime, limit: int) -> Told:
        session = connection.session
        size = page_size(session.isupport)
        page = await self._page(connection, channel, ask_latest(channel, size))
        messages = list(page)
        while page and len(messages) < limit and (messages[0].server_time or since) > since:
            ask = ask_before(channel, messages[0], size, session.isupport)
            page = () if ask is None else await self._page(connection, channel, ask)
            older = older_of(page, messages)
            page = page if older else ()
            messages = older + messages
        reaches_back = bool(messages) and (messages[0].server_time or since) <= since
        cut = messages[-limit:]
        whole_since = since if reaches_back and len(cut) == len(messages) else _first(cut)
        before = self._only_before_us(channel, cut)
        if len(before) < len(cut) and whole_since is not None:
            # What was said in the very moment of our coming was told to us live, or not at all.
            at_entry = [one for one in cut if one not in before and one.server_time == self._entered(channel)]
            whole_since = max([whole_since, *(one.server_time for one in at_entry if one.server_time)])
        return Told(tuple(before), whole_since)

    def _entered(self, channel: str) -> datetime | None:
        entry = self._entries.get(self._fold(channel))
        return None if entry is None else entry.joined_at

    async def _page(self, connection: Connection, channel: str, line: Line) -> tuple[Message, ...]:
        with self._pages.expecting(self._fold(channel)) as page:
            connection.session.send(line, Priority.CONTROL)
            connection.flush()
            return await page

    def _only_before_us(self, channel: str, messages: Sequence[Message]) -> list[Message]:
        """Without an ID, what was said since we are there could not be told from what is heard live."""
        joined_at = self._entered(channel)
        return [
            message
            for message in messages
            if message.msgid is not None
            or (joined_at is not None and message.server_time is not None and message.server_time < joined_at)
        ]

    # --- what is told ---

    def take(self, event: ClientEvent) -> None:
        """Take note of an event; never blocks."""
        match event:
            case Joined(channel=channel, is_self=True, server_time=joined_at):
                self._forget(channel)
                self._entries[self._fold(channel)] = _Entry(joined_at)
            case Parted(channel=channel, is_self=True) | Kicked(channel=channel, is_self=True):
                self._forget(channel)
            case HistoryReceived(target=target, messages=messages):
                self._answers += 1
                self._told(target, messages)
            case CommandRefused(code=code, subject=subject, text=text):
                if subject in ("LATEST", "BEFORE", "CHATHISTORY") and (asked := self._pages.waited_for()):
                    # A failure names only the kind of question; answers come in the order of the questions.
                    self._pages.refuse(asked[0], CommandFailed(code, text))
                self._modes.refuse(self._fold(subject), CommandFailed(code, text))
            case ModeChanged(channel=channel, source=None):
                self._answers += 1
                self._modes.answer(self._fold(channel), None)
            case Pong(mark=mark):
                self._answers += 1 if mark in self._passed else 0
                self._passed.answer(mark, None)
            case OtherLine(line=Line(command="329") as line):
                entry = self._entries.get(self._fold(line.param(1)))
                if entry is not None and line.param(2).isascii() and line.param(2).isdecimal():
                    entry.created_at = datetime.fromtimestamp(int(line.param(2)[:10]), UTC)
            case _:
                pass

    def connection_ended(self) -> None:
        """Forget all that was pushed, and refuse all who still wait."""
        self._entries.clear()
        self._kept = 0
        error: ClientError = NotConnected("the connection ended")
        self._passed.refuse_all(error)
        self._modes.refuse_all(error)
        self._pages.refuse_all(error)

    def _told(self, target: str, messages: tuple[Message, ...]) -> None:
        name = self._fold(target)
        if name in self._pages:
            self._pages.answer(name, messages)
            return
        entry = self._entries.get(name)
        if entry is not None:
            room = max(0, MAX_PUSHED - self._kept)
            newest = messages[-room:] if room else ()
            entry.pushed += newest
            self._kept += len(newest)

    def _forget(self, channel: str) -> None:
        entry = self._entries.pop(self._fold(channel), None)
        self._kept -= len(entry.pushed) if entry is not None else 0


def _keeping(session: Session, channel: str) -> Keeping | None:
    known = session.channels.get(channel)
    return None if known is None else parse_keeping(known.modes.get("H"))


def _first(messages: Sequence[Message]) -> datetime | None:
    return messages[0].server_time if messages else None
