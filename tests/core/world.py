"""A small world: the joined core on a fake homeserver, a fake store and the demo network."""

from collections.abc import Mapping
from typing import Any

from attrs import define

from bridge.app.heart import Heart, Outside, make_heart
from bridge.app.tasks import TaskOwner
from bridge.core.config import BridgeConfig
from bridge.core.ports import Stores
from bridge.matrix.reader import EventReader
from bridge.model.ids import ChatID, EventID, MxcURI, NetworkName, PortalKey, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.model.namespace import Namespace
from bridge.model.portals import Portal, PortalOrigin
from bridge.networks.demo.config import DemoConfig
from bridge.networks.demo.connector import DemoConnector
from bridge.networks.demo.ids import parse_chat_text
from bridge.policy.access import AccessRules
from bridge.testing.clock import HandClock, settle
from bridge.testing.homeserver import FakeHomeserver
from bridge.testing.store import FakeStore
from bridge.text.catalogue import Catalogue

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

    def texts(self, portal: Portal) -> list[str]:
        return self.homeserver.texts(portal.room_id)

    async def stop(self) -> None:
        await self.demo.stop()
        await self.tasks.stop()


async def make_world(
    *,
    config: BridgeConfig | None = None,
    nicks: tuple[str, ...] = ("bridge",),
    before: World | None = None,
    connect: bool = True,
) -> World:
    """A world that runs. With ``before`` it is that world's bridge started anew on the same rest."""
    homeserver = before.homeserver if before else FakeHomeserver(DOMAIN)
    store = before.store if before else FakeStore()
    clock = before.clock if before else HandClock()
    tasks = TaskOwner()
    settings = config or BridgeConfig(quiet_s=2.0)
    heart = make_heart(
        Outside(
            config=settings,
            access=AccessRules.safe(DOMAIN, ADMIN),
            names=Namespace(DOMAIN),
            stores=Stores(
                inbox=store.inbox,
                ledger=store.ledger,
                arrivals=store.arrivals,
                messages=store.messages,
                portals=store.portals,
                ghosts=store.ghosts,
                rooms=store.rooms,
            ),
            homeserver=homeserver,
            reader=EventReader(homeserver.namespace),
            media=Links(),
            sentence=Catalogue().document,
            clock=clock,
            tasks=tasks,
        )
    )
    demo = before.demo if before else DemoConnector(DEMO, DemoConfig(chats=(), nicks=nicks), clock=clock)
    heart.networks.add(demo)
    world = World(homeserver, store, clock, tasks, heart, demo)
    await heart.start()
    if connect:
        await demo.start(heart.host)
        await heart.rooms.attend(demo)
    await settle()
    return world


def key_of(chat: ChatID) -> PortalKey:
    return PortalKey(DEMO, chat)
