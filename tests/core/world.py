"""A small world: the joined core on a fake homeserver, a fake store and the demo network."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import attrs
from attrs import define, evolve

from bridge.actions.tokens import Tokens
from bridge.app.heart import Heart, Outside
from bridge.app.joining import make_heart
from bridge.app.tasks import TaskOwner
from bridge.core.audit import AuditTrail
from bridge.core.config import BridgeConfig
from bridge.core.ports import Clock, Homeserver, Stores
from bridge.matrix.reader import EventReader
from bridge.model.errors import BridgeError, NotDelivered, Phrase, StoreUnavailable
from bridge.model.ids import ChatID, EventID, MxcURI, NetworkName, PortalKey, RoomID, UserID
from bridge.model.markup import Document
from bridge.model.matrix_events import RawEvent
from bridge.model.messages import TextBody, Tone
from bridge.model.namespace import Namespace
from bridge.model.outgoing import Part, PostStatus, Say, SayMessage
from bridge.model.portals import Portal, PortalOrigin
from bridge.model.statuses import PartState
from bridge.networks.demo.catalogue import SENTENCES as DEMO_SENTENCES
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.from_matrix import plan_say
from bridge.networks.demo.ids import parse_chat_text
from bridge.networks.demo.login import DemoLogin
from bridge.networks.demo.protocol.place import Happening, Place, Said
from bridge.policy.access import AccessRules
from bridge.telemetry.metrics import Metrics
from bridge.testing.audit import FakeAudit
from bridge.testing.clock import HandClock, settle
from bridge.testing.homeserver import FakeHomeserver
from bridge.testing.store import FakeStore
from bridge.testing.tokens import FakeTokens
from bridge.text.catalogue import Catalogue
from bridge.text.plain import to_plain

DOMAIN = "example.org"
ALICE = UserID("@alice:example.org")
BOB = UserID("@bob:example.org")
ADMIN = UserID("@admin:example.org")
STRANGER = UserID("@eve:elsewhere.example")
DEMO = NetworkName("demo")
LOBBY = parse_chat_text("lobby")


class Links:
    """Implements ``core.ports.MediaLinks``."""

    def link(self, mxc: MxcURI, filename: str, mime_type: str | None) -> str | None:
        return f"https://bridge.example/{filename}"


@define
class World:
    """Everything a test of the core touches."""

    homeserver: FakeHomeserver
    store: FakeStore
    clock: HandClock
    tasks: TaskOwner
    heart: Heart
    demo: DemoConnector

    async def begin(self, *, connect: bool) -> None:
        """Start, as the process does."""
        await self.heart.start()
        if connect:
            await self.begin_network()

    async def begin_network(self) -> None:
        await self.demo.start(self.heart.host)
        self.heart.attendance.begin(self.demo)
        self.heart.attendance.open_configured(self.demo)

    async def push(self, *events: RawEvent) -> None:
        """The homeserver pushes events, and all that follows from it happens."""
        await self.heart.outside.stores.inbox.accept(events, self.clock.now())
        self.heart.dispatcher.ring()
        await settle()

    async def say(self, room_id: RoomID, sender: UserID, text: str, **content: Any) -> EventID:
        """A person says something in a room."""
        event = self.homeserver.say(room_id, sender, text, **content)
        await self.push(event)
        return event.event_id

    async def happen(
        self, room_id: RoomID, sender: UserID, event_type: str, content: Mapping[str, Any], **fields: Any
    ) -> EventID:
        event = self.homeserver.happen(room_id, sender, event_type, dict(content), **fields)
        await self.push(event)
        return event.event_id

    async def portal(self, chat: ChatID = LOBBY, *people: UserID) -> Portal:
        """A portal that exists, with people in its room."""
        portal = await self.heart.rooms.open(self.demo, chat, PortalOrigin.COMMAND, ALICE)
        for person in people or (ALICE, BOB):
            self.homeserver.rooms[portal.room_id].members[person] = "join"
        await settle()
        return portal

    def statuses(self) -> list[PostStatus]:
        """What clients were told about messages that did not arrive."""
        return [sent.outgoing for sent in self.homeserver.sent if isinstance(sent.outgoing, PostStatus)]

    async def states(self, event_id: EventID) -> list[PartState]:
        return [row.state for row in await self.store.ledger.parts_of(event_id)]

    def texts(self, portal: Portal) -> list[str]:
        return self.homeserver.texts(portal.room_id)

    # The remote side.

    @property
    def place(self) -> Place:
        return self.demo.place

    async def come(self, nick: str, chat: ChatID = LOBBY) -> None:
        """A remote person comes into a chat."""
        self.place.come(chat, nick)
        await settle()

    async def hear(
        self,
        nick: str,
        text: str,
        *,
        chat: ChatID = LOBBY,
        tone: Tone = Tone.TEXT,
        reply_to: int | None = None,
    ) -> int:
        """A remote person says something. Returns the line's number."""
        document = Document.of(text)
        number = self.do(
            lambda number: Said(
                number=number, chat=chat, nick=nick, text=document, tone=tone, reply_to=reply_to
            )
        )
        await settle()
        return number

    def do(self, make: Callable[[int], Happening]) -> int:
        """Anything else that happens in the demo chat, not yet heard by anybody; faults are not for it."""
        faults, self.place.faults = self.place.faults, []
        number = self.place.write(None, make).number
        self.place.faults = faults
        return number

    def one_part_a_line(self) -> None:
        """From now on the network takes one line at a time, as IRC does."""
        for login in self.demo.logins():
            one_part_a_line(login)

    async def refuse_plans(self, times: int) -> None:
        """The network finds that so many messages can never be said."""
        login = self.demo.logins()[0]
        plan = login.plan
        left = [times]

        def refusing(chat: ChatID, say: Say) -> tuple[Part, ...]:
            if left[0]:
                left[0] -= 1
                raise NotDelivered(Phrase.of("message.failed"))
            return plan(chat, say)

        setattr(login, "plan", refusing)  # noqa: B010 - mypy forbids the plain way

    def forget_tokens(self) -> None:
        """From now on the network takes the same token for a new line, as most networks do."""
        forget_tokens(self.place)

    def line(self, number: int, text: str) -> Said:
        """A line of the bridge's own."""
        return Said(number=number, chat=LOBBY, nick="bridge", text=Document.of(text))

    def fail_advance(self, times: int = 1) -> None:
        """The store is away for a moment just when the outcome of a write is to be kept."""
        keep = self.store.ledger.advance
        left = [times]

        async def advance(*arguments: Any, **named: Any) -> None:
            if left[0]:
                left[0] -= 1
                raise StoreUnavailable(Phrase.of("storage.unavailable", error="for a moment"))
            await keep(*arguments, **named)

        setattr(self.store.ledger, "advance", advance)  # noqa: B010 - mypy forbids the plain way

    def lines(self, chat: ChatID = LOBBY) -> list[Said]:
        """What the bridge said in a remote chat."""
        nicks = {login.client.nick for login in self.demo.logins()}
        happenings = self.place.said_in(chat)
        return [each for each in happenings if isinstance(each, Said) and each.nick in nicks]

    def said(self, chat: ChatID = LOBBY) -> list[str]:
        """The same as plain text."""
        return [to_plain(line.text) for line in self.lines(chat)]

    # Time, and its end.

    async def turn(self, seconds: float) -> None:
        await self.clock.turn(seconds)

    async def disconnect(self) -> None:
        """The network is away."""
        for login in self.demo.logins():
            await login.disconnect()
        await settle()

    async def connect(self) -> None:
        for login in self.demo.logins():
            await login.connect(self.heart.host)
        await settle()

    async def crash(self) -> None:
        """The process is gone from one moment to the next; what it heard but did not store is unheard."""
        for login in self.demo.logins():
            self.place.disconnect(login.client.nick)
            reading = login.client._reading
            if reading is not None:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        await self.tasks.stop()

    async def stop(self) -> None:
        await self.crash()


@define
class Fuse:
    """Kills the process at its ``left``-th call through it: from then on, nothing returns to it.

    ``after`` says whether the last call still takes effect; its answer is lost in any case.
    """

    left: int | None = None
    after: bool = False
    blown: bool = False

    async def through(self, call: Callable[[], Awaitable[Any]]) -> Any:
        await self._burn()
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.blown = True
                if self.after:
                    with contextlib.suppress(BridgeError):
                        await call()
        await self._burn()
        return await call()

    async def _burn(self) -> None:
        if self.blown:
            await asyncio.get_running_loop().create_future()


def fused(call: Callable[..., Awaitable[Any]], fuse: Fuse) -> Callable[..., Awaitable[Any]]:
    async def through(*arguments: Any, **named: Any) -> Any:
        return await fuse.through(lambda: call(*arguments, **named))

    return through


async def make_world(
    *,
    config: BridgeConfig | None = None,
    nicks: tuple[str, ...] = ("bridge",),
    chats: tuple[str, ...] = (),
    before: World | None = None,
    connect: bool = True,
    access: AccessRules | None = None,
    history_lines: int = 0,
    store: Any = None,
    clock: Any = None,
) -> World:
    """A world that runs. With ``before`` it is that world's bridge started anew on the same rest.

    ``store`` and ``clock`` may be real ones; then nothing can be settled or turned, only waited for.
    """
    homeserver = before.homeserver if before else FakeHomeserver(DOMAIN)
    store = store or (before.store if before else FakeStore())
    clock = clock or (before.clock if before else HandClock())
    tasks = TaskOwner()
    settings = config or (before.heart.outside.config if before else BridgeConfig(quiet_s=2.0))
    heart = make_heart(
        make_outside(
            config=settings,
            access=access,
            stores=Stores(**{each.name: getattr(store, each.name) for each in attrs.fields(Stores)}),
            homeserver=homeserver,
            names=homeserver.namespace,
            clock=clock,
            tasks=tasks,
            metrics=Metrics(),
            catalogue=Catalogue(DEMO_SENTENCES),
        )
    )
    demo = _demo(before, DemoConfig(chats=chats, nicks=nicks, history_lines=history_lines), clock)
    heart.networks.add(demo)
    world = World(homeserver, store, clock, tasks, heart, demo)
    await world.begin(connect=connect)
    await settle()
    return world


def make_outside(
    *,
    config: BridgeConfig,
    stores: Stores,
    homeserver: Homeserver,
    names: Namespace,
    clock: Clock,
    tasks: TaskOwner,
    metrics: Metrics,
    catalogue: Catalogue,
    access: AccessRules | None = None,
) -> Outside:
    """What the core stands on here; only what matters to nobody is made."""
    audit = AuditTrail(FakeAudit(), b"k" * 32, clock)
    return Outside(
        config=config,
        access=access or AccessRules.safe(DOMAIN, ADMIN),
        names=names,
        stores=stores,
        homeserver=homeserver,
        reader=EventReader(names),
        media=Links(),
        sentence=catalogue.document,
        clock=clock,
        tasks=tasks,
        metrics=metrics,
        audit=audit,
        tokens=Tokens(FakeTokens(), audit, clock),
    )


def one_part_a_line(login: DemoLogin) -> None:
    """From now on this login writes one line at a time, as IRC does."""
    setattr(login, "plan", _plan_lines)  # noqa: B010 - mypy forbids the plain way


def forget_tokens(place: Place) -> None:
    """From now on the place takes the same token for a new line, as most networks do."""
    write = place.write

    def forgetful(token: str | None, make: Callable[[int], Happening]) -> Happening:
        place._by_token.pop(token or "", None)
        return write(token, make)

    setattr(place, "write", forgetful)  # noqa: B010 - mypy forbids the plain way


def _plan_lines(chat: ChatID, say: Say) -> tuple[Part, ...]:
    if not isinstance(say, SayMessage) or not isinstance(say.body, TextBody):
        return plan_say(say)
    lines = to_plain(say.body.text).split("\n")
    bodies = [TextBody(Document.of(line), say.body.tone) for line in lines]
    return tuple(part for body in bodies for part in plan_say(evolve(say, body=body)))


def _demo(before: World | None, config: DemoConfig, clock: HandClock) -> DemoConnector:
    """A connector as a new process makes it; after a crash, to the place that outlived it."""
    demo = DemoConnector(DEMO, before.demo._config if before else config, clock=clock)
    if before is not None:
        demo.place = before.place
        for login in demo.logins():
            login.client.place = before.place
    return demo


def key_of(chat: ChatID) -> PortalKey:
    return PortalKey(DEMO, chat)
