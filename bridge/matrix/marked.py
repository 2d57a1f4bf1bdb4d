"""Looks for an event of our own by the mark in it."""

from typing import Final

import orjson
from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.content import MARK_KEY
from bridge.matrix.ports import Json
from bridge.matrix.shapes import name_of, object_of, text_of
from bridge.model.ids import EventID, RoomID, UserID

PAGE: Final = 200
MAX_PAGES: Final = 5
"""So far back it is looked: the last thousand events of one sender in one room."""


async def event_marked(
    client: MatrixClient, bot: UserID, room_id: RoomID, sender: UserID, mark: str
) -> EventID | None:
    """The event of ``sender`` in the room that carries the mark; None if it is not among the newest ones.

    Raises the errors of ``MatrixClient.request``.
    Spec: https://spec.matrix.org/v1.11/client-server-api/#get_matrixclientv3roomsroomidmessages
    """
    query = {"dir": "b", "limit": str(PAGE), "filter": orjson.dumps({"senders": [sender]}).decode()}
    for _ in range(MAX_PAGES):
        path = Path.v3.rooms[room_id].messages
        answer = await client.request(Method.GET, path, actor=Actor(bot), query=query)
        chunk = answer.get("chunk")
        for event in chunk if isinstance(chunk, list) else ():
            if isinstance(event, dict) and _is_it(event, sender, mark):
                found = name_of(event, "event_id")
                return None if found is None else EventID(found)
        end = text_of(answer, "end")
        if not end or end == query.get("from"):
            return None
        query["from"] = end
    return None


def _is_it(event: Json, sender: UserID, mark: str) -> bool:
    """Anybody can write a mark: it counts from its sender only."""
    return event.get("sender") == sender and object_of(event, "content").get(MARK_KEY) == mark
