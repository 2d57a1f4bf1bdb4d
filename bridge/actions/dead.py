"""The action on dead letters: see what failed, send it again, close it for good."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, assert_never

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.rights import Rights
from bridge.actions.trace import said
from bridge.core.letters import Letter, Letters
from bridge.core.portals import Portals
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import ArrivalSeq, InboxSeq, LaneID, PartID, RoomID
from bridge.model.whereabouts import ArrivalTrace, EventTrace, PartTrace
from bridge.policy.access import Action as Right
from bridge.text.plain import shorten

_SHOWN: Final = 20
"""So many stand on one page."""
_AT_ONCE: Final = 100
"""So many are retried or dropped by one wish: nobody floods a network by a word."""
_LOOKED_AT: Final = 1000
_PAGE: Final = re.compile(r"[0-9]{1,3}")
_ALL: Final = "all"
_NAME: Final = re.compile(r"([ema])([0-9]{1,18})", re.IGNORECASE)
_WORD_CHARS: Final = 40
_FAILURE_CHARS: Final = 300


class Dead:
    """What failed and was kept: list it, show one, retry one or all, or drop one or all for good.

    Each has a short name such as `m12`; `dead list 2` shows the second page. Everybody sees and retries their
    own messages: in a bridged room those said there, in the management room all of them. An admin of the
    bridge sees everybody's, and what was set aside on its way in; only an admin drops.
    """

    spec = specs.DEAD

    def __init__(self, letters: Letters, portals: Portals, rights: Rights) -> None:
        self._letters = letters
        self._portals = portals
        self._rights = rights

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        word = arguments.get("what", "list").casefold()
        match word, arguments.get("letter"):
            case "list", None:
                return await self._list(caller, 1)
            case "list", str(page) if _PAGE.fullmatch(page) and 0 < int(page) <= _LOOKED_AT // _SHOWN:
                return await self._list(caller, int(page))
            case "show", str(name):
                return [*self._show(await self._one(caller, name))]
            case "retry", str(name) if name.casefold() == _ALL:
                return await self._retry_all(caller)
            case "retry", str(name):
                letter = await self._one(caller, name)
                done = await self._letters.retry(letter)
                key = "dead.retried" if done else "dead.forgotten"
                return [Phrase(key, {"letter": letter_name(letter)})]
            case "drop", str(name):
                self._rights.require(caller, Right.MANAGE)
                if name.casefold() == _ALL:
                    return await self._drop_all(caller)
                letter = await self._one(caller, name)
                await self._letters.drop(letter, caller.user_id)
                return [Phrase.of("dead.dropped", letter=letter_name(letter))]
        raise InvalidInput(Phrase.of("dead.usage"))

    async def _list(self, caller: Caller, page: int) -> Answer:
        found = await self._found(caller, page * _SHOWN + 1)
        here = found[(page - 1) * _SHOWN : page * _SHOWN]
        if not here:
            return [Phrase.of("dead.none") if page == 1 else Phrase.of("dead.no_page", page=page)]
        lines = [Phrase.of("dead.some"), *(line for one in here for line in self._line(one))]
        if len(found) > page * _SHOWN:
            lines.append(Phrase.of("dead.next_page", page=page + 1))
        return lines

    async def _retry_all(self, caller: Caller) -> Answer:
        """The oldest first, as they were said; those that cannot be sent again are passed over."""
        letters = (await self._found(caller, _LOOKED_AT))[::-1]
        done = forgotten = 0
        for letter in letters:
            if done == _AT_ONCE:
                break
            if await self._letters.retry(letter):
                done += 1
            else:
                forgotten += 1
        return _counted("dead.retried_all", done, forgotten=forgotten, left=len(letters) - done - forgotten)

    async def _drop_all(self, caller: Caller) -> Answer:
        letters = (await self._found(caller, _LOOKED_AT))[::-1]
        for letter in letters[:_AT_ONCE]:
            await self._letters.drop(letter, caller.user_id)
        done = min(len(letters), _AT_ONCE)
        return _counted("dead.dropped_all", done, forgotten=0, left=len(letters) - done)

    async def _found(self, caller: Caller, limit: int) -> Sequence[Letter]:
        """What the caller may see here, newest first."""
        room_id = None if caller.in_management_room else caller.room_id
        everybody = self._rights.may(caller, Right.MANAGE)
        sender = None if everybody else caller.user_id
        found: list[Letter] = [*await self._letters.messages(limit, room_id=room_id, sender=sender)]
        if everybody:
            events = await self._letters.events(limit)
            arrivals = await self._letters.arrivals(limit)
            found += [one for one in events if room_id in (None, one.room_id)]
            found += [one for one in arrivals if room_id in (None, self._room_of(one.lane))]
        return sorted(found, key=_age, reverse=True)[:limit]

    async def _one(self, caller: Caller, name: str) -> Letter:
        """The letter of this name, if there is one that the caller may see. Raises ``InvalidInput``."""
        letter = await self._find(name.strip())
        if not self._rights.may(caller, Right.MANAGE):
            own = isinstance(letter, PartTrace) and letter.row.sender == caller.user_id
            letter = letter if own else None
        if letter is None:
            raise InvalidInput(Phrase.of("dead.no_such", letter=shorten(name, _WORD_CHARS)))
        return letter

    async def _find(self, name: str) -> Letter | None:
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        number = int(match[2])
        match match[1].lower():
            case "e":
                return await self._letters.event(InboxSeq(number))
            case "m":
                return await self._letters.message(PartID(number))
            case _:
                return await self._letters.arrival(ArrivalSeq(number))

    def _line(self, letter: Letter) -> Sequence[Phrase]:
        name = letter_name(letter)
        match letter:
            case PartTrace(row=row):
                values = {"state": row.state.value, "sender": row.sender, **self._place(row.lane)}
                line = Phrase("dead.message", {"letter": name, "at": said(letter.changed_at), **values})
                return [line] if row.reason is None else [line, row.reason]
            case EventTrace():
                at = said(letter.received_at)
                return [
                    Phrase.of("dead.event", letter=name, at=at, event=letter.event_id, room=letter.room_id)
                ]
            case ArrivalTrace():
                place = self._place(letter.lane)
                at = said(letter.received_at)
                return [Phrase.of("dead.arrival", letter=name, at=at, ghost=letter.ghost, **place)]
        assert_never(letter)

    def _show(self, letter: Letter) -> Iterator[Phrase]:
        yield from self._line(letter)
        if isinstance(letter, PartTrace):
            yield Phrase.of("dead.trace", event=letter.row.event_id)
            return
        yield Phrase.of("dead.tries", count=letter.attempts)
        if letter.failure:
            # The traceback's last line; the log has all of it.
            last = letter.failure.strip().splitlines()[-1:] or [""]
            yield Phrase.of("dead.failure", failure=shorten(last[0], _FAILURE_CHARS))

    def _room_of(self, lane: LaneID) -> RoomID | None:
        portal = self._portals.by_lane(lane)
        return portal.room_id if portal else None

    def _place(self, lane: LaneID) -> dict[str, str]:
        portal = self._portals.by_lane(lane)
        return {"network": portal.key.network if portal else "-", "chat": portal.name if portal else "-"}


def letter_name(letter: Letter) -> str:
    """The short name by which people call a dead letter."""
    match letter:
        case PartTrace(row=row):
            return f"m{row.id}"
        case EventTrace(seq=seq):
            return f"e{seq}"
        case ArrivalTrace(seq=seq):
            return f"a{seq}"
    assert_never(letter)


def _age(letter: Letter) -> tuple[datetime, int]:
    """When it was accepted; those of one moment in the order of their numbers."""
    match letter:
        case PartTrace(row=row):
            return row.created_at, row.id
        case EventTrace() | ArrivalTrace():
            return letter.received_at, letter.seq
    assert_never(letter)


def _counted(key: str, done: int, *, forgotten: int, left: int) -> Answer:
    if not (done or forgotten):
        return [Phrase.of("dead.none")]
    lines = [Phrase(key, {"count": done})] if done else []
    lines += [Phrase.of("dead.forgotten_some", count=forgotten)] if forgotten else []
    lines += [Phrase.of("dead.rest", count=left)] if left else []
    return lines
