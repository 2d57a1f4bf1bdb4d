"""A request that is sent again under the same name is answered as before, and done only once.

The name is the header ``Idempotency-Key``, one for each token. Answers are kept for a day. What failed by no
fault of the client (5xx) is not kept: it is to be tried again.
"""

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from bridge.actions.tokens import TokenStore
from bridge.core.ports import Clock
from bridge.model.errors import Phrase
from bridge.model.tokens import ApiToken, KeptAnswer, TokenID
from bridge.web.api.fields import wrong
from bridge.web.api.refusals import Refusal

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_NAME: Final = re.compile(r"[\x21-\x7e]{1,200}")

Do = Callable[[str], Awaitable[web.Response]]
"""Does it; is given the name of the wish, the same each time it is tried."""


class Repeats:
    """Stands before everything that changes something."""

    def __init__(self, store: TokenStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._at_work: set[tuple[TokenID, str]] = set()

    async def once(self, request: web.Request, token: ApiToken, do: Do) -> web.Response:
        """Raises ``Refusal`` for a name that stands for another request."""
        name = request.headers.get(HEADER)
        if name is None:
            return await do("")
        if not _NAME.fullmatch(name):
            raise wrong(HEADER, "1 to 200 printable ASCII characters without spaces")
        asked = await _hash_of(request)
        key = (token.id, name)
        # Before the store is asked: what it says may be old by the time that it is read.
        if key in self._at_work:
            raise Refusal(409, Phrase.of("http.at_work"), {hdrs.RETRY_AFTER: "1"})
        self._at_work.add(key)
        try:
            kept = await self._store.kept_answer(token.id, name)
            if kept is not None:
                if kept.request_hash != asked:
                    raise Refusal(422, Phrase.of("http.same_name", name=name))
                return _replayed(kept)
            response = await do(name)
            body = response.body
            assert isinstance(body, bytes), "an answer of ours is bytes"
            answer = KeptAnswer(request_hash=asked, status=response.status, body=body)
            await self._store.keep_answer(token.id, name, answer, self._clock.now())
            return response
        finally:
            self._at_work.discard(key)


async def _hash_of(request: web.Request) -> str:
    said = f"{request.method} {request.path_qs}\n".encode() + await request.read()
    return sha256(said).hexdigest()


def _replayed(kept: KeptAnswer) -> web.Response:
    return web.Response(
        status=kept.status,
        body=kept.body,
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store", REPLAYED: "true"},
    )
