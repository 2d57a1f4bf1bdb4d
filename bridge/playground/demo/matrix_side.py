"""A person on Matrix, as the demo needs one: signs in, joins, speaks, listens."""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import aiohttp
from attrs import frozen

from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase

_POLL_MS: Final = 20_000
_AGAIN_S: Final = 0.3
_CLIENT: Final = "/_matrix/client/v3"


@frozen
class Message:
    """``sent_at`` is the time it bears and ``heard_at`` when it came here, in seconds since the epoch."""

    room_id: str
    event_id: str
    sender: str
    text: str
    sent_at: float
    heard_at: float


@frozen
class Receipt:
    """Somebody has read up to an event; the bridge bot's says that it arrived on the other side."""

    event_id: str
    reader: str
    heard_at: float


News: TypeAlias = Message | Receipt


class MatrixPerson:
    """Make one with ``sign_in``."""

    def __init__(self, session: aiohttp.ClientSession, url: str, user_id: str, token: str) -> None:
        self.user_id = user_id
        self._session = session
        self._url = url
        self._token = token
        self._numbers = itertools.count()
        self._run = secrets.token_hex(4)
        self._since: str | None = None

    @classmethod
    async def sign_in(
        cls, session: aiohttp.ClientSession, url: str, name: str, password: str
    ) -> "MatrixPerson":
        """Register, or log in who is registered already."""
        nobody = cls(session, url, "", "")
        device = {"initial_device_display_name": "Trunkline demo"}
        try:
            body = {"username": name, "password": password, "auth": {"type": "m.login.dummy"}, **device}
            answer = await nobody.call("POST", f"{_CLIENT}/register", body)
        except HomeserverRefused as error:
            if error.code != "M_USER_IN_USE":
                raise
            identifier = {"type": "m.id.user", "user": name}
            body = {"type": "m.login.password", "identifier": identifier, "password": password, **device}
            answer = await nobody.call("POST", f"{_CLIENT}/login", body)
        return cls(session, url, answer["user_id"], answer["access_token"])

    async def sign_out(self) -> None:
        """End this session: else every start of the demo would leave one more."""
        with suppress(HomeserverRefused, HomeserverUnavailable):
            await self.call("POST", f"{_CLIENT}/logout", {})

    async def enter(self, alias: str) -> str:
        """Join a room as soon as there is one under this alias; returns its ID."""
        while True:
            try:
                answer = await self.call("POST", f"{_CLIENT}/join/{quote(alias, safe='')}", {})
            except (HomeserverRefused, HomeserverUnavailable):
                await asyncio.sleep(_AGAIN_S)
            else:
                return str(answer["room_id"])

    async def say(self, room_id: str, text: str) -> None:
        transaction = f"{self._run}.{next(self._numbers)}"
        path = f"{_CLIENT}/rooms/{quote(room_id, safe='')}/send/m.room.message/{transaction}"
        await self.call("PUT", path, {"msgtype": "m.text", "body": text})

    async def begin_listening(self) -> None:
        """From now on ``listen`` tells everything; what was said before is passed over."""
        if self._since is None:
            await self._sync(0)

    async def listen(self) -> AsyncIterator[News]:
        """Everything that is said in the person's rooms, their own words too, and who has read it."""
        await self.begin_listening()
        while True:
            try:
                answer = await self._sync(_POLL_MS)
            except HomeserverUnavailable:
                await asyncio.sleep(_AGAIN_S)
                continue
            for message in _messages(answer):
                yield message
            for receipt in _receipts(answer):
                yield receipt

    async def _sync(self, timeout_ms: int) -> dict[str, Any]:
        since = "" if self._since is None else f"&since={quote(self._since)}"
        answer = await self.call("GET", f"{_CLIENT}/sync?timeout={timeout_ms}{since}", None)
        self._since = str(answer["next_batch"])
        return answer

    async def call(self, method: str, path: str, body: object) -> dict[str, Any]:
        """One request. Raises ``HomeserverRefused`` and ``HomeserverUnavailable``."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        timeout = aiohttp.ClientTimeout(total=_POLL_MS / 1000 + 30)
        try:
            async with self._session.request(
                method, self._url + path, json=body, headers=headers, timeout=timeout
            ) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise HomeserverUnavailable(Phrase.of("matrix.no_answer")) from error
        if response.status >= 500:
            raise HomeserverUnavailable(Phrase.of("matrix.broken", status=response.status))
        if response.status >= 300:
            code = str(answer.get("errcode", ""))
            phrase = Phrase.of("matrix.refused", code=code, status=response.status)
            raise HomeserverRefused(phrase, code=code, status=response.status)
        return answer


def _messages(answer: dict[str, Any]) -> Iterator[Message]:
    now = time.time()
    for room_id, room in answer.get("rooms", {}).get("join", {}).items():
        for event in room["timeline"]["events"]:
            text = event["content"].get("body")
            if event["type"] == "m.room.message" and isinstance(text, str):
                sent_at = event["origin_server_ts"] / 1000
                yield Message(room_id, event["event_id"], event["sender"], text, sent_at, now)


def _receipts(answer: dict[str, Any]) -> Iterator[Receipt]:
    now = time.time()
    for room in answer.get("rooms", {}).get("join", {}).values():
        for event in room["ephemeral"]["events"]:
            if event["type"] == "m.receipt":
                for event_id, kinds in event["content"].items():
                    yield from (Receipt(event_id, reader, now) for reader in kinds.get("m.read", {}))
