"""The law of conservation, as a plain function on what was said, what was seen and what was told.

Whatever was accepted has one effect on the other side, or its sender was told once why it has none; effects
of one sender come in the order in which that sender spoke; nothing happens without a cause; what speaks about
another message is attached to that one; and once all is mended nothing is left open.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum

from attrs import frozen

from bridge.model.statuses import PartState


class Kind(Enum):
    LINE = "line"
    REPLY = "reply"
    EDIT = "edit"
    REACTION = "reaction"
    REMOVAL = "removal"


class Side(Enum):
    MATRIX = "matrix"
    NETWORK = "network"


@frozen(kw_only=True)
class Spoken:
    """What one person did.

    Attributes:
        name: unlike that of all others of the history.
        target: the name of what it speaks about; None for a line.
        parts: how many effects it has.
        retries: how often its sender wished to have it sent again.
        heard: whether it counts as accepted. A line spoken while nobody of ours was there does not.
    """

    name: str
    side: Side
    sender: str
    kind: Kind = Kind.LINE
    target: str | None = None
    parts: int = 1
    retries: int = 0
    heard: bool = True


@frozen(kw_only=True)
class Effect:
    """What people on the other side saw of it; ``target`` is what they saw it attached to."""

    name: str
    side: Side
    part: int = 0
    target: str | None = None


@frozen(kw_only=True)
class Fate:
    """What our records say became of something, part by part, and how often its sender was told."""

    states: tuple[PartState, ...] = ()
    told: int = 0


@frozen(kw_only=True)
class Account:
    """One whole history, at its end. ``side`` of an effect is where it was seen."""

    spoken: Sequence[Spoken]
    effects: Sequence[Effect]
    fates: dict[str, Fate]
    left_open: Sequence[str] = ()


_NO_EFFECT = frozenset({PartState.REFUSED, PartState.EXPIRED, PartState.DEAD})


def breaches(account: Account) -> list[str]:
    """A sentence for every breach of the law; none if it holds."""
    return [
        *_without_cause(account),
        *_doubled(account),
        *_lost(account),
        *_wrongly_told(account),
        *_out_of_order(account),
        *_misattached(account),
        *(f"left open: {what}" for what in account.left_open),
    ]


def _without_cause(account: Account) -> Iterator[str]:
    known = {(one.name, part): one for one in account.spoken for part in range(one.parts)}
    for effect in account.effects:
        cause = known.get((effect.name, effect.part))
        if cause is None or cause.side is effect.side:
            yield f"without cause: {effect.name} part {effect.part} on {effect.side.value}"


def _doubled(account: Account) -> Iterator[str]:
    """Whoever sends an uncertain message again takes it upon themselves. What is gone cannot go twice."""
    wished = {one.name: one.retries for one in account.spoken}
    gone = {one.name for one in account.spoken if one.kind is Kind.REMOVAL}
    seen = Counter((effect.name, effect.part) for effect in account.effects)
    for (name, part), times in seen.items():
        if times > 1 + wished.get(name, 0) and name not in gone:
            yield f"doubled: {name} part {part}, {times} times"


def _lost(account: Account) -> Iterator[str]:
    """No effect, and nobody knows."""
    seen = {(effect.name, effect.part) for effect in account.effects}
    for one in account.spoken:
        missing = [part for part in range(one.parts) if (one.name, part) not in seen]
        if not one.heard or not missing or _is_void(account, one):
            continue
        fate = account.fates.get(one.name, Fate())
        if not fate.told:
            yield f"lost in silence: {one.name}, {_written(fate)}"
        elif any(state.arrived for part, state in enumerate(fate.states) if part in missing):
            yield f"lost, and recorded as arrived: {one.name}, {_written(fate)}"


def _is_void(account: Account, one: Spoken) -> bool:
    """A reaction to what did not cross for sure has nothing to stand by, nor has its removal."""
    if one.kind not in (Kind.REACTION, Kind.REMOVAL) or one.target is None:
        return False
    return not _is_known(account, one.target)


def _wrongly_told(account: Account) -> Iterator[str]:
    seen = Counter(effect.name for effect in account.effects)
    for one in account.spoken:
        fate = account.fates.get(one.name, Fate())
        if fate.told > 1 + one.retries:
            yield f"told too often: {one.name}, {_written(fate)}"
        if not one.retries and fate.told and fate.states and all(state.arrived for state in fate.states):
            yield f"told although it arrived: {one.name}, {_written(fate)}"
        if not one.retries and seen[one.name] and fate.states and set(fate.states) <= _NO_EFFECT:
            yield f"recorded as not arrived, and seen: {one.name}, {_written(fate)}"


def _out_of_order(account: Account) -> Iterator[str]:
    """What was sent again by a person's wish, and what waits for what another person said, has no place."""
    place = {one.name: number for number, one in enumerate(account.spoken)}
    by_name = {one.name: one for one in account.spoken}
    bound = [one for one in account.spoken if not one.retries and not _waits_for_another(one, by_name)]
    sender = {one.name: (one.side, one.sender) for one in bound}
    last: dict[tuple[Side, str], tuple[int, int, str]] = {}
    seen: set[tuple[str, int]] = set()
    for effect in account.effects:
        if effect.name not in sender or (effect.name, effect.part) in seen:
            continue
        seen.add((effect.name, effect.part))
        by, here = sender[effect.name], (place[effect.name], effect.part, effect.name)
        before = last.get(by)
        if before is not None and here < before:
            yield f"out of order: {effect.name} part {effect.part} after {before[2]} part {before[1]}"
        else:
            last[by] = here


def _waits_for_another(one: Spoken, by_name: dict[str, Spoken]) -> bool:
    if one.kind in (Kind.LINE, Kind.REPLY) or one.target not in by_name:
        return False
    target = by_name[one.target]
    return target.sender != one.sender or target.retries > 0


def _misattached(account: Account) -> Iterator[str]:
    by_name = {one.name: one for one in account.spoken}
    seen: set[str] = set()
    for effect in account.effects:
        seen.add(effect.name)
        cause = by_name.get(effect.name)
        if cause is None or cause.target == effect.target:
            continue
        if effect.target is not None or cause.target is None:
            yield f"attached to the wrong message: {effect.name} to {effect.target}, not {cause.target}"
        elif _is_known(account, cause.target) and not _came_first(account, cause, seen):
            yield f"attached to nothing: {effect.name}, which speaks about {cause.target}"


def _came_first(account: Account, reply: Spoken, seen: set[str]) -> bool:
    """An answer does not wait for ever for what it answers: it may come before it, as a line."""
    (target,) = (one for one in account.spoken if one.name == reply.target)
    return reply.kind is Kind.REPLY and reply.side is target.side and target.name not in seen


def _is_known(account: Account, name: str) -> bool:
    """Whether a message was seen, and is known by our records to have been."""
    fate = account.fates.get(name, Fate())
    if not fate.states or not fate.states[0].arrived:
        return False
    (target,) = (one for one in account.spoken if one.name == name)
    return not target.retries and any(effect.name == name for effect in account.effects)


def _written(fate: Fate) -> str:
    states = " ".join(state.value for state in fate.states) or "no record"
    return f"{states}, told {fate.told} times"
