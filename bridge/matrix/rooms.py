"""Making rooms and pointing aliases at them, as the bridge bot."""

from typing import Any, Final

from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.ports import Json
from bridge.matrix.retry import NOT_TWICE
from bridge.matrix.shapes import text_of
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import RoomAlias, RoomID, UserID
from bridge.model.outgoing import RoomRequest
from bridge.text.characters import wash, wash_line

_EVENT_LEVELS: Final[dict[str, int]] = {
    "m.room.name": 50,
    "m.room.avatar": 50,
    "m.room.canonical_alias": 50,
    "m.room.power_levels": 100,
    "m.room.history_visibility": 100,
    "m.room.encryption": 100,
    "m.room.server_acl": 100,
    "m.room.tombstone": 100,
}
"""What homeservers set by themselves. An override of ``events`` replaces it whole, so it is said again."""
MAX_NAME_CHARS: Final = 255


class Rooms:
    """Raises the errors of ``MatrixClient.request`` throughout."""

    def __init__(self, client: MatrixClient, bot: UserID) -> None:
        self._client = client
        self._bot = Actor(bot)

    async def create(self, request: RoomRequest, power: dict[str, int]) -> RoomID:
        """Make a room. The homeserver cannot know a second try from a second wish, so a lost answer is told
        to the caller, who may find the room by its alias.
        """
        content = _create_content(request, power)
        answer = await self._client.request(
            Method.POST, Path.v3.createRoom, content, actor=self._bot, policy=NOT_TWICE
        )
        room_id = answer.get("room_id")
        if not isinstance(room_id, str):
            raise HomeserverUnavailable(Phrase.of("matrix.no_answer"))
        return RoomID(room_id)

    async def forget(self, room_id: RoomID) -> None:
        """For a room that the bot has left; one that is not there any longer is no error."""
        try:
            await self._client.request(Method.POST, Path.v3.rooms[room_id].forget, actor=self._bot)
        except HomeserverRefused as error:
            if error.status not in (403, 404):
                raise

    async def resolve(self, alias: RoomAlias) -> RoomID | None:
        try:
            answer = await self._client.request(Method.GET, _directory(alias), actor=self._bot)
        except HomeserverRefused as error:
            if error.status == 404:
                return None
            raise
        room_id = text_of(answer, "room_id")
        return RoomID(room_id) if room_id else None

    async def put_alias(self, alias: RoomAlias, room_id: RoomID) -> None:
        """Point an alias at a room, wherever it pointed before."""
        content = {"room_id": room_id}
        try:
            await self._client.request(Method.PUT, _directory(alias), content, actor=self._bot)
        except HomeserverRefused as error:
            if error.status != 409:
                raise
            if await self.resolve(alias) == room_id:
                return
            await self._client.request(Method.DELETE, _directory(alias), actor=self._bot)
            await self._client.request(Method.PUT, _directory(alias), content, actor=self._bot)

    async def drop_alias(self, alias: RoomAlias) -> None:
        """Let an alias point nowhere."""
        try:
            await self._client.request(Method.DELETE, _directory(alias), actor=self._bot)
        except HomeserverRefused as error:
            if error.status != 404:
                raise


def _create_content(request: RoomRequest, power: dict[str, int]) -> Json:
    content: dict[str, Any] = {
        "name": wash_line(request.name)[:MAX_NAME_CHARS],
        "preset": "public_chat" if request.public else "private_chat",
        "visibility": "public" if request.listed else "private",
        "invite": list(request.invite),
        "is_direct": request.direct,
        "power_level_content_override": {"events": {**_EVENT_LEVELS, **power}},
    }
    if request.alias_localpart is not None:
        content["room_alias_name"] = request.alias_localpart
    if request.topic:
        content["topic"] = wash(request.topic)
    if request.keep_for_s is not None:
        retention = {"max_lifetime": int(request.keep_for_s * 1000)}
        content["initial_state"] = [{"type": "m.room.retention", "state_key": "", "content": retention}]
    return content


def _directory(alias: RoomAlias) -> str:
    return str(Path.v3.directory.room[alias])
