"""What happened in the bot's rooms, asked for: the way around a push that never came.

Asked as the bot without its device, so that what waits in the device's inbox stays there.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson
from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.ports import Json
from bridge.matrix.retry import Policy
from bridge.matrix.shapes import flag_of, name_of, object_of, text_of, time_of
from bridge.model.errors import HomeserverUnavailable, Phrase
from bridge.model.history import HistoryPage, News, PastEvent, RoomNews
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent

NEWS_OF_A_ROOM: Final = 20
"""So many events of each room come with the first answer; a bridge may be in thousands of rooms."""
_NOTHING: Final = {"not_types": ["*"]}
_ROOMS: Final = {
    "state": {**_NOTHING, "lazy_load_members": True},
    "timeline": {"limit": NEWS_OF_A_ROOM},
    "ephemeral": {"types": ["m.receipt"]},
    "account_data": _NOTHING,
}
_PATIENCE: Final = Policy(budget_s=5.0)
"""Whoever asks asks again later."""


class MatrixHistory:
    """Implements ``core.ports.History``. Raises the errors of ``MatrixClient.request``."""

    def __init__(self, client: MatrixClient, bot: UserID) -> None:
        self._client = client
        self._bot = bot

    async def since(self, token: str | None) -> News:
        """What happened in all rooms since a token.

        Spec: https://spec.matrix.org/v1.11/client-server-api/#get_matrixclientv3sync
        """
        query = {"timeout": "0", "set_presence": "offline"}
        if token is None:
            query["filter"] = _filter({"rooms": []})
        else:
            query.update({"filter": _filter(_ROOMS), "since": token})
        answer = await self._ask(Path.v3.sync, query)
        next_token = text_of(answer, "next_batch")
        if not next_token:
            raise HomeserverUnavailable(Phrase.of("matrix.no_answer"))
        rooms = object_of(answer, "rooms")
        known = {**object_of(rooms, "leave"), **object_of(rooms, "join")}
        return News(
            rooms=[self._room(RoomID(name), known[name]) for name in known if isinstance(known[name], dict)],
            invites=self._invites(object_of(rooms, "invite"), token or ""),
            next_token=next_token,
        )

    async def between(self, room_id: RoomID, after: str, until: str, limit: int) -> HistoryPage:
        """A page of a room's history from one token towards a later one.

        Spec: https://spec.matrix.org/v1.11/client-server-api/#get_matrixclientv3roomsroomidmessages
        """
        query = {"from": after, "to": until, "dir": "f", "limit": str(limit)}
        answer = await self._ask(Path.v3.rooms[room_id].messages, query)
        end = text_of(answer, "end")
        # A homeserver that names the same place again would be asked for ever.
        at_end = end is None or end in (after, until)
        events = self._events(room_id, answer.get("chunk"))
        return HistoryPage(events=events, next_token=None if at_end else end)

    async def _ask(self, path: Any, query: dict[str, str]) -> Json:
        actor = Actor(self._bot)
        return await self._client.request(Method.GET, path, actor=actor, query=query, policy=_PATIENCE)

    def _room(self, room_id: RoomID, room: Json) -> RoomNews:
        timeline = object_of(room, "timeline")
        until = text_of(timeline, "prev_batch") if flag_of(timeline, "limited") else None
        return RoomNews(
            room_id=room_id,
            events=self._events(room_id, timeline.get("events")),
            gap_until=until,
            read_up_to=self._receipt(object_of(room, "ephemeral").get("events")),
        )

    def _receipt(self, events: object) -> EventID | None:
        """Where our own one is.

        Spec: https://spec.matrix.org/v1.11/client-server-api/#mreceipt
        """
        for event in events if isinstance(events, list) else ():
            content = object_of(event, "content") if isinstance(event, dict) else {}
            for name in content:
                if self._bot in object_of(object_of(content, name), "m.read"):
                    return EventID(name)
        return None

    def _events(self, room_id: RoomID, events: object) -> Sequence[PastEvent]:
        found = [_past(room_id, event) for event in events] if isinstance(events, list) else []
        return [event for event in found if event is not None]

    def _invites(self, rooms: Json, token: str) -> Sequence[PastEvent]:
        found = []
        for name in rooms:
            events = object_of(object_of(rooms, name), "invite_state").get("events")
            for event in events if isinstance(events, list) else ():
                if isinstance(event, dict) and event.get("state_key") == self._bot:
                    seen = "\x1f".join((name, text_of(event, "sender") or "", token))
                    made = f"$invite-{hashlib.sha256(seen.encode(errors='replace')).hexdigest()}"
                    found.append(_past(RoomID(name), {"event_id": made, **event}))
        return [event for event in found if event is not None]


def _filter(rooms: Json) -> str:
    return orjson.dumps({"room": rooms, "presence": _NOTHING, "account_data": _NOTHING}).decode()


def _past(room_id: RoomID, event: object) -> PastEvent | None:
    """The event in the form in which it is pushed; None for what has no name, and so cannot be known."""
    if not isinstance(event, dict):
        return None
    event_id, sender = name_of(event, "event_id"), name_of(event, "sender")
    if event_id is None or sender is None:
        return None
    membership = text_of(object_of(event, "unsigned"), "membership")
    state_key = event.get("state_key")
    return PastEvent(
        raw=RawEvent(
            event_id=EventID(event_id), room_id=room_id, body=orjson.dumps({**event, "room_id": room_id})
        ),
        type=text_of(event, "type") or "",
        sender=UserID(sender),
        state_key=state_key if isinstance(state_key, str) else None,
        sent_at=time_of(event, "origin_server_ts"),
        before_us=membership not in (None, "join"),
    )
