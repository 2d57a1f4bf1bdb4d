"""A bridge between people on both sides, who keep speaking through all of its ends and beginnings."""

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import define, evolve, field

from bridge.core.config import BridgeConfig
from bridge.core.retries import RETRY_KEY
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.outgoing import PostStatus
from bridge.model.portals import Portal, PortalState
from bridge.model.whereabouts import ArrivalTrace
from bridge.networks.demo.protocol.place import Edited, Happening, Reacted, Removed, Said
from bridge.testing.fake_rooms import FakeRoom
from bridge.text.plain import to_plain
from tests.core.simulation.danger import Danger
from tests.core.simulation.law import Kind, Side, Spoken
from tests.core.simulation.life import Ground, Life
from tests.core.simulation.loop import LoopClock, SeededLoop
from tests.core.simulation.pusher import PushingHomeserver
from tests.core.world import ALICE, BOB, LOBBY

PEOPLE = (ALICE, BOB)
NICKS = ("carol", "dave")
_MENDED_S = 200.0
_STARTS = 20


@define
class SimWorld:
    """People, the outside, and the one process that lives now.

    Attributes:
        danger_of: makes the danger in which the next process lives.
        spoken: all that was said, in order, by name.
        events: the events of what people on Matrix did, by name.
        numbers: what the network calls what was said there, by name; the bridge's lines too.
        happened: the same for everything that people there did.
        lives: how many processes there were.
    """

    ground: Ground
    random: Random
    danger_of: Callable[[], Danger]
    spoken: dict[str, Spoken] = field(factory=dict)
    events: dict[str, EventID] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
    happened: dict[str, int] = field(factory=dict)
    lives: int = 0
    _life: Life | None = None
    _unstored: dict[int, str] = field(factory=dict)
    _next: int = 0

    # ------------------------------------------------------------------------------- processes

    @property
    def life(self) -> Life:
        """The process that lives now, begun anew if the last one has ended."""
        if self._life is None or self._life.danger.dead or self._life.unable:
            self.end()
            self.begin()
        assert self._life is not None
        return self._life

    def begin(self) -> None:
        self.lives += 1
        danger = self.danger_of()
        self._life = Life(self.ground, danger)
        self.ground.homeserver.receive = self._life.receive
        self.ground.loop.settle()

    def end(self) -> None:
        """The process is gone from one moment to the next."""
        if self._life is not None:
            self._life.end()
            self._note_unheard()
            self._life = None

    def settle(self) -> None:
        self.ground.loop.settle()

    def turn(self, seconds: float) -> None:
        """Time passes; a process that ends is followed by the next one."""
        self.ground.loop.turn(seconds)
        while self.ground.loop.halted:
            _ = self.life
            self.ground.loop.turn(seconds)

    def lose_connection(self) -> None:
        self.life.lose_connection()
        self._note_unheard()
        self.settle()

    def mend(self) -> None:
        """Everything is there, nothing is dangerous any longer, and time passes."""
        self.end()
        self.danger_of = lambda: Danger(self.ground.loop)
        self.ground.homeserver.down = False
        self.ground.store.switch.down = False
        self.ground.place.faults.clear()
        self.begin()
        for _ in range(_STARTS):
            if not self.life.unable:
                break
        self.turn(_MENDED_S)

    # ------------------------------------------------------------------------------- the rooms

    @property
    def portal(self) -> Portal | None:
        portals = self.ground.store.portals._portals.values()
        return next((one for one in portals if one.state is not PortalState.REMOVED), None)

    def await_portal(self) -> None:
        """The room of the configured chat is made at the start; people come to both sides."""
        while self.portal is None:
            self.turn(1.0)
            _ = self.life
        for nick in NICKS:
            self.ground.place.come(LOBBY, nick)
        self.let_in(self.room())
        self.settle()

    def let_in(self, room: FakeRoom) -> None:
        for person in PEOPLE:
            room.members[person] = "join"

    def room(self) -> FakeRoom:
        """Where people on Matrix speak now: behind every upgrade that the bot has followed."""
        homeserver = self.ground.homeserver
        portal = self.portal
        assert portal is not None
        room = homeserver.rooms[portal.room_id]
        while room.tombstone is not None and self._bot_is_in(room.tombstone[1]):
            room = homeserver.rooms[room.tombstone[1]]
        return room

    def _bot_is_in(self, room_id: RoomID) -> bool:
        return self.ground.homeserver.rooms[room_id].members.get(self.ground.homeserver.bot) == "join"

    # ------------------------------------------------------------------------- people on Matrix

    def say(self, person: UserID = ALICE, *, lines: int = 1, about: str | None = None) -> str:
        """Say one thing, of one or more lines; ``about`` is what it answers."""
        name = self._name("m")
        text = name if lines == 1 else "\n".join(f"{name}.{part}" for part in range(lines))
        content: dict[str, Any] = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        if about is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": self.event_of(about)}}
        kind = Kind.LINE if about is None else Kind.REPLY
        return self._do(name, person, kind, about, "m.room.message", content, parts=lines)

    def edit(self, target: str) -> str:
        name = self._name("m")
        new = {"msgtype": "m.text", "body": name}
        content = {
            "msgtype": "m.text",
            "body": f"* {name}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": self.event_of(target)},
        }
        sender = UserID(self.spoken[target].sender)
        return self._do(name, sender, Kind.EDIT, target, "m.room.message", content)

    def react(self, person: UserID, target: str, key: str | None = None) -> str:
        name = key or self._name("m")
        relation = {"rel_type": "m.annotation", "event_id": self.event_of(target), "key": name}
        return self._do(name, person, Kind.REACTION, target, "m.reaction", {"m.relates_to": relation})

    def remove(self, target: str) -> str:
        """The sender takes back what they said."""
        name = f"rm {target}"
        sender = UserID(self.spoken[target].sender)
        event_id = self.event_of(target)
        return self._do(
            name, sender, Kind.REMOVAL, target, "m.room.redaction", {"redacts": event_id}, redacts=event_id
        )

    def retry(self, target: str) -> None:
        """The sender wishes that what failed is sent again."""
        self.spoken[target] = evolve(self.spoken[target], retries=self.spoken[target].retries + 1)
        relation = {"rel_type": "m.annotation", "event_id": self.event_of(target), "key": RETRY_KEY}
        room = self.room()
        sender = UserID(self.spoken[target].sender)
        self.ground.homeserver.happen(room.room_id, sender, "m.reaction", {"m.relates_to": relation})

    def upgrade(self) -> None:
        """Alice puts another room in the place of this one."""
        homeserver, old = self.ground.homeserver, self.room()
        if old.tombstone is not None:
            return
        new = homeserver.make_room(ALICE, *PEOPLE, public=True)
        old.levels.setdefault("users", {})[ALICE] = 100
        tombstone = homeserver.happen(
            old.room_id, ALICE, "m.room.tombstone", {"replacement_room": new.room_id}, state_key=""
        )
        new.predecessor = (old.room_id, tombstone.event_id)

    # -------------------------------------------------------------------- people on the network

    def hear(self, nick: str = NICKS[0], *, about: str | None = None) -> str:
        name = self._name("r")
        target = self.numbers[about] if about is not None else None
        text = Document.of(name)
        kind = Kind.LINE if about is None else Kind.REPLY
        return self._happen(
            name,
            nick,
            kind,
            about,
            lambda number: Said(number=number, chat=LOBBY, nick=nick, text=text, reply_to=target),
        )

    def hear_edit(self, target: str) -> str:
        name, nick, of = self._name("r"), self.spoken[target].sender, self.numbers[target]
        text = Document.of(name)
        return self._happen(
            name,
            nick,
            Kind.EDIT,
            target,
            lambda number: Edited(number=number, chat=LOBBY, nick=nick, target=of, text=text),
        )

    def hear_reaction(self, nick: str, target: str) -> str:
        name, of = self._name("r"), self.numbers[target]
        return self._happen(
            name,
            nick,
            Kind.REACTION,
            target,
            lambda number: Reacted(number=number, chat=LOBBY, nick=nick, target=of, key=name),
        )

    def hear_removal(self, target: str) -> str:
        nick, of = self.spoken[target].sender, self.numbers[target]
        return self._happen(
            f"rm {target}",
            nick,
            Kind.REMOVAL,
            target,
            lambda number: Removed(number=number, chat=LOBBY, nick=nick, target=of),
        )

    # ------------------------------------------------------------------------- what they can see

    def event_of(self, name: str) -> EventID:
        """The Matrix event that stands for what was said. Raises ``KeyError`` while there is none."""
        self._look()
        return self.events[name]

    def told(self) -> list[str]:
        """What people on Matrix were told that it did not arrive."""
        names = self.event_names()
        sent = (one.outgoing for one in self.ground.homeserver.sent)
        return [names[one.target] for one in sent if isinstance(one, PostStatus) and one.target in names]

    def event_names(self) -> dict[EventID, str]:
        """What every event on Matrix stands for."""
        self._look()
        return {event_id: name for name, event_id in self.events.items()}

    def seen_on_matrix(self) -> list[str]:
        """The lines that people there can speak about."""
        self._look()
        return [one.name for one in self._lines() if one.name in self.events]

    def seen_on_network(self) -> list[str]:
        self._look()
        return [one.name for one in self._lines() if one.name in self.numbers]

    def _lines(self) -> list[Spoken]:
        return [one for one in self.spoken.values() if one.kind in (Kind.LINE, Kind.REPLY)]

    def _look(self) -> None:
        """What the bridge said on either side gets the names of its causes."""
        for happening in self.ground.place.said_in(LOBBY) if LOBBY in self.ground.place.chats else ():
            if isinstance(happening, Said) and happening.nick == "bridge":
                self.numbers.setdefault(to_plain(happening.text).partition(".")[0], happening.number)
        for room in self.ground.homeserver.rooms.values():
            for event in room.timeline:
                name = str(event["content"].get("body", ""))
                if name in self.spoken and event["type"] == "m.room.message":
                    self.events.setdefault(name, EventID(event["event_id"]))

    # ------------------------------------------------------------------------------- inside

    def _name(self, letter: str) -> str:
        self._next += 1
        return f"{letter}{self._next}"

    def _do(
        self,
        name: str,
        person: UserID,
        kind: Kind,
        target: str | None,
        event_type: str,
        content: dict[str, Any],
        *,
        parts: int = 1,
        **fields: Any,
    ) -> str:
        raw = self.ground.homeserver.happen(self.room().room_id, person, event_type, content, **fields)
        self.events[name] = raw.event_id
        self.spoken[name] = Spoken(
            name=name, side=Side.MATRIX, sender=person, kind=kind, target=target, parts=parts
        )
        return name

    def _happen(
        self, name: str, nick: str, kind: Kind, target: str | None, make: Callable[[int], Happening]
    ) -> str:
        there = self._life is not None and self._life.hears
        faults, self.ground.place.faults = self.ground.place.faults, []
        number = self.ground.place.write(None, make).number
        self.ground.place.faults = faults
        self.happened[name] = number
        if kind in (Kind.LINE, Kind.REPLY):
            self.numbers[name] = number
        self.spoken[name] = Spoken(
            name=name, side=Side.NETWORK, sender=nick, kind=kind, target=target, heard=there
        )
        if there:
            self._unstored[number] = name
        return name

    def arrivals(self) -> dict[str, ArrivalTrace]:
        """What is stored of what was heard, by the network's IDs."""
        traces = (trace for _, trace in self.ground.store.arrivals.traces())
        return {str(trace.event.remote_id): trace for trace in traces if trace.event is not None}

    def _note_unheard(self) -> None:
        """The connection ended: what it had heard and not stored is unseen."""
        stored = self.arrivals()
        for number, name in self._unstored.items():
            if f"m{number}" not in stored:
                self.spoken[name] = evolve(self.spoken[name], heard=False)
        self._unstored.clear()


def make_sim_world(
    random: Random,
    danger_of: Callable[[SeededLoop], Danger],
    *,
    config: BridgeConfig | None = None,
    shuffled: bool = True,
) -> SimWorld:
    loop = SeededLoop(random if shuffled else None)
    clock = LoopClock(loop)
    homeserver = PushingHomeserver(loop, clock, random)
    ground = Ground(loop=loop, clock=clock, homeserver=homeserver)
    if config is not None:
        ground.config = config
    homeserver.start()
    return SimWorld(ground=ground, random=random, danger_of=lambda: danger_of(loop))
