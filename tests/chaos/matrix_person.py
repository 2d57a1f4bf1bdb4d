"""A person at a matrix-nio client who says things until the homeserver has taken them."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from urllib.parse import quote

import aiohttp

from bridge.testing.matrix_client import MatrixEvent, MatrixRefusedError, MatrixUser
from bridge.testing.received import Received

_AGAIN_S = 0.1


class MatrixPerson(MatrixUser):
    """``heard`` is called with each event of a timeline when it comes."""

    def __init__(self, url: str, user_id: str, heard: Callable[[MatrixEvent], None]) -> None:
        super().__init__(url, user_id)
        self.received = _Noted(heard)
        self._numbers = itertools.count(1)

    @property
    def name(self) -> str:
        return self.user_id[1:].partition(":")[0]

    async def insist(self, room_id: str, event_type: str, content: Mapping[str, object]) -> str:
        """Send, with one transaction ID, until there is an event ID; raises the homeserver's own no."""
        return await self._insist("send", room_id, event_type, content)

    async def insist_on_redaction(self, room_id: str, event_id: str, reason: str) -> str:
        return await self._insist("redact", room_id, event_id, {"reason": reason})

    async def _insist(self, deed: str, room_id: str, what: str, content: Mapping[str, object]) -> str:
        words = "/".join(
            quote(word, safe="") for word in (room_id, deed, what, f"chaos{next(self._numbers)}")
        )
        while True:
            try:
                answer = await self.api("PUT", f"/_matrix/client/v3/rooms/{words}", content)
                return str(answer["event_id"])
            except MatrixRefusedError as error:
                if error.status < 500:
                    raise
            except (TimeoutError, aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(_AGAIN_S)


class _Noted(Received[MatrixEvent]):
    def __init__(self, heard: Callable[[MatrixEvent], None]) -> None:
        super().__init__()
        self._heard = heard

    def append(self, item: MatrixEvent) -> None:
        super().append(item)
        if item.where == "timeline":
            self._heard(item)
