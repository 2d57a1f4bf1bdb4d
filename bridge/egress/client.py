"""The one client for requests to servers that strangers choose.

It goes only to addresses within reach (``addresses.py``), follows at most three redirects and checks each
of them anew, carries no cookies, no proxy settings of the environment and no credentials to another origin,
and reads no more than the caller takes, piece by piece.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from bridge.egress.addresses import make_reach, parse_address
from bridge.egress.config import EgressConfig
from bridge.egress.connector import Lookup, make_connector, system_lookup
from bridge.egress.errors import EgressFailed, EgressRefused, Refusal, TooLarge

MAX_REDIRECTS: Final = 3
MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 8190
MAX_CONNECTIONS: Final = 32
CHUNK_BYTES: Final = 64 * 1024
"""The read buffer of a connection: what one answer costs in memory, whatever its length."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD: Final = frozenset({307, 308})
_PRIVATE_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_BODY_HEADERS: Final = frozenset({"content-type", "content-encoding", "content-language"})
_OWN_HEADERS: Final = frozenset(
    {"host", "accept-encoding", "content-length", "transfer-encoding", "connection"}
)
_AGENT: Final = "Trunkline"


class EgressResponse:
    """An answer whose body has not been read yet.

    Attributes:
        url: where the answer came from, after the redirects.
    """

    def __init__(self, response: aiohttp.ClientResponse, *, max_bytes: int, deadline: float) -> None:
        self._response = response
        self._max_bytes = max_bytes
        self._deadline = deadline
        self.url: str = str(response.url)
        self.status: int = response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Looked up without regard to case; of a repeated one the first."""
        return self._response.headers

    @property
    def content_type(self) -> str:
        """The media type in small letters, bare; ``application/octet-stream`` if none is given."""
        return self._response.content_type.lower()

    @property
    def size_bytes(self) -> int | None:
        """The announced length, if there is one."""
        return self._response.content_length

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces; raises ``TooLarge`` before the first byte too many, or ``EgressFailed``."""
        left = self._max_bytes
        content = self._response.content
        while chunk := await self._bounded(content):
            left -= len(chunk)
            if left < 0:
                raise TooLarge(self._max_bytes)
            yield chunk

    async def read(self) -> bytes:
        """The whole body, at most ``max_bytes``."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def _bounded(self, content: aiohttp.StreamReader) -> bytes:
        with _translated(self.url):
            async with asyncio.timeout_at(self._deadline):
                return await content.read(CHUNK_BYTES)


class EgressClient:
    """Use as an async context manager, one for the whole program; safe for many tasks at once.

    Args:
        lookup: how names become addresses; the system's way unless a test brings another.
        tls: whose certificates are believed; the system's authorities unless a test brings others.
    """

    def __init__(
        self, config: EgressConfig, *, lookup: Lookup = system_lookup, tls: ssl.SSLContext | None = None
    ) -> None:
        self._config = config
        self._reach = make_reach(config.allow, config.ports)
        self._lookup = lookup
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=make_connector(self._reach, self._lookup, connections=MAX_CONNECTIONS, tls=self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Unpacking is left out: a few kilobytes could become gigabytes in one piece.
            auto_decompress=False,
            headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None),
            trust_env=False,
            read_bufsize=CHUNK_BYTES,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def get(
        self,
        url: str,
        *,
        max_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> AsyncIterator[EgressResponse]:
        """Fetch an address; see ``request``."""
        async with self.request(
            "GET", url, max_bytes=max_bytes, headers=headers, timeout_s=timeout_s
        ) as response:
            yield response

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        max_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> AsyncIterator[EgressResponse]:
        """Send a request; the answer, of any status, is open within the ``async with``.

        Args:
            body: sent as it is; give its ``Content-Type`` in the headers.
            max_bytes: the longest body to read; the section's ``max_bytes`` unless given.
            timeout_s: for everything together, reading included; the section's ``timeout_s`` unless given.

        Raises:
            EgressRefused: the address, or one it redirects to, is not within reach.
            TooLarge: the announced length is over ``max_bytes``.
            EgressFailed: no answer came, or none that could be understood.
        """
        limit = self._config.max_bytes if max_bytes is None else max_bytes
        wait_s = self._config.timeout_s if timeout_s is None else timeout_s
        deadline = asyncio.get_running_loop().time() + wait_s
        given = {name: value for name, value in (headers or {}).items() if name.lower() not in _OWN_HEADERS}
        response = await self._follow(method, _parsed(url), body, given, deadline)
        try:
            if (response.content_length or 0) > limit and method != "HEAD":
                raise TooLarge(limit)
            if response.headers.get("Content-Encoding", "identity").lower() not in {"identity", ""}:
                raise EgressFailed(response.host, "packed, although no packing was asked for")
            yield EgressResponse(response, max_bytes=limit, deadline=deadline)
        finally:
            response.close()

    async def _follow(
        self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str], deadline: float
    ) -> aiohttp.ClientResponse:
        self._check(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(method, url, body, headers, deadline)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return response
            response.close()
            target = _parsed(location, url)
            self._check(target)
            if url.scheme == "https" and target.scheme == "http":
                raise EgressRefused(Refusal.DOWNGRADE, target.host or "")
            if target.origin() != url.origin():
                headers = _without(headers, _PRIVATE_HEADERS)
            if response.status not in _KEEP_METHOD and method != "HEAD":
                method, body, headers = "GET", None, _without(headers, _BODY_HEADERS)
            url = target
        raise EgressRefused(Refusal.REDIRECTS, url.host or "")

    async def _send(
        self, method: str, url: URL, body: bytes | None, headers: Mapping[str, str], deadline: float
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("use the client within its async with")
        with _translated(str(url)):
            async with asyncio.timeout_at(deadline):
                return await self._session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                )

    def _check(self, url: URL) -> None:
        """What can be told without asking the DNS."""
        host = url.host or ""
        if url.scheme not in {"http", "https"}:
            raise EgressRefused(Refusal.SCHEME, host)
        if url.user is not None or url.password is not None:
            raise EgressRefused(Refusal.CREDENTIALS, host)
        address = parse_address(host)
        if not host or not url.port:
            raise EgressRefused(Refusal.MALFORMED, host)
        if address is not None and not self._reach.covers(address, url.port):
            raise EgressRefused(Refusal.ADDRESS, host)


def _without(headers: Mapping[str, str], names: Collection[str]) -> Mapping[str, str]:
    return {name: text for name, text in headers.items() if name.lower() not in names}


def _parsed(text: str, base: URL | None = None) -> URL:
    try:
        url = URL(text)
        return base.join(url) if base else url
    except ValueError as error:
        raise EgressRefused(Refusal.MALFORMED) from error


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Turns what aiohttp and the sockets raise into our own errors."""
    host = URL(url).host or ""
    try:
        yield
    except TimeoutError as error:
        raise EgressFailed(host, "no answer in time") from error
    except aiohttp.InvalidURL as error:
        raise EgressRefused(Refusal.MALFORMED, host) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise EgressFailed(host, str(error) or type(error).__name__) from error
