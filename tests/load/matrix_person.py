"""A person on the homeserver who reads by ``/sync`` and writes by ``/send``, with the bare requests."""

import asyncio
import itertools
import json
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp
from attrs import frozen

_NOTHING: Final = {"not_types": ["*"]}
_FILTER: Final = json.dumps(
    {
        "presence": _NOTHING,
        "account_data": _NOTHING,
        "room": {
            "timeline": {"limit": 1000, "types": ["m.room.message"]},
            "state": _NOTHING,
            "ephemeral": _NOTHING,
            "account_data": _NOTHING,
        },
    }
)
_POLL_MS: Final = 10_000
_WAIT_S: Final = 30.0


@frozen
class Message:
    """A message as its reader got it, with the time of getting it."""

    event_id: str
    room_id: str
    sender: str
    body: str
    at: float


class MatrixPerson:
    """Reads from the moment of ``start`` on; ``heard`` is called with each message."""

    def __init__(self, url: str, user_id: str, token: str, heard: Callable[[Message], None]) -> None:
        self.user_id = user_id
        self._base = url + "/_matrix/client/v3"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._heard = heard
        self._numbers = itertools.count(1)
        self._messages: list[Message] = []
        self._invites: list[str] = []
        self._news = asyncio.Condition()
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        answer = await self._get("/sync", {"filter": _FILTER, "timeout": "0"})
        self._reading = asyncio.create_task(self._read(answer["next_batch"]))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._session.close()

    async def say(self, room_id: str, text: str) -> None:
        path = f"/rooms/{quote(room_id)}/send/m.room.message/load{next(self._numbers)}"
        await self._put(path, {"msgtype": "m.text", "body": text})

    async def join(self, room: str) -> str:
        """Join by ID or alias. Returns the room's ID."""
        answer = await self._post(f"/join/{quote(room)}", {})
        return str(answer["room_id"])

    async def next_invite(self) -> str:
        """Wait for an invite that was not given before, and follow it. Returns the room's ID."""
        async with asyncio.timeout(_WAIT_S), self._news:
            await self._news.wait_for(lambda: self._invites)
            room_id = self._invites.pop(0)
        return await self.join(room_id)

    async def ask(self, room_id: str, text: str, words: str = "") -> None:
        """Say something, and wait until somebody else says these words in the same room."""
        known = len(self._messages)
        await self.say(room_id, text)
        await self.told(room_id, words, known)

    async def told(self, room_id: str, words: str = "", known: int = 0) -> None:
        """Wait for these words of somebody else, behind the first ``known`` messages."""

        def has_come() -> bool:
            new = [one for one in self._messages[known:] if one.room_id == room_id]
            return any(words in one.body for one in new if one.sender != self.user_id)

        async with asyncio.timeout(_WAIT_S), self._news:
            await self._news.wait_for(has_come)

    # Inside.

    async def _read(self, since: str) -> None:
        while True:
            query = {"filter": _FILTER, "since": since, "timeout": str(_POLL_MS)}
            answer = await self._get("/sync", query)
            at = perf_counter()
            since = answer["next_batch"]
            rooms = answer.get("rooms", {})
            for room_id, room in rooms.get("join", {}).items():
                for event in room["timeline"]["events"]:
                    body = event["content"].get("body", "")
                    message = Message(event["event_id"], room_id, event["sender"], body, at)
                    self._messages.append(message)
                    self._heard(message)
            self._invites += rooms.get("invite", {})
            async with self._news:
                self._news.notify_all()

    async def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        return await self._request("GET", path, params=query)

    async def _put(self, path: str, body: object) -> dict[str, Any]:
        return await self._request("PUT", path, json=body)

    async def _post(self, path: str, body: object) -> dict[str, Any]:
        return await self._request("POST", path, json=body)

    async def _request(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        async with self._session.request(method, self._base + path, headers=self._headers, **what) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = await answer.json()
            return found
