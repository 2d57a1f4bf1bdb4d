"""What a room says about the bridge in it: state ``m.bridge`` and ``uk.half-shot.bridge`` (MSC2346)."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from mautrix.api import Method, Path

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.ports import Json
from bridge.matrix.state import RoomStates
from bridge.model.ids import RoomID, UserID
from bridge.model.outgoing import BridgeInfo
from bridge.text.characters import wash_line

TYPES: Final = ("m.bridge", "uk.half-shot.bridge")
"""Element reads the second; the first is what it will be."""
KEY_PREFIX: Final = "dev.trunkline://"
_MAX_KEY_BYTES: Final = 255


class BridgeInfos:
    def __init__(self, client: MatrixClient, states: RoomStates, bot: UserID) -> None:
        self._client = client
        self._states = states
        self._bot = bot

    async def put(self, room_id: RoomID, info: BridgeInfo) -> None:
        """Write both where they differ."""
        content, key = content_of(info, self._bot), state_key_of(info)
        for event_type in TYPES:
            known = await self._states.get(room_id, event_type, key)
            if known is None or known.content != content:
                await self._write(room_id, event_type, key, content)

    async def empty(self, room_id: RoomID) -> None:
        """Empty all that we ever wrote there."""
        for event_type, key in await self._ours(room_id):
            await self._write(room_id, event_type, key, {})

    async def _write(self, room_id: RoomID, event_type: str, key: str, content: Json) -> None:
        path = f"{Path.v3.rooms[room_id].state[event_type]}/{quote(key, safe='')}"
        await self._client.request(Method.PUT, path, content, actor=Actor(self._bot))
        self._states.forget(room_id, event_type, key)

    async def _ours(self, room_id: RoomID) -> Sequence[tuple[str, str]]:
        """Asks for the whole state: this happens once, when a portal ends."""
        answer = await self._client.request_list(
            Method.GET, Path.v3.rooms[room_id].state, actor=Actor(self._bot)
        )
        return [
            (event["type"], event["state_key"])
            for event in answer
            if isinstance(event, dict)
            and event.get("type") in TYPES
            and str(event.get("state_key", "")).startswith(KEY_PREFIX)
            and event.get("content")
        ]


def state_key_of(info: BridgeInfo) -> str:
    """One key for each remote conversation, at most 255 bytes."""
    words = (info.protocol_id, info.network_id, info.channel_id)
    key = KEY_PREFIX + "/".join(quote(word, safe="") for word in words)
    if len(key) <= _MAX_KEY_BYTES:
        return key
    return KEY_PREFIX + hashlib.sha256(key.encode()).hexdigest()


def content_of(info: BridgeInfo, bot: UserID) -> Json:
    """``protocol.id`` and ``channel.id`` are required: Element shows nothing without them."""
    content: dict[str, Any] = {
        "bridgebot": bot,
        "protocol": {"id": info.protocol_id, "displayname": wash_line(info.protocol_name)},
        "network": {"id": info.network_id, "displayname": wash_line(info.network_name)},
        "channel": {"id": info.channel_id, "displayname": wash_line(info.channel_name)},
    }
    if info.creator is not None:
        content["creator"] = info.creator
    if info.external_url is not None:
        content["channel"]["external_url"] = info.external_url
    return content
