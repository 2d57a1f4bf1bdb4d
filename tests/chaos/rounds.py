"""One round: people talk, faults strike and are mended, and then everything said must be accounted for."""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Final

from attrs import frozen

from tests.chaos.away import GRACE_S, times_away
from tests.chaos.faults import fault_of
from tests.chaos.irc_person import IrcPerson
from tests.chaos.matrix_person import MatrixPerson
from tests.chaos.plan import Round, Trouble, Utterance
from tests.chaos.record import Place, Said, Side
from tests.chaos.speech import Token
from tests.chaos.stack import EAR, Stack
from tests.chaos.verdict import Verdict, judge

_NOTICE_LIMIT_S: Final = 22.0
_SHORT_S: Final = 1.5
"""Nobody waits for a notice about a shorter gap; without one it counts as untold all the same."""
_LOOK_S: Final = 0.1
_QUIET_S: Final = 0.3
"""A doubled message would come late as well; later rounds watch for it too."""


@frozen
class Held:
    """A round that was held. ``seconds``: how long it took in all."""

    plan: Round
    verdict: Verdict
    began_at: float
    seconds: float


async def hold(stack: Stack, plan: Round) -> Held:
    """Raises what the harness itself cannot do, such as starting a server again."""
    began, began_at = perf_counter(), stack.book.clock()
    numbers = dict.fromkeys(_people(stack), 0)
    async with asyncio.TaskGroup() as group:
        speeches = _assigned(stack, plan.speeches)
        for person, turns in speeches:
            group.create_task(_speak(stack, plan.number, person, turns, numbers))
        for trouble in plan.troubles:
            group.create_task(_make(stack, trouble))
    await _settled(stack, plan.number)
    return Held(plan, judge(stack.book, plan.number), began_at, perf_counter() - began)


# Talking.

Person = MatrixPerson | IrcPerson


def _people(stack: Stack) -> list[Person]:
    """All who speak."""
    return [*stack.matrix_people, *(person for person in stack.irc_people if person.nick != EAR)]


def _assigned(
    stack: Stack, speeches: Sequence[Sequence[Utterance]]
) -> list[tuple[Person, list[tuple[Place, Sequence[Utterance]]]]]:
    """Each person speaks in all places at once on Matrix, and in those of the own network on IRC."""
    found: list[tuple[Person, list[tuple[Place, Sequence[Utterance]]]]] = []
    next_one = 0
    for person in _people(stack):
        turns: list[tuple[Place, Sequence[Utterance]]] = []
        for place in stack.places:
            if isinstance(person, MatrixPerson) or person.network == place.network:
                turns.append((place, speeches[next_one % len(speeches)]))
                next_one += 1
        found.append((person, turns))
    return found


async def _speak(
    stack: Stack,
    round_: int,
    person: Person,
    turns: Sequence[tuple[Place, Sequence[Utterance]]],
    numbers: dict[Person, int],
) -> None:
    async def in_one(place: Place, speech: Sequence[Utterance]) -> None:
        last = ""
        for one in speech:
            await asyncio.sleep(one.pause_s)
            numbers[person] += 1
            token = Token(round_, _name(person), numbers[person])
            if isinstance(person, MatrixPerson):
                last = await _say_on_matrix(stack, person, place, token, one.kind, last)
            else:
                _say_on_irc(stack, person, place, token, one.kind)

    async with asyncio.TaskGroup() as group:
        for place, speech in turns:
            group.create_task(in_one(place, speech))


def _name(person: Person) -> str:
    return person.name if isinstance(person, MatrixPerson) else person.nick


async def _say_on_matrix(
    stack: Stack, person: MatrixPerson, place: Place, token: Token, kind: str, last: str
) -> str:
    """Returns the event that the next edit or reaction is about."""
    room_id, book = stack.rooms[place], stack.book
    kind = kind if kind in stack.bridge.kinds and last else "message"
    if kind == "redaction" and not _arrived(stack, last):
        # What is deleted before it went out is rightly never said.
        kind = "message"
    book.said[token] = Said(token, Side.MATRIX, place, kind, book.clock())
    match kind:
        case "edit":
            text = f"{token} is what was meant all the time, and in quite other words"
            content: dict[str, object] = {
                "msgtype": "m.text",
                "body": f"* {text}",
                "m.new_content": {"msgtype": "m.text", "body": text},
                "m.relates_to": {"rel_type": "m.replace", "event_id": last},
            }
            event_id = await person.insist(room_id, "m.room.message", content)
        case "reaction":
            relation = {"rel_type": "m.annotation", "event_id": last, "key": f"\N{THUMBS UP SIGN}{token}"}
            event_id = await person.insist(room_id, "m.reaction", {"m.relates_to": relation})
        case "redaction":
            event_id = await person.insist_on_redaction(room_id, last, f"{token}")
        case _:
            content = {"msgtype": "m.text", "body": f"{token} said on Matrix"}
            event_id = await person.insist(room_id, "m.room.message", content)
    book.accept(token, event_id)
    return {"message": event_id, "redaction": ""}.get(kind, last)


def _arrived(stack: Stack, event_id: str) -> bool:
    return any(
        said.event_id == event_id and stack.book.has_seen(said.token) for said in stack.book.said.values()
    )


def _say_on_irc(stack: Stack, person: IrcPerson, place: Place, token: Token, kind: str) -> None:
    can_react = kind == "reaction" and person.tags and kind in stack.bridge.kinds
    target = _reactable(stack, place) if can_react else None
    kinds = {"edit": "NOTICE", "redaction": "ACTION"}
    kind = "TAGMSG" if target else kinds.get(kind, "PRIVMSG")
    if not person.here:
        return
    stack.book.said[token] = Said(token, Side.IRC, place, kind, stack.book.clock())
    match kind:
        case "TAGMSG":
            person.say(
                f"@+draft/reply={target};+draft/react=\N{THUMBS UP SIGN}{token} TAGMSG {place.channel}"
            )
        case "ACTION":
            person.say(f"PRIVMSG {place.channel} :\x01ACTION {token} is said in the third person\x01")
        case _:
            person.say(f"{kind} {place.channel} :{token} said on IRC")


def _reactable(stack: Stack, place: Place) -> str | None:
    """The ID of the newest line of somebody on IRC that is in its room already."""
    for token, message_id in reversed(stack.witness.messages.items()):
        if message_id and stack.book.said[token].place == place and stack.book.has_seen(token):
            return message_id
    return None


# Making trouble.


async def _make(stack: Stack, trouble: Trouble) -> None:
    fault = fault_of(trouble.name, stack)
    await asyncio.sleep(trouble.at_s)
    try:
        await fault.strike()
        await asyncio.sleep(trouble.hold_s)
    finally:
        await fault.mend()


# Waiting until all is accounted for.


async def _settled(stack: Stack, round_: int) -> None:
    """Until nothing is missing without an explanation, or for the limit."""
    end = perf_counter() + stack.bridge.limit_s
    while perf_counter() < end and not _is_settled(stack, round_):  # noqa: ASYNC110 - the book is filled by clients
        await asyncio.sleep(_LOOK_S)
    end = min(end, perf_counter() + _NOTICE_LIMIT_S)
    while perf_counter() < end and _is_notice_due(stack, round_):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)
    await asyncio.sleep(_QUIET_S)
    stack.book.did(f"round {round_} is over")


def _is_settled(stack: Stack, round_: int) -> bool:
    return all(stack.witness.is_in(place) for place in stack.places) and not judge(stack.book, round_).lost


def _is_notice_due(stack: Stack, round_: int) -> bool:
    untold = {stack.book.said[token].place for token in judge(stack.book, round_).untold}
    away = times_away(stack.book.comings, stack.book.deeds)
    return any(
        one.place in untold and one.until is not None and one.until - one.since >= GRACE_S + _SHORT_S
        for one in away
    )
