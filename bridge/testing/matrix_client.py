"""A person at a Matrix client, for tests: says things and keeps everything that arrives.

matrix-nio logs in, sends and synchronises; what arrives is kept as the JSON that
the homeserver sent, so that a test reads what a client would have to read.
"""

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self
from urllib.parse import quote

import aiohttp
import nio
from attrs import frozen

from bridge.testing.received import NotReceivedError, Received
from bridge.testing.servers.synapse import TEST_PASSWORD

TIMEOUT_S = 30.0

_SYNC_TIMEOUT_MS = 10_000
_RETRY_S = 0.1
_SYNC_FILTER = {"room": {"timeline": {"limit": 10_000}}}

Json = dict[str, Any]
Where = Literal["timeline", "state", "invite", "ephemeral", "leave"]


class MatrixRefusedError(AssertionError):
    """The homeserver answered a request with an error.

    Attributes:
        status: the HTTP status.
        errcode: Matrix's name of the error, or an empty string.
    """

    def __init__(self, request: str, status: int, body: Json) -> None:
        super().__init__(f"{request}: {status} {body}")
        self.status = status
        self.errcode = str(body.get("errcode", ""))


@frozen
class MatrixEvent:
    """One event as it came down ``/sync``.

    Attributes:
        where: the part of the answer that held it; receipts and typing are ``ephemeral``.
        source: the event's JSON.
    """

    room_id: str
    where: Where
    source: Json

    @property
    def type(self) -> str:
        return str(self.source.get("type", ""))

    @property
    def event_id(self) -> str:
        return str(self.source.get("event_id", ""))

    @property
    def sender(self) -> str:
        return str(self.source.get("sender", ""))

    @property
    def content(self) -> Json:
        content: Json = self.source.get("content") or {}
        return content

    @property
    def body(self) -> str:
        return str(self.content.get("body", ""))

    @property
    def msgtype(self) -> str:
        return str(self.content.get("msgtype", ""))

    @property
    def relates_to(self) -> Json:
        relation: Json = self.content.get("m.relates_to") or {}
        return relation

    @property
    def state_key(self) -> str | None:
        return self.source.get("state_key")

    def __str__(self) -> str:
        return f"{self.where} {self.room_id} {json.dumps(self.source, ensure_ascii=False)}"


class MatrixUser:
    """A logged-in user whose client synchronises in the background until ``close``."""

    def __init__(self, url: str, user_id: str, password: str = TEST_PASSWORD) -> None:
        self.user_id = user_id
        self.received: Received[MatrixEvent] = Received()
        self.url = url
        self._password = password
        config = nio.AsyncClientConfig(encryption_enabled=False, store_sync_tokens=False)
        self._nio = nio.AsyncClient(url, user_id, config=config)
        self._syncing: asyncio.Task[None] | None = None
        self._transactions = itertools.count(1)
        self._session = secrets.token_hex(4)

    # Coming and going.

    async def login(self) -> Self:
        """Log in, take in the present state, and go on listening."""
        answer = await self._nio.login(self._password, device_name="test")
        if not isinstance(answer, nio.LoginResponse):
            raise MatrixRefusedError("login", 0, {"errcode": str(answer)})
        await self._sync_once(timeout_ms=0)
        self._syncing = asyncio.create_task(self._sync_for_ever(), name=f"sync of {self.user_id}")
        return self

    async def close(self) -> None:
        if self._syncing is not None:
            self._syncing.cancel()
            await asyncio.gather(self._syncing, return_exceptions=True)
        await self._nio.close()

    @property
    def access_token(self) -> str:
        return str(self._nio.access_token)

    @property
    def device_id(self) -> str:
        return str(self._nio.device_id)

    async def api(self, method: str, path: str, body: object = None) -> Json:
        """Make any client-server request as this user; raises MatrixRefusedError.

        ``path`` begins with ``/_matrix``; its variable parts must be percent-encoded already.
        """
        headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        response = await self._nio.send(method, path, data, headers)
        answer: Json = await response.json()
        if response.status >= 300:
            raise MatrixRefusedError(f"{method} {path}", response.status, answer)
        return answer

    # Rooms.

    async def create_room(self, **options: object) -> str:
        """Make a room and return its ID; options are those of ``POST /createRoom``."""
        return str((await self.api("POST", "/_matrix/client/v3/createRoom", options))["room_id"])

    async def join(self, room: str) -> str:
        """Join by room ID or alias and return the room ID."""
        return str((await self.api("POST", f"/_matrix/client/v3/join/{_q(room)}", {}))["room_id"])

    async def leave(self, room_id: str) -> None:
        await self.api("POST", _room(room_id, "leave"), {})

    async def invite(self, room_id: str, user_id: str) -> None:
        await self.api("POST", _room(room_id, "invite"), {"user_id": user_id})

    async def kick(self, room_id: str, user_id: str, reason: str = "") -> None:
        await self.api("POST", _room(room_id, "kick"), {"user_id": user_id, "reason": reason})

    async def joined_members(self, room_id: str) -> dict[str, str]:
        """Return the display name of each joined user ID (empty without one)."""
        joined = (await self.api("GET", _room(room_id, "joined_members")))["joined"]
        return {user_id: member.get("display_name") or "" for user_id, member in joined.items()}

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json:
        """Return the content of a state event; raises MatrixRefusedError (404) without one."""
        return await self.api("GET", _room(room_id, "state", event_type, state_key))

    async def set_state(self, room_id: str, event_type: str, content: object, state_key: str = "") -> str:
        answer = await self.api("PUT", _room(room_id, "state", event_type, state_key), content)
        return str(answer["event_id"])

    async def set_topic(self, room_id: str, topic: str) -> str:
        return await self.set_state(room_id, "m.room.topic", {"topic": topic})

    # Speaking. Each returns the event ID.

    async def send_event(self, room_id: str, event_type: str, content: object) -> str:
        path = _room(room_id, "send", event_type, self._transaction())
        return str((await self.api("PUT", path, content))["event_id"])

    async def say(self, room_id: str, body: str, **content: object) -> str:
        """Say plain text; further keys of the content by keyword."""
        return await self._say(room_id, {"msgtype": "m.text", "body": body, **content})

    async def act(self, room_id: str, body: str) -> str:
        """Say something in the third person (``/me``)."""
        return await self._say(room_id, {"msgtype": "m.emote", "body": body})

    async def notice(self, room_id: str, body: str) -> str:
        return await self._say(room_id, {"msgtype": "m.notice", "body": body})

    async def say_html(self, room_id: str, body: str, html: str) -> str:
        return await self._say(room_id, {"msgtype": "m.text", "body": body, **_html(html)})

    async def reply(self, room_id: str, to: str, body: str) -> str:
        relation = {"m.in_reply_to": {"event_id": to}}
        return await self._say(room_id, {"msgtype": "m.text", "body": body, "m.relates_to": relation})

    async def edit(self, room_id: str, event_id: str, body: str) -> str:
        new = {"msgtype": "m.text", "body": body}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {"msgtype": "m.text", "body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
        return await self._say(room_id, content)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self.send_event(room_id, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str, reason: str = "") -> str:
        path = _room(room_id, "redact", event_id, self._transaction())
        return str((await self.api("PUT", path, {"reason": reason}))["event_id"])

    async def upload(
        self, data: bytes, content_type: str = "application/octet-stream", name: str = ""
    ) -> str:
        """Store a file on the homeserver and return its mxc URI."""
        answer, _ = await self._nio.upload(
            lambda *_: data, content_type=content_type, filename=name or None, filesize=len(data)
        )
        if not isinstance(answer, nio.UploadResponse):
            raise MatrixRefusedError("upload", 0, {"errcode": str(answer)})
        return str(answer.content_uri)

    async def send_file(
        self, room_id: str, name: str, data: bytes, *, content_type: str, msgtype: str = "m.file"
    ) -> str:
        """Upload and send; ``msgtype`` may also be ``m.image``, ``m.video`` or ``m.audio``."""
        mxc = await self.upload(data, content_type, name)
        info = {"mimetype": content_type, "size": len(data)}
        return await self._say(room_id, {"msgtype": msgtype, "body": name, "url": mxc, "info": info})

    async def send_receipt(self, room_id: str, event_id: str) -> None:
        await self.api("POST", _room(room_id, "receipt", "m.read", event_id), {})

    async def set_typing(self, room_id: str, typing: bool, timeout_ms: int = 10_000) -> None:
        body = {"typing": typing, "timeout": timeout_ms} if typing else {"typing": False}
        await self.api("PUT", _room(room_id, "typing", self.user_id), body)

    # Listening.

    @property
    def events(self) -> Sequence[MatrixEvent]:
        """Everything that arrived so far, in order."""
        return self.received.items

    def mark(self) -> int:
        """Return the present end of ``events``, to wait only for what comes later."""
        return self.received.mark()

    async def wait_for(
        self,
        wanted: Callable[[MatrixEvent], bool],
        *,
        timeout_s: float = TIMEOUT_S,
        since: int = 0,
        what: str = "the event",
    ) -> MatrixEvent:
        """Return the first event, from ``since`` on, that the function agrees to.

        Events that came earlier count too. Raises NotReceivedError.
        """
        return await self.received.wait_for(wanted, timeout_s=timeout_s, since=since, what=what)

    async def wait_for_message(
        self,
        text: str,
        *,
        room_id: str | None = None,
        sender: str | None = None,
        timeout_s: float = TIMEOUT_S,
        since: int = 0,
    ) -> MatrixEvent:
        """Return the first message whose body contains ``text``."""
        return await self.wait_for(
            lambda event: (
                event.type == "m.room.message"
                and text in event.body
                and room_id in (None, event.room_id)
                and sender in (None, event.sender)
            ),
            timeout_s=timeout_s,
            since=since,
            what=f"a message with {text!r}",
        )

    async def wait_for_invite(self, room_id: str | None = None, *, timeout_s: float = TIMEOUT_S) -> str:
        """Wait for an invitation and return its room ID."""
        event = await self.wait_for(
            lambda event: (
                event.where == "invite"
                and event.type == "m.room.member"
                and event.state_key == self.user_id
                and room_id in (None, event.room_id)
            ),
            timeout_s=timeout_s,
            what="an invitation",
        )
        return event.room_id

    def messages(self, room_id: str, *, sender: str | None = None) -> list[str]:
        """The bodies of the messages in a room so far, in order."""
        return [
            event.body
            for event in self.events
            if event.type == "m.room.message" and event.room_id == room_id and sender in (None, event.sender)
        ]

    # Inside.

    async def _say(self, room_id: str, content: Mapping[str, object]) -> str:
        return await self.send_event(room_id, "m.room.message", content)

    def _transaction(self) -> str:
        return f"{self._session}-{next(self._transactions)}"

    async def _sync_for_ever(self) -> None:
        while True:
            try:
                await self._sync_once(timeout_ms=_SYNC_TIMEOUT_MS)
            except (aiohttp.ClientError, TimeoutError, OSError, NotReceivedError):
                # A test may have stopped the homeserver: listen again when it is back.
                await asyncio.sleep(_RETRY_S)

    async def _sync_once(self, *, timeout_ms: int) -> None:
        answer = await self._nio.sync(timeout=timeout_ms, sync_filter=_SYNC_FILTER)
        if not isinstance(answer, nio.SyncResponse):
            raise NotReceivedError(f"sync of {self.user_id}: {answer}")
        # nio's own classes leave out what they do not know; the answer itself does not.
        rooms = (await answer.transport_response.json()).get("rooms") or {}
        for event in _events_of(rooms):
            self.received.append(event)


def _events_of(rooms: Json) -> list[MatrixEvent]:
    found: list[MatrixEvent] = []
    for section, part, where in _PARTS:
        for room_id, room in (rooms.get(section) or {}).items():
            events = (room.get(part) or {}).get("events") or []
            found += [MatrixEvent(room_id, where, event) for event in events]
    return found


# https://spec.matrix.org/v1.11/client-server-api/#get_matrixclientv3sync
_PARTS: tuple[tuple[str, str, Where], ...] = (
    ("invite", "invite_state", "invite"),
    ("join", "state", "state"),
    ("join", "timeline", "timeline"),
    ("join", "ephemeral", "ephemeral"),
    ("leave", "timeline", "leave"),
)


def _html(html: str) -> Json:
    return {"format": "org.matrix.custom.html", "formatted_body": html}


def _q(word: str) -> str:
    return quote(word, safe="")


def _room(room_id: str, *words: str) -> str:
    path = "/".join(_q(word) for word in (room_id, *words))
    return f"/_matrix/client/v3/rooms/{path}"
