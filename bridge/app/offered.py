"""What people can ask of the bridge, joined to the core: the actions, and the desk where words arrive."""

from collections.abc import Sequence

from bridge.actions.action import Action
from bridge.actions.audit import AuditWords
from bridge.actions.chats import Join, Leave, List
from bridge.actions.dead import Dead
from bridge.actions.doors import SignIn, TokenWords
from bridge.actions.messages import Retry
from bridge.actions.plumbs import Plumb, Unplumb
from bridge.actions.rights import Rights
from bridge.actions.status import Status
from bridge.actions.trace import Trace
from bridge.actions.which import Which
from bridge.app.heart import Outside
from bridge.commands.answers import Answers
from bridge.commands.door import ChatDoor
from bridge.core.desk import BridgeDesk
from bridge.core.lanes import Lanes
from bridge.core.letters import Letters
from bridge.core.management import ManagementRooms
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.retries import Retries
from bridge.core.room_changes import RoomChanges
from bridge.core.rooms import Rooms
from bridge.core.status import StatusTeller
from bridge.core.tally import Tally
from bridge.core.upgrade import Upgrades
from bridge.core.words import Words


def make_actions(
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


def make_desk(
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
