"""Who comes in: tokens are looked at, and whoever knocks too often waits."""

from collections.abc import Collection
from ipaddress import IPv4Address, ip_address, ip_network
from math import ceil
from typing import Final

from aiohttp import hdrs, web

from bridge.actions.tokens import Tokens
from bridge.api.audit import Audit
from bridge.core.ports import Clock
from bridge.model.errors import Phrase
from bridge.model.tokens import ApiToken, Scope, TokenID
from bridge.policy.rate_limit import Rate, RateLimit
from bridge.web.api.refusals import Refusal

TOKEN_RATE: Final = Rate(per_s=5.0, burst=50)
KNOCK_RATE: Final = Rate(per_s=1 / 30, burst=10)
"""Of attempts that failed, by address: guessing is slow, mistakes are not punished."""
_SCHEME: Final = "bearer"


class Entry:
    """Lets requests in. ``behind_proxy``: the address of a client is what the proxy before us says."""

    def __init__(
        self,
        tokens: Tokens,
        audit: Audit,
        clock: Clock,
        *,
        behind_proxy: bool,
        token_rate: Rate = TOKEN_RATE,
        knock_rate: Rate = KNOCK_RATE,
    ) -> None:
        self._tokens = tokens
        self._audit = audit
        self._clock = clock
        self._behind_proxy = behind_proxy
        self._requests: RateLimit[TokenID] = RateLimit(token_rate)
        self._knocks: RateLimit[str] = RateLimit(knock_rate)

    async def token(self, request: web.Request, scopes: Collection[Scope] = ()) -> ApiToken:
        """Whose request this is. Raises ``Refusal``."""
        scheme, _, text = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != _SCHEME or not text:
            raise _unauthorized("http.no_token")
        token = await self._tokens.check(text.strip())
        if token is None:
            # A good token goes through, whatever else comes from its address: that may be a whole office.
            self.check_knocks(request)
            await self.failed(request, "token")
            raise _unauthorized("http.bad_token")
        self._check_rate(token)
        for scope in scopes:
            if scope not in token.scopes:
                raise Refusal(403, Phrase.of("http.scope", scope=scope.value))
        return token

    def check_knocks(self, request: web.Request) -> None:
        """Raises ``Refusal`` for an address from which too much has failed lately."""
        wait_s = self._knocks.wait_s(neighbourhood(self._address(request)), self._clock.monotonic())
        if wait_s > 0:
            raise _too_many(wait_s)

    async def failed(self, request: web.Request, what: str) -> None:
        """Somebody came with a token or a code that is none: it is counted and written down."""
        address = self._address(request)
        self._knocks.take(neighbourhood(address), self._clock.monotonic())
        await self._audit.record("http", "entry.refused", address, what=what)

    def _check_rate(self, token: ApiToken) -> None:
        now = self._clock.monotonic()
        if not self._requests.take(token.id, now):
            raise _too_many(self._requests.wait_s(token.id, now))

    def _address(self, request: web.Request) -> str:
        return client_address(request, behind_proxy=self._behind_proxy)


def client_address(request: web.Request, *, behind_proxy: bool) -> str:
    """Where a request comes from. ``behind_proxy``: what the proxy before us says of that is believed."""
    # The last address is the one that our own proxy has seen; those before it are the client's word. HAProxy
    # writes it into a header of its own behind the client's.
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", [])).rpartition(",")[2].strip()
    if behind_proxy and forwarded:
        return forwarded[:60]
    return request.remote or "-"


def neighbourhood(address: str) -> str:
    """What is counted together: an IPv6 customer has a whole network of addresses (/64) to come from."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))


def _unauthorized(key: str) -> Refusal:
    return Refusal(401, Phrase.of(key), {hdrs.WWW_AUTHENTICATE: "Bearer"})


def _too_many(wait_s: float) -> Refusal:
    seconds = max(1, ceil(wait_s))
    return Refusal(429, Phrase.of("http.too_many", seconds=seconds), {hdrs.RETRY_AFTER: str(seconds)})
