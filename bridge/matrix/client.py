"""The one HTTP client towards the homeserver: any of our users is an argument, not an object.

mautrix gives the paths and methods. Its own ``HTTPAPI`` is not used: it logs bodies, keeps nothing of
``Retry-After``, and makes a second kind of masquerading parameter.
"""

import random
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode

import aiohttp
import orjson
import structlog
from attrs import frozen
from mautrix.api import Method, PathBuilder
from yarl import URL

from bridge.config.secret import Secret
from bridge.matrix.ports import Clock, Json
from bridge.matrix.retry import Failure, Policy, failure_of, next_wait_s
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, Phrase
from bridge.model.ids import DeviceID, UserID

_log = structlog.get_logger(__name__)

Content = Mapping[str, Any]


@frozen
class Actor:
    """On whose behalf a request is made; without a user, the registration's own sender."""

    user_id: UserID | None = None
    device_id: DeviceID | None = None


NOBODY = Actor()


@frozen
class Answer:
    status: int
    body: Json


class MatrixClient:
    """Makes requests and repeats them by policy.

    Args:
        session: owned and closed by the caller; its connection limit bounds what is in flight.
        base_url: the homeserver's address without ``/_matrix``.
        timeout_s: limit of one try, from connecting to the last byte of the answer.
        jitter: gives random numbers from 0 up to 1.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        token: Secret,
        *,
        clock: Clock,
        policy: Policy | None = None,
        timeout_s: float = 60.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self._base = base_url.rstrip("/") + "/"
        self._token = token
        self._clock = clock
        self._policy = policy or Policy()
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._jitter = jitter

    async def request(
        self,
        method: Method,
        path: PathBuilder | str,
        content: Content | None = None,
        *,
        actor: Actor = NOBODY,
        query: Mapping[str, str] | None = None,
        policy: Policy | None = None,
    ) -> Json:
        """Make a request until it is answered with an object; every try is the same to the byte.

        Raises:
            HomeserverRefused: a definite no.
            HomeserverUnavailable: the patience of ``policy`` is used up.
        """
        body = None if method is Method.GET else orjson.dumps(content if content is not None else {})
        answer = await self._until_answered(method, self._url(path, actor, query), body, dict, policy)
        return cast(Json, answer)

    async def request_list(
        self, method: Method, path: PathBuilder | str, *, actor: Actor = NOBODY, policy: Policy | None = None
    ) -> list[Any]:
        """The same for the few that are answered with a list."""
        answer = await self._until_answered(method, self._url(path, actor, None), None, list, policy)
        return cast(list[Any], answer)

    async def once(self, method: Method, path: PathBuilder | str, content: Content) -> Answer:
        """One try whose answer is given whatever its status; raises ``HomeserverUnavailable`` without one."""
        try:
            async with self._session.request(
                method.value,
                self._url(path, NOBODY, None),
                data=orjson.dumps(content),
                headers={**self._headers(), "Content-Type": "application/json"},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = _json(await response.read())
                return Answer(response.status, body if isinstance(body, dict) else {})
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise error_of(Failure(None)) from error

    async def openly(self, path: PathBuilder | str, query: Mapping[str, str]) -> Answer:
        """One GET without our token, as anybody could make it; raises ``HomeserverUnavailable``."""
        try:
            async with self._session.get(
                self._url(path, NOBODY, query), timeout=self._timeout, allow_redirects=False
            ) as response:
                body = _json(await response.read())
                return Answer(response.status, body if isinstance(body, dict) else {})
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise error_of(Failure(None)) from error

    async def _until_answered(
        self, method: Method, url: URL, body: bytes | None, wanted: type, policy: Policy | None
    ) -> object:
        policy = policy or self._policy
        began = self._clock.monotonic()
        tries = 0
        while True:
            outcome = await self._try(method, url, body, wanted)
            if not isinstance(outcome, Failure):
                return outcome
            tries += 1
            elapsed_s = self._clock.monotonic() - began
            wait_s = next_wait_s(outcome, policy, tries=tries, elapsed_s=elapsed_s, jitter=self._jitter())
            if wait_s is None:
                raise error_of(outcome)
            _log.debug("request is tried again", path=url.raw_path, tries=tries, wait_s=wait_s)
            await self._clock.sleep(wait_s)

    @asynccontextmanager
    async def open(
        self,
        method: Method,
        path: PathBuilder | str,
        *,
        actor: Actor = NOBODY,
        query: Mapping[str, str] | None = None,
        data: BinaryIO | AsyncIterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        follow: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One try whose answer (2xx) is read by the caller; for files.

        Raises the errors of ``request``; what happens while the caller reads is told the same way.
        """
        timeout = self._timeout if timeout_s is None else aiohttp.ClientTimeout(total=timeout_s)
        try:
            async with self._session.request(
                method.value,
                self._url(path, actor, query),
                data=data,
                headers={**self._headers(), **(headers or {})},
                timeout=timeout,
                allow_redirects=follow,
            ) as response:
                if not 200 <= response.status < 300:
                    raise error_of(await _failure(response))
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise error_of(Failure(None)) from error

    async def _try(self, method: Method, url: URL, body: bytes | None, wanted: type) -> object:
        headers = self._headers()
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method.value, url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                if not 200 <= response.status < 300:
                    return await _failure(response)
                answer = _json(await response.read())
                # Something between us answers in the homeserver's place.
                return answer if isinstance(answer, wanted) else Failure(None)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.debug("no answer from the homeserver", path=url.raw_path, reason=type(error).__name__)
            return Failure(None)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.reveal()}"}

    def _url(self, path: PathBuilder | str, actor: Actor, query: Mapping[str, str] | None) -> URL:
        fields = dict(query or {})
        if actor.user_id is not None:
            fields["user_id"] = actor.user_id
        if actor.device_id is not None:
            fields["device_id"] = actor.device_id
        text = self._base + str(path).lstrip("/")
        return URL(f"{text}?{urlencode(fields)}" if fields else text, encoded=True)


def error_of(failure: Failure) -> HomeserverRefused | HomeserverUnavailable:
    """The error that tells our callers of a failure."""
    if failure.definite:
        code = failure.code or "M_UNKNOWN"
        status = failure.status or 0
        reason = Phrase.of("matrix.refused", code=code, status=status)
        return HomeserverRefused(reason, code=code, status=status)
    if failure.status is None:
        reason = Phrase.of("matrix.no_answer")
    elif failure.status == 429:
        reason = Phrase.of("matrix.rate_limited")
    else:
        reason = Phrase.of("matrix.broken", status=failure.status)
    return HomeserverUnavailable(reason, retry_after_s=failure.retry_after_s)


async def _failure(response: aiohttp.ClientResponse) -> Failure:
    return failure_of(response.status, response.headers, _json(await response.read()))


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
