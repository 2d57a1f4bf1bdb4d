"""Who is in a room: our users come and go, the bot invites and puts out."""

from collections.abc import Callable

from mautrix.api import Method, Path, PathBuilder

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.ports import Json
from bridge.matrix.state import MEMBER, RoomStates, membership
from bridge.matrix.turns import Turns
from bridge.model.errors import HomeserverRefused
from bridge.model.ids import RoomID, UserID
from bridge.text.characters import wash


class Memberships:
    """Raises the errors of ``MatrixClient.request`` throughout.

    Args:
        shown_name: the name that a user of ours has, if it is known.
    """

    def __init__(
        self,
        client: MatrixClient,
        states: RoomStates,
        bot: UserID,
        *,
        shown_name: Callable[[UserID], str | None],
    ) -> None:
        self._client = client
        self._states = states
        self._bot = bot
        self._shown_name = shown_name
        self._turns: Turns[tuple[UserID, RoomID]] = Turns()

    async def join(self, user_id: UserID, room_id: RoomID) -> None:
        """Bring a user of ours into the room, invited by the bot if it takes that."""
        async with self._turns.turn((user_id, room_id)):
            if await self.is_joined(user_id, room_id):
                return
            try:
                await self._post(user_id, Path.v3.rooms[room_id].join)
            except HomeserverRefused as error:
                if error.code != "M_FORBIDDEN" or user_id == self._bot:
                    raise
                await self._post(self._bot, Path.v3.rooms[room_id].invite, {"user_id": user_id})
                await self._post(user_id, Path.v3.rooms[room_id].join)
            self._states.note_membership(room_id, user_id, "join", display_name=self._shown_name(user_id))

    async def leave(self, user_id: UserID, room_id: RoomID, reason: str | None) -> None:
        """See that a user of ours is not in the room."""
        async with self._turns.turn((user_id, room_id)):
            try:
                await self._post(user_id, Path.v3.rooms[room_id].leave, _reasoned({}, reason))
            except HomeserverRefused as error:
                # Whoever is not in a room, or in none that exists, need not leave it.
                if error.code not in ("M_FORBIDDEN", "M_NOT_FOUND"):
                    raise
            self._states.note_membership(room_id, user_id, "leave")

    async def invite(self, room_id: RoomID, user_id: UserID) -> None:
        """As the bot; who is in the room already is left alone."""
        if await self.is_joined(user_id, room_id):
            return
        try:
            await self._post(self._bot, Path.v3.rooms[room_id].invite, {"user_id": user_id})
        except HomeserverRefused:
            self._states.forget(room_id, MEMBER, user_id)
            if not await self.is_joined(user_id, room_id):
                raise

    async def kick(self, room_id: RoomID, user_id: UserID, reason: str | None) -> None:
        """As the bot."""
        await self._post(self._bot, Path.v3.rooms[room_id].kick, _reasoned({"user_id": user_id}, reason))
        self._states.note_membership(room_id, user_id, "leave")

    async def is_joined(self, user_id: UserID, room_id: RoomID) -> bool:
        """Whether a user is in the room; False where the bot may not look."""
        try:
            return membership(await self._states.get(room_id, MEMBER, user_id)) == "join"
        except HomeserverRefused as error:
            if error.code == "M_FORBIDDEN":
                return False
            raise

    async def _post(self, user_id: UserID, path: PathBuilder, content: Json | None = None) -> None:
        await self._client.request(Method.POST, path, content, actor=Actor(user_id))


def _reasoned(content: Json, reason: str | None) -> Json:
    return {**content, "reason": wash(reason)} if reason else content
