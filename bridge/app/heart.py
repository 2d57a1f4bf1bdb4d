"""Joins the collaborators of the core: the same for the real bridge and for a test with fakes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from attrs import frozen

from bridge.actions.action import Action
from bridge.actions.audit import AuditWords
from bridge.actions.chats import Join, Leave, List
from bridge.actions.dead import Dead
from bridge.actions.deeds import Deeds
from bridge.actions.doors import SignIn, TokenWords
from bridge.actions.messages import Retry
from bridge.actions.plumbs import Approvals, Plumb, Unplumb
from bridge.actions.registry import Actions
from bridge.actions.rights import Rights
from bridge.actions.status import Status
from bridge.actions.tokens import Tokens
from bridge.actions.trace import Trace
from bridge.actions.which import Which
from bridge.commands.answers import Answers
from bridge.commands.door import ChatDoor
from bridge.core.absence import Absence
from bridge.core.admission import Admission
from bridge.core.arriving import Arriving
from bridge.core.attend import Attendance
from bridge.core.audit import AuditTrail
from bridge.core.catch_up import CatchUp
from bridge.core.compose import Composer
from bridge.core.config import BridgeConfig
from bridge.core.crowds import Crowds
from bridge.core.desk import BridgeDesk
from bridge.core.dispatcher import Dispatcher
from bridge.core.evidence import Evidence
from bridge.core.gaps import Gaps
from bridge.core.ghosts import Ghosts
from bridge.core.host import CoreHost
from bridge.core.inbound import Inbound
from bridge.core.lanes import Lanes
from bridge.core.letters import Letters
from bridge.core.load import Loads
from bridge.core.management import ManagementRooms
from bridge.core.matrix_track import MatrixTrackParts
from bridge.core.members import Members
from bridge.core.network_track import NetworkTrackParts
from bridge.core.networks import Networks
from bridge.core.news import News
from bridge.core.observers import Observers
from bridge.core.outbound import Outbound
from bridge.core.portals import Portals
from bridge.core.ports import Clock, Homeserver, MediaLinks, Reader, Sentence, Stores, Tasks
from bridge.core.receipts import Receipts
from bridge.core.retries import Retries
from bridge.core.room_changes import RoomChanges
from bridge.core.rooms import Rooms
from bridge.core.router import Router
from bridge.core.shedding import Shedding
from bridge.core.status import StatusTeller
from bridge.core.tally import Tally
from bridge.core.telling import Telling
from bridge.core.upgrade import Upgrades
from bridge.core.words import Words
from bridge.core.work import UnderWay, Work
from bridge.model.errors import StoreUnavailable
from bridge.model.ids import InboxSeq, LaneID, NetworkName, RemoteUserID
from bridge.model.namespace import Namespace
from bridge.model.portals import Portal
from bridge.policy.access import AccessRules
from bridge.policy.loop_guard import LoopRules
from bridge.telemetry.metrics import Metrics

log = structlog.get_logger(__name__)

_STORE_AGAIN_S: Final = 1.0


@frozen(kw_only=True)
class Outside:
    """What the core stands on, real or fake."""

    config: BridgeConfig
    access: AccessRules
    names: Namespace
    stores: Stores
    homeserver: Homeserver
    reader: Reader
    media: MediaLinks
    sentence: Sentence
    clock: Clock
    tasks: Tasks
    metrics: Metrics
    audit: AuditTrail
    tokens: Tokens
    sign_in_url: str | None = None
    """Where a code to sign in with is brought; None where the world cannot reach the bridge."""


@frozen(kw_only=True)
class Heart:
    """The joined core, by what others need of it."""

    outside: Outside
    networks: Networks
    portals: Portals
    management: ManagementRooms
    ghosts: Ghosts
    lanes: Lanes
    dispatcher: Dispatcher
    host: CoreHost
    rooms: Rooms
    attendance: Attendance
    members: Members
    telling: Telling
    gaps: Gaps
    shedding: Shedding
    retries: Retries
    actions: Actions
    news: News
    deeds: Deeds
    answers: Answers

    async def start(self) -> None:
        """Read what there is, take up what was on its way, then begin to listen to the inbox.

        A store that goes away meanwhile is waited for.
        """
        out = self.outside
        steps = (self.portals.load, self.management.load, self.retries.resume, self._resume_lanes)
        for step in steps:
            await self._patiently(step)
        out.tasks.spawn("dispatcher", self.dispatcher.run())
        out.tasks.spawn("members", self.members.run())
        out.tasks.spawn("telling", self.telling.run())
        out.tasks.spawn("gaps", self.gaps.run())
        out.tasks.spawn("shedding", self.shedding.run())

    async def _resume_lanes(self) -> None:
        await self.lanes.resume(self.outside.stores.arrivals)

    async def _patiently(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await step()
            except StoreUnavailable as error:
                log.warning("start waits for the store", reason=str(error))
                await self.outside.clock.sleep(_STORE_AGAIN_S)


def make_heart(out: Outside) -> Heart:
    """A list of plain steps: who needs whom is read off the order."""
    news = News()
    networks, portals, observers = Networks(), Portals(out.stores.portals, news), Observers()
    tally = Tally(out.metrics, out.clock)
    ghosts = Ghosts(out.stores.ghosts, out.names)
    management = ManagementRooms(out.stores.rooms)
    under_way = UnderWay()
    words = Words(out.homeserver, networks, out.sentence)
    teller = StatusTeller(out.homeserver, out.stores.ledger, out.sentence)
    telling = Telling(
        teller=teller,
        ledger=out.stores.ledger,
        under_way=under_way,
        network_of=lambda lane: _network_of(portals, lane),
        clock=out.clock,
        tasks=out.tasks,
    )
    evidence = Evidence(out.homeserver, out.clock)
    loads = Loads.make(out.config)
    shedding = Shedding(
        load=loads.to_matrix,
        store=out.stores.arrivals,
        portals=portals,
        networks=networks,
        words=words,
        metrics=out.metrics,
        clock=out.clock,
        tasks=out.tasks,
    )
    inbound = Inbound(out.homeserver, ghosts, out.stores.messages, under_way, evidence)
    lanes = _lanes(
        out,
        networks,
        portals,
        ghosts,
        under_way,
        telling,
        inbound,
        tally,
        loads,
        shedding,
        lambda: dispatcher,
    )

    def is_quiet(lane: LaneID) -> bool:
        return lanes.is_quiet(lane, out.clock.monotonic(), out.config.quiet_s)

    members = Members(
        homeserver=out.homeserver,
        ghosts=ghosts,
        portals=portals,
        inbound=inbound,
        crowds=Crowds(portals=portals, words=words, quiet=is_quiet, clock=out.clock, tasks=out.tasks),
        quiet=is_quiet,
        slug=lambda network, user: _slug(networks, network, user),
        limit=out.config.background_members,
        clock=out.clock,
        tasks=out.tasks,
    )
    rooms = Rooms(
        names=out.names,
        networks=networks,
        portals=portals,
        homeserver=out.homeserver,
        members=members,
        words=words,
        alias_chats=out.config.alias_chats,
        clock=out.clock,
        tasks=out.tasks,
    )
    retries = Retries(
        ledger=out.stores.ledger,
        inbox=out.stores.inbox,
        reader=out.reader,
        lanes=lanes,
        under_way=under_way,
        clock=out.clock,
    )
    letters = Letters(
        store=out.stores.letters,
        retries=retries,
        lanes=lanes,
        again=lambda row: dispatcher.take_again(row),  # noqa: PLW0108 - it is made below
        clock=out.clock,
    )
    rights = Rights(out.access)
    actions = Actions(_actions(out, networks, portals, rooms, retries, letters, words, rights, lanes, tally))
    deeds = Deeds(actions, rights, out.audit)
    answers = Answers(deeds, Which(networks, portals).is_network)
    desk = _desk(out, portals, management, rooms, words, teller, answers, tally)
    dispatcher = Dispatcher(
        inbox=out.stores.inbox,
        reader=out.reader,
        router=Router(
            out.names,
            out.access,
            LoopRules(relay_notices=out.config.relay_notices),
            out.config.command_prefix,
        ),
        portals=portals,
        desk=desk,
        lanes=lanes,
        retries=retries,
        admission=Admission(loads.to_network, portals, out.metrics),
        tally=tally,
        clock=out.clock,
        tasks=out.tasks,
    )
    gaps = Gaps(
        networks=networks,
        portals=portals,
        words=words,
        store=out.stores.watches,
        tally=tally,
        owed=lanes.owes,
        clock=out.clock,
        tasks=out.tasks,
    )
    arriving = Arriving(
        networks=networks,
        ghosts=ghosts,
        lanes=lanes,
        arrivals=out.stores.arrivals,
        shedding=shedding,
        tally=tally,
        clock=out.clock,
    )
    catch_up = CatchUp(
        networks=networks,
        portals=portals,
        observers=observers,
        gaps=gaps,
        arriving=arriving,
        arrivals=out.stores.arrivals,
        ceiling_s=out.config.gap_ceiling_s,
        clock=out.clock,
        tasks=out.tasks,
    )
    host = CoreHost(
        news=news,
        tally=tally,
        networks=networks,
        portals=portals,
        ghosts=ghosts,
        members=members,
        observers=observers,
        gaps=gaps,
        catch_up=catch_up,
        lanes=lanes,
        arriving=arriving,
        remote_words=Approvals(
            networks=networks,
            portals=portals,
            rooms=rooms,
            homeserver=out.homeserver,
            store=out.stores.rooms,
            words=words,
            clock=out.clock,
            tasks=out.tasks,
        ),
        clock=out.clock,
    )
    return Heart(
        outside=out,
        networks=networks,
        portals=portals,
        management=management,
        ghosts=ghosts,
        lanes=lanes,
        dispatcher=dispatcher,
        host=host,
        rooms=rooms,
        attendance=Attendance(
            networks=networks, portals=portals, rooms=rooms, words=words, clock=out.clock, tasks=out.tasks
        ),
        members=members,
        telling=telling,
        gaps=gaps,
        shedding=shedding,
        retries=retries,
        actions=actions,
        news=news,
        deeds=deeds,
        answers=answers,
    )


def _lanes(
    out: Outside,
    networks: Networks,
    portals: Portals,
    ghosts: Ghosts,
    under_way: UnderWay,
    telling: Telling,
    inbound: Inbound,
    tally: Tally,
    loads: Loads,
    shedding: Shedding,
    dispatcher: Callable[[], Dispatcher],
) -> Lanes:
    async def refill(portal: Portal, after: InboxSeq, limit: int) -> tuple[Sequence[Work], InboxSeq | None]:
        return await dispatcher().refill(portal, after, limit)

    composer = Composer(out.homeserver, out.stores.messages, ghosts, out.media, under_way)
    to_network = NetworkTrackParts(
        outbound=Outbound(
            out.config, networks, composer, out.stores.inbox, out.stores.ledger, out.clock, tally
        ),
        portals=portals,
        telling=telling,
        receipts=Receipts(out.homeserver, out.tasks),
        tally=tally,
        under_way=under_way,
        clock=out.clock,
        tasks=out.tasks,
        refill=refill,
        load=loads.to_network,
        memory=out.config.lane_memory,
    )
    absence = Absence(
        Words(out.homeserver, networks, out.sentence),
        after_s=out.config.away_notice_s,
        clock=out.clock,
        tasks=out.tasks,
    )
    to_matrix = MatrixTrackParts(
        inbound=inbound,
        tally=tally,
        absence=absence,
        portals=portals,
        arrivals=out.stores.arrivals,
        under_way=under_way,
        clock=out.clock,
        tasks=out.tasks,
        load=loads.to_matrix,
        let_go=shedding.let_go,
        expire_after_s=out.config.expire_after_s,
        memory=out.config.lane_memory,
    )
    return Lanes(to_network, to_matrix)


def _actions(
    out: Outside,
    networks: Networks,
    portals: Portals,
    rooms: Rooms,
    retries: Retries,
    letters: Letters,
    words: Words,
    rights: Rights,
    lanes: Lanes,
    tally: Tally,
) -> Sequence[Action]:
    which = Which(networks, portals)
    return (
        Status(networks, portals, out.stores.traces, tally, out.clock.now),
        Join(which, rooms, out.homeserver),
        Leave(which, portals, out.homeserver),
        List(which, portals, rooms),
        Plumb(
            which=which,
            rooms=rooms,
            portals=portals,
            homeserver=out.homeserver,
            store=out.stores.rooms,
            words=words,
            clock=out.clock,
            tasks=out.tasks,
        ),
        Unplumb(which, rooms, out.homeserver, rights),
        Retry(retries, rights),
        Trace(
            traces=out.stores.traces,
            messages=out.stores.messages,
            reader=out.reader,
            portals=portals,
            networks=networks,
            next_try_at=lanes.next_try_at,
            rights=rights,
        ),
        Dead(letters, portals, rights),
        SignIn(out.tokens, out.sign_in_url),
        TokenWords(out.tokens),
        AuditWords(out.audit),
    )


def _desk(
    out: Outside,
    portals: Portals,
    management: ManagementRooms,
    rooms: Rooms,
    words: Words,
    teller: StatusTeller,
    answers: Answers,
    tally: Tally,
) -> BridgeDesk:
    door = ChatDoor(
        answers=answers,
        homeserver=out.homeserver,
        sentence=out.sentence,
        prefix=out.config.command_prefix,
        clock=out.clock,
    )
    changes = RoomChanges(
        names=out.names,
        access=out.access,
        homeserver=out.homeserver,
        portals=portals,
        management=management,
        rooms=rooms,
        upgrades=Upgrades(out.homeserver, portals, rooms, words),
        words=words,
    )
    return BridgeDesk(
        inbox=out.stores.inbox,
        portals=portals,
        management=management,
        commands=door,
        room_changes=changes,
        teller=teller,
        tally=tally,
        clock=out.clock,
        tasks=out.tasks,
    )


def _network_of(portals: Portals, lane: LaneID) -> str:
    portal = portals.by_lane(lane)
    return portal.key.network if portal else ""


def _slug(networks: Networks, network: NetworkName, user: RemoteUserID) -> str:
    connector = networks.get(network)
    return connector.ghost_slug(user) if connector else user
