"""Saying things in rooms so that each is said once and in order.

* The homeserver recognises a repeated send by path and appservice, *not* by user: two ghosts with the same
  transaction ID in one room would swallow each other's message. So the sender is hashed into it.
* It recognises it after its own restart only when the send names a device. Devices are made when the
  homeserver first says that it misses one.
* Several sends in flight into one room change places. So they go one at a time in a room, in the order of
  the calls, and side by side into many rooms.
"""

import hashlib
from datetime import datetime
from typing import Final

from mautrix.api import Method, Path, PathBuilder

from bridge.matrix.client import Content, MatrixClient
from bridge.matrix.ghosts import Ghosts
from bridge.matrix.memberships import Memberships
from bridge.matrix.state import MEMBER, RoomStates
from bridge.matrix.turns import Turns
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import EventID, RoomID, UserID

_NOT_OURS: Final = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
"""The homeserver has another registration than we: a message waits until an admin has mended that."""


class Sends:
    """Raises the errors of ``MatrixClient.request`` throughout."""

    def __init__(
        self,
        client: MatrixClient,
        ghosts: Ghosts,
        memberships: Memberships,
        states: RoomStates,
        bot: UserID,
    ) -> None:
        self._client = client
        self._ghosts = ghosts
        self._memberships = memberships
        self._states = states
        self._bot = bot
        self._rooms: Turns[RoomID] = Turns()

    async def event(
        self,
        room_id: RoomID,
        sender: UserID,
        event_type: str,
        content: Content,
        *,
        txn: str,
        at: datetime | None = None,
    ) -> EventID:
        """Send a message event. ``at`` is shown as its time (timestamp massaging).

        Spec: https://spec.matrix.org/v1.11/application-service-api/#timestamp-massaging
        """
        path = Path.v3.rooms[room_id].send[event_type][hashed_txn(sender, txn)]
        return await self._in_turn(room_id, sender, path, content, at)

    async def redaction(
        self,
        room_id: RoomID,
        sender: UserID,
        target: EventID,
        *,
        reason: str | None,
        txn: str,
        at: datetime | None = None,
    ) -> EventID:
        path = Path.v3.rooms[room_id].redact[target][hashed_txn(sender, txn)]
        return await self._in_turn(room_id, sender, path, {"reason": reason} if reason else {}, at)

    async def state(
        self,
        room_id: RoomID,
        sender: UserID,
        event_type: str,
        content: Content,
        *,
        at: datetime | None = None,
    ) -> EventID:
        """Write state under the empty key. It has no transaction ID: written twice, it is the same."""
        path = Path.v3.rooms[room_id].state[event_type]
        return await self._in_turn(room_id, sender, path, content, at)

    async def _in_turn(
        self, room_id: RoomID, sender: UserID, path: PathBuilder, content: Content, at: datetime | None
    ) -> EventID:
        query = {"ts": str(int(at.timestamp() * 1000))} if at is not None else {}
        async with self._rooms.turn(room_id):
            return await self._mending(room_id, sender, path, content, query)

    async def _mending(
        self, room_id: RoomID, sender: UserID, path: PathBuilder, content: Content, query: dict[str, str]
    ) -> EventID:
        """Send, and mend once each what a homeserver may miss: the device, the membership."""
        mended: set[str] = set()
        while True:
            try:
                actor = self._ghosts.actor(sender)
                answer = await self._client.request(Method.PUT, path, content, actor=actor, query=query)
            except HomeserverRefused as error:
                if error.code in _NOT_OURS:
                    raise HomeserverUnavailable(error.reason) from error
                if error.code in mended or not await self._mend(error, room_id, sender):
                    raise
                mended.add(error.code)
            else:
                return _event_id(answer.get("event_id"))

    async def _mend(self, error: HomeserverRefused, room_id: RoomID, sender: UserID) -> bool:
        if error.code == "M_UNKNOWN_DEVICE":
            await self._ghosts.make_device(sender)
            return True
        # The bot goes nowhere by itself: whoever put it out meant it.
        if error.code != "M_FORBIDDEN" or sender == self._bot:
            return False
        self._states.forget(room_id, MEMBER, sender)
        if await self._memberships.is_joined(sender, room_id):
            return False
        await self._memberships.join(sender, room_id)
        return True


def hashed_txn(sender: UserID, txn: str) -> str:
    """A transaction ID that no other sender can have; 40 hexadecimal digits."""
    return hashlib.sha256(f"{sender}\x1f{txn}".encode(errors="surrogatepass")).hexdigest()[:40]


def _event_id(value: object) -> EventID:
    if not isinstance(value, str) or not value:
        # Something between us answered; the same send again will tell.
        raise HomeserverUnavailable(Phrase.of("matrix.no_answer"))
    return EventID(value)
