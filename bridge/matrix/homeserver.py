"""Everything the core may ask of the homeserver, put together from the parts of this room."""

from collections.abc import Collection
from datetime import datetime
from typing import assert_never

import structlog
from mautrix.api import Method, Path

from bridge.matrix.bridge_info import BridgeInfos
from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.content import MessageEvent, Redaction, StateChange, action_of
from bridge.matrix.ghosts import Ghosts
from bridge.matrix.marked import event_marked
from bridge.matrix.memberships import Memberships
from bridge.matrix.retry import ONCE
from bridge.matrix.room_versions import creator_of, power_view
from bridge.matrix.rooms import Rooms
from bridge.matrix.sends import Sends
from bridge.matrix.shapes import name_of, object_of, text_of
from bridge.matrix.state import CREATE, MEMBER, RoomStates, StateEvent
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import EventID, RoomAlias, RoomID, UserID
from bridge.model.namespace import Namespace, localpart_of
from bridge.model.outgoing import BridgeInfo, GhostProfile, Outgoing, RoomRequest
from bridge.model.rooms import PowerView

_log = structlog.get_logger(__name__)


class MatrixHomeserver:
    """Acts on Matrix.

    Every method raises ``HomeserverUnavailable`` after its own tries are used up, and
    ``HomeserverRefused`` on a definite no. The owner of the transaction sink feeds ``states``.
    """

    def __init__(self, client: MatrixClient, namespace: Namespace) -> None:
        bot = namespace.bot
        self._client = client
        self._namespace = namespace
        self.states = RoomStates(client, bot)
        self._ghosts = Ghosts(client, bot)
        self._members = Memberships(client, self.states, bot, shown_name=self._ghosts.shown_name)
        self._sends = Sends(client, self._ghosts, self._members, self.states, bot)
        self._rooms = Rooms(client, bot)
        self._infos = BridgeInfos(client, self.states, bot)

    @property
    def bot(self) -> UserID:
        return self._namespace.bot

    @property
    def domain(self) -> str:
        return self._namespace.domain

    # Saying.

    async def send(
        self, room_id: RoomID, sender: UserID, outgoing: Outgoing, *, txn: str, at: datetime | None = None
    ) -> EventID:
        """Send as ``sender`` with its stable device; in order of the calls in each room."""
        sends = self._sends
        match action_of(outgoing):
            case MessageEvent(type=event_type, content=content):
                return await sends.event(room_id, sender, event_type, content, txn=txn, at=at)
            case Redaction(target=target, reason=reason):
                return await sends.redaction(room_id, sender, target, reason=reason, txn=txn, at=at)
            case StateChange(type=event_type, content=content):
                return await sends.state(room_id, sender, event_type, content, at=at)
            case never:
                assert_never(never)

    async def mark_read(self, room_id: RoomID, event_id: EventID) -> None:
        """A read receipt by the bot: one try, and a failure is let go."""
        path = Path.v3.rooms[room_id].receipt["m.read"][event_id]
        try:
            await self._client.request(Method.POST, path, actor=Actor(self.bot), policy=ONCE)
        except (HomeserverRefused, HomeserverUnavailable) as error:
            _log.debug("read receipt not sent", room_id=room_id, reason=str(error))

    # Our users.

    async def ensure_ghost(self, user_id: UserID, profile: GhostProfile) -> None:
        """See that one of our users (the bot too) is registered and looks like this."""
        await self._ghosts.ensure(user_id, profile)

    async def event_marked(self, room_id: RoomID, sender: UserID, mark: str) -> EventID | None:
        return await event_marked(self._client, self.bot, room_id, sender, mark)

    async def ensure_joined(self, user_id: UserID, room_id: RoomID) -> None:
        await self._members.join(user_id, room_id)

    async def leave(self, user_id: UserID, room_id: RoomID, reason: str | None = None) -> None:
        await self._members.leave(user_id, room_id, reason)

    # Rooms.

    async def create_room(self, request: RoomRequest, power: dict[str, int]) -> RoomID:
        return await self._rooms.create(request, power)

    async def invite(self, room_id: RoomID, user_id: UserID) -> None:
        await self._members.invite(room_id, user_id)

    async def kick(self, room_id: RoomID, user_id: UserID, reason: str | None = None) -> None:
        await self._members.kick(room_id, user_id, reason)

    async def close_room(self, room_id: RoomID) -> None:
        """As the bot: leave a room and forget it, so that the homeserver may delete it."""
        await self._members.leave(self.bot, room_id, None)
        await self._rooms.forget(room_id)

    async def resolve_alias(self, alias: RoomAlias) -> RoomID | None:
        return await self._rooms.resolve(alias)

    async def put_alias(self, alias: RoomAlias, room_id: RoomID) -> None:
        await self._rooms.put_alias(alias, room_id)

    async def drop_alias(self, alias: RoomAlias) -> None:
        await self._rooms.drop_alias(alias)

    async def set_bridge_info(self, room_id: RoomID, info: BridgeInfo | None) -> None:
        if info is None:
            await self._infos.empty(room_id)
        else:
            await self._infos.put(room_id, info)

    # What a room is like.

    async def power(self, room_id: RoomID) -> PowerView:
        create = await self._create(room_id)
        levels = await self.states.get(room_id, "m.room.power_levels")
        return power_view(create.content, create.sender, levels.content if levels else None)

    async def is_encrypted(self, room_id: RoomID) -> bool:
        # Whatever the event says: once there, encryption cannot be taken back.
        return await self.states.get(room_id, "m.room.encryption") is not None

    async def is_joined(self, room_id: RoomID, user_id: UserID) -> bool:
        """False, too, for a room into which the bot may not look."""
        return await self._members.is_joined(user_id, room_id)

    async def display_name(self, room_id: RoomID, user_id: UserID) -> str:
        try:
            member = await self.states.get(room_id, MEMBER, user_id)
        except HomeserverRefused:
            member = None
        return (_shown_name(member) if member else None) or localpart_of(user_id)

    async def our_members(self, room_id: RoomID) -> Collection[UserID]:
        members = await self.states.joined_members(room_id)
        return [user_id for user_id in members if self._namespace.is_ours(user_id)]

    async def member_names(self, room_id: RoomID) -> dict[UserID, str]:
        members = self.states.known_members(room_id)
        return {user_id: _shown_name(member) or localpart_of(user_id) for user_id, member in members.items()}

    async def people(self, room_id: RoomID) -> Collection[UserID]:
        members = await self.states.members_afresh(room_id)
        return [user_id for user_id in members if not self._namespace.is_ours(user_id)]

    async def predecessor(self, room_id: RoomID) -> tuple[RoomID, EventID | None, UserID] | None:
        create = await self._create(room_id)
        creator = creator_of(create.content, create.sender)
        named = object_of(create.content, "predecessor")
        before, last = name_of(named, "room_id"), name_of(named, "event_id")
        if before is None or creator is None:
            return None
        return RoomID(before), EventID(last) if last else None, creator

    async def tombstone(self, room_id: RoomID) -> tuple[EventID, RoomID] | None:
        event = await self.states.get(room_id, "m.room.tombstone")
        replacement = name_of(event.content, "replacement_room") if event else None
        if event is None or event.event_id is None or replacement is None:
            return None
        return event.event_id, RoomID(replacement)

    async def _create(self, room_id: RoomID) -> StateEvent:
        create = await self.states.get(room_id, CREATE)
        if create is None:
            code = "M_NOT_FOUND"
            raise HomeserverRefused(Phrase.of("matrix.refused", code=code, status=404), code=code, status=404)
        return create


def _shown_name(member: StateEvent) -> str | None:
    return text_of(member.content, "displayname")
