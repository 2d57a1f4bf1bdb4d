"""The whole bridge: made from a configuration, started, stopped."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from random import Random

import aiohttp
import structlog

from bridge.actions.tokens import Tokens
from bridge.api.network import Connector
from bridge.app.api import SIGN_IN_PATH
from bridge.app.audited import note_start
from bridge.app.catch_up import make_reconciler, notice_return
from bridge.app.clock import SystemClock
from bridge.app.control import ControlSocket, ShellDoor
from bridge.app.directory import Directory
from bridge.app.heart import Heart, Outside
from bridge.app.joining import make_heart
from bridge.app.listen import Listeners
from bridge.app.measure import BacklogWatch, measure_requests, watch_waiting
from bridge.app.meeting import Meeting
from bridge.app.public import make_public
from bridge.app.round_trip import RoundTrip
from bridge.app.settings import namespace_of
from bridge.app.sink import InboxIntake, InboxSink
from bridge.app.store_watch import StoreWatch
from bridge.app.tasks import TaskOwner
from bridge.app.upkeep import start_upkeep
from bridge.config import Loaded
from bridge.core.audit import AuditTrail
from bridge.core.config import BridgeConfig
from bridge.core.ports import Clock, Homeserver, Reader, Stores
from bridge.core.ports import MediaLinks as LinkMaker
from bridge.core.reconcile import Reconciler
from bridge.keeper.client import KeptConnections
from bridge.keeper.config import KeeperConfig
from bridge.matrix.client import MatrixClient
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.history import MatrixHistory
from bridge.matrix.homeserver import MatrixHomeserver
from bridge.matrix.open_line import OpenLine
from bridge.matrix.ping import Probe
from bridge.matrix.reader import EventReader
from bridge.matrix.registration import Registration, read_registration, shortcomings
from bridge.matrix.retry import Policy
from bridge.model.errors import Misconfigured, Phrase, StoreUnavailable
from bridge.model.namespace import Namespace
from bridge.model.outgoing import GhostProfile
from bridge.plugins.find import Found, find_networks
from bridge.plugins.networks import GROUP, configured_networks, supervise_networks
from bridge.plugins.supervise import Supervisor
from bridge.policy.access import AccessRules
from bridge.storage.audit import SqlAudit
from bridge.storage.config import DatabaseConfig
from bridge.storage.late import SqlLate
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store
from bridge.storage.tokens import SqlTokens
from bridge.telemetry import get_log
from bridge.telemetry.loop_lag import watch_loop
from bridge.telemetry.metrics import Metrics
from bridge.telemetry.outage import Outage
from bridge.text.catalogue import Catalogue, known_language
from bridge.web.config import PublicConfig
from bridge.web.media_links import MediaLinks
from bridge.web.ports import ReadyCheck

log = structlog.get_logger(__name__)

_STORE_AGAIN_S = 2.0
_FINISH_S = 5.0
"""How long a write may take to its end when the bridge is stopped; then its fate is settled at the start."""


class Bridge:
    """One running Trunkline.

    Args:
        loaded: a configuration without mistakes in the core's sections.
        folder: the data folder; relative places are counted from it.
    """

    def __init__(
        self, loaded: Loaded, folder: Path, *, found: Found | None = None, clock: Clock | None = None
    ) -> None:
        loaded.require_core()
        self._loaded = loaded
        self._folder = folder
        self._found = found or find_networks()
        self._clock: Clock = clock or SystemClock()
        self._tasks = TaskOwner()
        self._random = Random()  # noqa: S311 - for jitter, never for secrets
        held = loaded.section(KeeperConfig)
        self._keeper = KeptConnections(folder, linger_s=held.linger_s) if held.enabled else None
        self._undo = contextlib.AsyncExitStack()
        self.listeners = Listeners()
        self.metrics = Metrics()
        self.heart: Heart
        self.reconciler: Reconciler
        self.round_trip: RoundTrip

    async def start(self) -> None:
        """Listen, take up what was on its way, connect. The homeserver may still be away.

        A database that is away is waited for. Raises ``Misconfigured``, ``ConfigInvalid`` and, if the
        database goes away just then, ``StoreUnavailable``; then nothing is left running.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self, *, for_good: bool = False) -> None:
        """Stop listening, end the connections, let what is being stored be stored.

        Connections to networks that are held stay so, for the next start; unless it is ``for_good``.
        """
        if for_good and self._keeper is not None:
            self._keeper.let_go()
        await self.listeners.stop()
        await self._undo.aclose()

    async def _start(self) -> None:
        registration = self._registration()
        namespace = namespace_of(self._loaded)
        if wrong := shortcomings(registration, namespace):
            raise Misconfigured(wrong[0])
        key = SecretKey.load(self._loaded.section(DatabaseConfig).key_file)
        store = await self._open_store(key)
        section = self._loaded.section(HomeserverConfig)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=section.connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[
                measure_requests(self.metrics),
                notice_return(self._homeserver_is_back, away=self._homeserver_is_away),
            ],
        )
        self._undo.push_async_callback(session.close)
        self._undo.push_async_callback(self._tasks.stop)
        client = MatrixClient(
            session,
            section.url,
            registration.as_token,
            clock=self._clock,
            policy=Policy(budget_s=section.retry_for_s),
            timeout_s=section.request_timeout_s,
        )
        homeserver = MatrixHomeserver(client, namespace)
        profile = GhostProfile(display_name=self._loaded.section(BridgeConfig).bot_display_name)
        self._meeting = Meeting(homeserver, profile, self._clock)
        links = self._links(key)
        audit = AuditTrail(SqlAudit(store.engine), key.derive("audit trail"), self._clock)
        await note_start(audit, store.stores.meta, self._loaded)
        self.heart = make_heart(self._outside(store, homeserver, namespace, links, audit))
        intake = InboxIntake(
            store.stores.inbox, self.heart.dispatcher, homeserver.states, self._clock, self.metrics, namespace
        )
        self.reconciler = make_reconciler(
            self.heart, intake, MatrixHistory(client, namespace.bot), SqlLate(store.engine)
        )
        config = self.heart.outside.config
        self.round_trip = RoundTrip(
            homeserver,
            namespace,
            metrics=self.metrics,
            clock=self._clock,
            tasks=self._tasks,
            every_s=config.canary_every_s,
            slow=self._meeting.ping_soon,
            missed=self._canary_missed,
        )
        await self._listen_privately(registration, intake)
        await self._listen_publicly(links, client, store)
        await self.heart.start()
        await self._listen_to_shells(namespace)
        probe = Probe(client, registration.id)
        self._tasks.spawn("homeserver", self._meeting.run(probe, self._met))
        self._tasks.spawn("open line", OpenLine(section.url, probe, self._clock).run())
        self._tasks.spawn("waiting messages", watch_waiting(self.heart.lanes, self.metrics, self._clock))
        backlog = BacklogWatch(store.stores.traces, self.heart.portals, self.metrics, self._clock)
        self._tasks.spawn("backlog", backlog.run())
        start_upkeep(self._loaded, store, metrics=self.metrics, clock=self._clock, tasks=self._tasks)
        self._tasks.spawn("loop lag", watch_loop(self.metrics.loop_lag_seconds, get_log(__name__)))
        if self._keeper is None:
            await KeptConnections(self._folder, linger_s=0.0).dismiss()
        self._start_networks()

    # ------------------------------------------------------------------------------- the parts

    def _registration(self) -> Registration:
        section = self._loaded.section(AppserviceConfig)
        try:
            text = section.registration.read_text()
        except OSError as error:
            raise Misconfigured(Phrase.of("registration.unreadable", reason=str(error))) from error
        return read_registration(text)

    async def _open_store(self, key: SecretKey) -> OpenStore:
        section = self._loaded.section(DatabaseConfig)
        place: str | Path = section.url
        if section.url.startswith("sqlite:///"):
            place = self._folder / section.url.removeprefix("sqlite:///")
        outage = Outage(get_log(__name__), "database")
        while True:
            try:
                store = await open_store(
                    place, key, data=self._folder, password=section.password, connections=section.connections
                )
            except StoreUnavailable as error:
                outage.down(error.reason)
                await self._clock.sleep(_STORE_AGAIN_S)
            else:
                outage.back()
                self._undo.push_async_callback(store.close)
                return store

    def _links(self, key: SecretKey) -> MediaLinks:
        section = self._loaded.section(PublicConfig)
        lifetime_s = section.media_days * 86_400.0
        return MediaLinks(section.url, key.derive("media links"), lifetime_s=lifetime_s, clock=self._clock)

    def _outside(
        self,
        store: OpenStore,
        homeserver: MatrixHomeserver,
        namespace: Namespace,
        links: LinkMaker,
        audit: AuditTrail,
    ) -> Outside:
        """The typed assignments here prove that the real things fit the core's ports."""
        config = self._loaded.section(BridgeConfig)
        catalogue = Catalogue(*self._found.tables)
        language = known_language(config.language)
        homeserver_port: Homeserver = homeserver
        reader: Reader = EventReader(namespace)
        stores = Stores(
            inbox=store.stores.inbox,
            ledger=store.stores.ledger,
            arrivals=store.stores.arrivals,
            messages=store.stores.messages,
            traces=store.stores.traces,
            letters=store.stores.letters,
            portals=store.stores.portals,
            ghosts=store.stores.ghosts,
            rooms=store.stores.rooms,
            watches=store.stores.watches,
        )
        return Outside(
            config=config,
            access=AccessRules.parse(config.permissions, server=namespace.domain),
            names=namespace,
            stores=stores,
            homeserver=homeserver_port,
            reader=reader,
            media=links,
            sentence=lambda phrase: catalogue.document(phrase, language),
            clock=self._clock,
            tasks=self._tasks,
            metrics=self.metrics,
            audit=audit,
            tokens=Tokens(SqlTokens(store.engine), audit, self._clock),
            sign_in_url=self._sign_in_url(),
        )

    def _sign_in_url(self) -> str | None:
        section = self._loaded.section(PublicConfig)
        return f"{section.url}{SIGN_IN_PATH}" if section.api and section.url else None

    async def _listen_privately(self, registration: Registration, intake: InboxIntake) -> None:
        directory = Directory(self.heart)
        endpoint = Endpoint(
            hs_token=registration.hs_token,
            sink=InboxSink(intake, self.reconciler, self._clock, self.metrics, self.round_trip.pushed),
            rooms=directory,
            users=directory,
            third_party=directory,
            token_in_query=self._loaded.section(AppserviceConfig).token_in_query,
            doubt=self.reconciler.doubt,
        )
        private = self._loaded.section(AppserviceConfig)
        await self.listeners.add("appservice", endpoint.application(), private.host, private.port)

    async def _listen_publicly(self, links: MediaLinks, client: MatrixClient, store: OpenStore) -> None:
        section = self._loaded.section(PublicConfig)
        watch = StoreWatch(
            store,
            self._folder,
            low_bytes=self._loaded.section(DatabaseConfig).low_space_bytes,
            metrics=self.metrics,
            clock=self._clock,
        )
        self._tasks.spawn("store watch", watch.run())

        async def ready() -> Sequence[ReadyCheck]:
            met = ReadyCheck("homeserver", self._meeting.ready.is_set())
            return [*await watch.checks(), met, *self.round_trip.checks()]

        application = make_public(
            section,
            self.heart,
            client,
            store,
            links=links,
            catalogue=Catalogue(*self._found.tables),
            checks=ready,
        )
        await self.listeners.add("public", application, section.listen, section.port)

    async def _listen_to_shells(self, namespace: Namespace) -> None:
        door = ShellDoor(self.heart.answers, self.heart.management, namespace.bot)
        control = ControlSocket(self._folder, door, self._tasks)
        self._undo.push_async_callback(control.stop)
        await control.start()

    # ------------------------------------------------------------------------- the two peers

    def _met(self) -> None:
        """The homeserver knows us: take up everything that waited for it."""
        self.heart.lanes.wake_all()
        self._tasks.spawn("reconcile", self.reconciler.run())
        self.round_trip.start()

    def _homeserver_is_away(self) -> None:
        # A homeserver that was killed may push what is new before any request of ours finds it back.
        self.reconciler.doubt("the homeserver does not answer")

    def _homeserver_is_back(self) -> None:
        self.heart.lanes.wake_all()
        self.reconciler.doubt("the homeserver was away")
        self._meeting.ping_soon()

    def _canary_missed(self) -> None:
        """What else was not pushed? And a ping ends the homeserver's waiting, if that is what it does."""
        self.reconciler.doubt("a canary was not pushed back")
        self._meeting.ping_soon()

    def _start_networks(self) -> None:
        sections = self._loaded.plugins.get(GROUP, {})
        supervisor = supervise_networks(
            self.heart.host,
            clock=self._clock,
            tasks=self._tasks,
            jitter=self._random.random,
            on_starting=self.heart.networks.add,
            on_started=self._network_started,
            on_stopped=lambda connector: self.heart.networks.remove(connector.network),
        )
        if self._keeper is not None:
            self._undo.push_async_callback(self._keeper.close)
        self._undo.push_async_callback(supervisor.stop)
        self._undo.push_async_callback(self._finish_writes)
        supervisor.start(
            configured_networks(
                sections, self._found, clock=self._clock, random=self._random, keeper=self._keeper
            )
        )
        if self._keeper is not None:
            prefixes = [f"{name}:" for name in sections]
            self._tasks.spawn("connections of old", self._keeper.keep_only(prefixes))
        self.supervisor: Supervisor[Connector] = supervisor

    async def _finish_writes(self) -> None:
        """What is being written ends before its connection does; the rest waits in the ledger."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_S):
                await self.heart.lanes.rest()

    def _network_started(self, connector: Connector) -> None:
        self.heart.attendance.begin(connector)
        self._tasks.spawn("configured chats", self._open_configured(connector))

    async def _open_configured(self, connector: Connector) -> None:
        await self._meeting.ready.wait()
        self.heart.attendance.open_configured(connector)
