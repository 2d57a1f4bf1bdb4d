"""Reads off both sides and our records what a history came to."""

from collections import Counter
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from bridge.core.retries import RETRY_KEY
from bridge.model.ids import EventID, InboxSeq
from bridge.model.outgoing import PostStatus
from bridge.model.statuses import PartState
from bridge.networks.demo.protocol.place import Edited, Reacted, Removed, Said
from bridge.testing.fake_rooms import Json
from bridge.testing.store import FakeStore
from bridge.text.plain import to_plain
from tests.core.simulation.law import Account, Effect, Fate, Side, Spoken
from tests.core.simulation.world import SimWorld
from tests.core.world import LOBBY


def account_of(world: SimWorld) -> Account:
    """Everything the law is about."""
    world.event_names()
    return Account(
        spoken=tuple(world.spoken.values()),
        effects=(*_on_network(world), *_on_matrix(world)),
        fates=_fates(world),
        left_open=tuple(_left_open(world.ground.store)),
    )


def _on_network(world: SimWorld) -> Iterator[Effect]:
    by_number = {number: name for name, number in world.numbers.items()}
    for happening in world.ground.place.said_in(LOBBY):
        if happening.nick != "bridge" or getattr(happening, "on_behalf_of", None) is None:
            continue
        match happening:
            case Said(number=number, text=text, reply_to=reply_to):
                name, _, part = to_plain(text).partition(".")
                # Every part of a message is a name for it.
                by_number[number] = name
                yield Effect(
                    name=name, side=Side.NETWORK, part=int(part or 0), target=by_number.get(reply_to or 0)
                )
            case Edited(text=text, target=target):
                yield Effect(name=to_plain(text), side=Side.NETWORK, target=by_number.get(target, "nobody"))
            case Reacted(key=key, target=target) if key != RETRY_KEY:
                yield Effect(name=key, side=Side.NETWORK, target=by_number.get(target, "nobody"))
            case Removed(target=target):
                named = by_number.get(target, "nobody")
                yield Effect(name=f"rm {named}", side=Side.NETWORK, target=named)
            case _:
                pass


def _on_matrix(world: SimWorld) -> Iterator[Effect]:
    names = world.event_names()
    ours = world.ground.homeserver.namespace
    # Rooms are listed by their age: what replaces one comes behind it.
    for room in world.ground.homeserver.rooms.values():
        for event in room.timeline:
            if ours.is_ours(event["sender"]):
                effect = _effect_of(event, names, is_bot=event["sender"] == ours.bot)
                if effect is not None:
                    yield effect


def _effect_of(event: Json, names: dict[EventID, str], *, is_bot: bool) -> Effect | None:
    content = event["content"]
    relation = content.get("m.relates_to", {})
    if event["type"] == "m.room.redaction":
        named = names.get(content["redacts"], "nobody")
        return Effect(name=f"rm {named}", side=Side.MATRIX, target=named)
    if is_bot:
        return None
    if event["type"] == "m.reaction":
        reacted_to = names.get(relation["event_id"], "nobody")
        return Effect(name=relation["key"], side=Side.MATRIX, target=reacted_to)
    if event["type"] != "m.room.message":
        return None
    about = relation.get("event_id") or relation.get("m.in_reply_to", {}).get("event_id")
    target = None if about is None else names.get(about, "nobody")
    return Effect(name=content["body"].removeprefix("* "), side=Side.MATRIX, target=target)


def _fates(world: SimWorld) -> dict[str, Fate]:
    store = world.ground.store
    told = Counter(
        sent.outgoing.target
        for sent in world.ground.homeserver.sent
        if isinstance(sent.outgoing, PostStatus) and not sent.outgoing.arrived
    )
    fates: dict[str, Fate] = {}
    for one in world.spoken.values():
        if one.side is Side.MATRIX:
            event_id = world.events[one.name]
            rows = sorted(store.ledger._of(event_id), key=lambda row: row.index)
            fates[one.name] = Fate(states=tuple(row.state for row in rows), told=told[event_id])
        else:
            fates[one.name] = _fate_there(world, one)
    return fates


def _fate_there(world: SimWorld, one: Spoken) -> Fate:
    """Who speaks on a network is told nothing; of what waited too long for its room the room is told."""
    arrival = world.arrivals().get(f"m{world.happened[one.name]}")
    if arrival is None:
        return Fate()
    return Fate(states=(arrival.state,), told=int(arrival.state is PartState.EXPIRED))


T = TypeVar("T")


def _now(work: Coroutine[Any, Any, T]) -> T:
    """The answer of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as stopped:
        answer: T = stopped.value
        return answer
    raise AssertionError("it waits")


def _left_open(store: FakeStore) -> Iterator[str]:
    yield from (f"part of {one.row.event_id}" for one in store.ledger.traces() if not one.row.state.final)
    yield from (f"untold {row.event_id}" for row in _now(store.ledger.untold()))
    yield from (f"lane {lane}" for lane in _now(store.arrivals.lanes_with_work()))
    yield from (f"event {row.event_id}" for row in _now(store.inbox.pending(InboxSeq(0), 1000)))
    yield from (f"set aside {seq}" for seq in store.inbox.set_aside)
