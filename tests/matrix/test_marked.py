"""Events of our own are found by the mark in them."""

from typing import Any

import orjson

from bridge.matrix.content import MARK_KEY
from bridge.matrix.marked import MAX_PAGES, event_marked
from bridge.model.ids import EventID, RoomID, UserID
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

BOT = UserID("@trunkline:example.org")
GHOST = UserID("@_trunkline_irc_ann:example.org")
ROOM = RoomID("!r")


def event(event_id: str, mark: str | None, sender: str = GHOST) -> dict[str, Any]:
    return {"event_id": event_id, "sender": sender, "content": {MARK_KEY: mark} if mark else {}}


async def find(homeserver: ScriptedHomeserver, mark: str = "a1.2") -> EventID | None:
    return await event_marked(homeserver.client, BOT, ROOM, GHOST, mark)


async def test_the_newest_events_of_the_sender_are_asked_for_backwards() -> None:
    async with scripted_homeserver() as homeserver:
        homeserver.answer(
            "GET", "/messages", {"chunk": [event("$1", None), event("$2", "a1.2")], "end": "t1"}
        )
        assert await find(homeserver) == EventID("$2")
        query = homeserver.asked[0].query
        assert (query["dir"], query["user_id"]) == ("b", BOT)
        assert orjson.loads(query["filter"]) == {"senders": [GHOST]}
        assert "from" not in query


async def test_it_is_looked_for_page_by_page() -> None:
    async with scripted_homeserver() as homeserver:
        homeserver.answer("GET", "/messages", {"chunk": [event("$1", "a1.1")], "end": "t1"})
        homeserver.answer("GET", "/messages", {"chunk": [event("$2", "a1.2")], "end": "t2"})
        assert await find(homeserver) == EventID("$2")
        assert homeserver.asked[1].query["from"] == "t1"


async def test_a_mark_of_somebody_else_is_none_of_ours() -> None:
    async with scripted_homeserver() as homeserver:
        theirs = event("$1", "a1.2", sender="@eve:example.org")
        homeserver.answer("GET", "/messages", {"chunk": [theirs]})
        assert await find(homeserver) is None


async def test_it_is_not_looked_for_without_end() -> None:
    async with scripted_homeserver() as homeserver:
        for number in range(MAX_PAGES):
            homeserver.answer("GET", "/messages", {"chunk": [], "end": f"t{number}"})
        assert await find(homeserver) is None
        assert len(homeserver.asked) == MAX_PAGES
