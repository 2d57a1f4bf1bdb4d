"""Portals, ghosts, management rooms and approvals."""

from datetime import timedelta

import pytest
from attrs import evolve

from bridge.core.ports import Stores
from bridge.model.errors import Rejected
from bridge.model.ids import ChatID, LaneID, LoginID, NetworkName, PortalKey, RemoteUserID, RoomID, UserID
from bridge.model.portals import FormerRoom, Ghost, PortalState
from bridge.model.records import Approval
from tests.storage.builders import ALICE, GHOST, KEY, LATER, NOW, ROOM, portal

LIBERA = NetworkName("libera")
OTHER_ROOM = RoomID("!new:example.org")
APPROVAL = Approval(code_hash="ab12", key=KEY, room_id=ROOM, asked_by=ALICE, expires_at=NOW)
BEFORE = NOW - timedelta(seconds=1)


def ghost(user_id: UserID = GHOST, remote: str = "carol") -> Ghost:
    return Ghost(user_id=user_id, network=LIBERA, remote_id=RemoteUserID(remote), display_name="Carol")


async def test_a_portal_is_read_back_as_it_was_made(stores: Stores) -> None:
    made = await stores.portals.create_portal(portal())

    assert list(await stores.portals.all_portals()) == [made]
    assert made == evolve(portal(), lane=made.lane)


async def test_a_room_may_have_several_portals(stores: Stores) -> None:
    first = await stores.portals.create_portal(portal("#tea"))
    second = await stores.portals.create_portal(portal("#cake"))

    assert first.lane != second.lane
    assert [one.room_id for one in await stores.portals.all_portals()] == [ROOM, ROOM]


async def test_a_chat_seen_by_two_logins_has_a_portal_for_each(stores: Stores) -> None:
    both = [PortalKey(LIBERA, ChatID("dan"), LoginID(f"libera:{name}")) for name in ("alice", "bob")]
    made = [await stores.portals.create_portal(evolve(portal(), key=key)) for key in both]

    assert made[0].lane != made[1].lane
    assert [one.key for one in await stores.portals.all_portals()] == both


async def test_a_conversation_is_joined_to_one_room(stores: Stores) -> None:
    await stores.portals.create_portal(portal())

    with pytest.raises(Rejected):
        await stores.portals.create_portal(portal(room=OTHER_ROOM))


async def test_the_same_portal_can_be_asked_for_twice(stores: Stores) -> None:
    first = await stores.portals.create_portal(portal())

    assert await stores.portals.create_portal(portal()) == first


async def test_a_removed_portal_leaves_its_lane_to_the_next(stores: Stores) -> None:
    first = await stores.portals.create_portal(portal())
    await stores.portals.update_portal(evolve(first, state=PortalState.REMOVED))
    gone = await stores.portals.all_portals()
    second = await stores.portals.create_portal(portal(room=OTHER_ROOM))

    assert list(gone) == []
    assert (second.lane, second.room_id, second.state) == (first.lane, OTHER_ROOM, PortalState.ACTIVE)


async def test_a_portal_keeps_its_lane_when_room_and_remote_id_change(stores: Stores, lane: LaneID) -> None:
    changed = evolve(
        portal("#coffee", room=OTHER_ROOM), lane=lane, state=PortalState.STOPPED, stop_key="portal.encrypted"
    )
    await stores.portals.update_portal(changed)

    assert list(await stores.portals.all_portals()) == [changed]


async def test_a_ghost_is_found_by_user_and_by_remote_id(stores: Stores) -> None:
    await stores.ghosts.put_ghost(ghost())

    assert await stores.ghosts.ghost_by_user(GHOST) == ghost()
    assert await stores.ghosts.ghost_of(LIBERA, RemoteUserID("carol")) == ghost()
    assert await stores.ghosts.ghost_of(NetworkName("oftc"), RemoteUserID("carol")) is None
    assert await stores.ghosts.ghost_by_user(ALICE) is None


async def test_a_renamed_ghost_is_found_by_both_names(stores: Stores) -> None:
    renamed = evolve(ghost(remote="carol2"), display_name="Carol\0", registered=True)
    await stores.ghosts.put_ghost(ghost())
    await stores.ghosts.put_ghost(evolve(renamed, display_name="Carol!"))

    found = await stores.ghosts.ghost_of(LIBERA, RemoteUserID("carol"))
    assert found == await stores.ghosts.ghost_of(LIBERA, RemoteUserID("carol2"))
    assert found == evolve(renamed, display_name="Carol!")


async def test_a_name_goes_to_the_ghost_that_bears_it_now(stores: Stores) -> None:
    newcomer = ghost(UserID("@irc_carol_2:example.org"))
    await stores.ghosts.put_ghost(ghost())
    await stores.ghosts.put_ghost(newcomer)

    assert await stores.ghosts.ghost_of(LIBERA, RemoteUserID("carol")) == newcomer
    assert await stores.ghosts.ghost_by_user(GHOST) == ghost()


async def test_management_rooms_come_and_go(stores: Stores) -> None:
    await stores.rooms.put_management_room(ROOM, ALICE)
    await stores.rooms.put_management_room(OTHER_ROOM, ALICE)
    await stores.rooms.put_management_room(OTHER_ROOM, GHOST)
    await stores.rooms.drop_management_room(ROOM)

    assert list(await stores.rooms.management_rooms()) == [(OTHER_ROOM, GHOST)]


async def test_an_approval_is_taken_once(stores: Stores) -> None:
    await stores.rooms.put_approval(APPROVAL)

    assert await stores.rooms.take_approval("cd34", KEY, BEFORE) is None
    assert await stores.rooms.take_approval("ab12", PortalKey(LIBERA, ChatID("#cake")), BEFORE) is None
    assert await stores.rooms.take_approval("ab12", KEY, BEFORE) == APPROVAL
    assert await stores.rooms.take_approval("ab12", KEY, BEFORE) is None


async def test_an_expired_approval_is_gone(stores: Stores) -> None:
    await stores.rooms.put_approval(APPROVAL)

    assert await stores.rooms.take_approval("ab12", KEY, NOW) is None
    assert await stores.rooms.take_approval("ab12", KEY, BEFORE) is None


async def test_a_portal_remembers_the_rooms_it_came_from(stores: Stores, lane: LaneID) -> None:
    first, second = FormerRoom(ROOM, NOW), FormerRoom(RoomID("!second:example.org"), LATER)
    moved = evolve(portal(room=OTHER_ROOM), lane=lane, former=(first, second))
    await stores.portals.update_portal(moved)

    assert list(await stores.portals.all_portals()) == [moved]


async def test_a_portal_that_is_made_anew_came_from_nowhere(stores: Stores, lane: LaneID) -> None:
    """What was said in a room that was let go must not be carried by the next portal of the conversation."""
    moved = evolve(portal(room=OTHER_ROOM), lane=lane, former=(FormerRoom(ROOM, NOW),))
    await stores.portals.update_portal(moved)
    await stores.portals.update_portal(evolve(moved, state=PortalState.REMOVED))
    again = await stores.portals.create_portal(portal(room=OTHER_ROOM))

    assert again.former == ()
    assert [one.former for one in await stores.portals.all_portals()] == [()]
