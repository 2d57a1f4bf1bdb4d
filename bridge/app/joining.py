"""Joins the collaborators of the core: who needs whom is read off the order."""

from collections.abc import Callable, Sequence

from bridge.actions.deeds import Deeds
from bridge.actions.plumbs import Approvals
from bridge.actions.registry import Actions
from bridge.actions.rights import Rights
from bridge.actions.which import Which
from bridge.app.heart import Heart, Outside
from bridge.app.offered import make_actions, make_desk
from bridge.commands.answers import Answers
from bridge.core.absence import Absence
from bridge.core.admission import Admission
from bridge.core.arriving import Arriving
from bridge.core.attend import Attendance
from bridge.core.catch_up import CatchUp
from bridge.core.compose import Composer
from bridge.core.crowds import Crowds
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
from bridge.core.receipts import Receipts
from bridge.core.retries import Retries
from bridge.core.rooms import Rooms
from bridge.core.router import Router
from bridge.core.shedding import Shedding
from bridge.core.status import StatusTeller
from bridge.core.tally import Tally
from bridge.core.telling import Telling
from bridge.core.words import Words
from bridge.core.work import UnderWay, Work
from bridge.model.ids import InboxSeq, LaneID, NetworkName, RemoteUserID
from bridge.model.portals import Portal
from bridge.policy.loop_guard import LoopRules


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
    actions = Actions(
        make_actions(out, networks, portals, rooms, retries, letters, words, rights, lanes, tally)
    )
    deeds = Deeds(actions, rights, out.audit)
    answers = Answers(deeds, Which(networks, portals).is_network)
    desk = make_desk(out, portals, management, rooms, words, teller, answers, tally)
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


def _network_of(portals: Portals, lane: LaneID) -> str:
    portal = portals.by_lane(lane)
    return portal.key.network if portal else ""


def _slug(networks: Networks, network: NetworkName, user: RemoteUserID) -> str:
    connector = networks.get(network)
    return connector.ghost_slug(user) if connector else user
