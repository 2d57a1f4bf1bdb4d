"""What the homeserver calls: transactions, queries for users and aliases, ping, third-party lookups.

The application made here is for the private listener; only ``bridge.app`` listens.

Spec: https://spec.matrix.org/v1.11/application-service-api/
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Final

import orjson
import structlog
from aiohttp import web
from attrs import field, frozen

from bridge.config.secret import Secret
from bridge.matrix.ports import Json, RoomQuery, ThirdParty, TransactionSink, UserQuery
from bridge.matrix.transaction_numbers import TransactionNumbers
from bridge.matrix.transactions import NotATransaction, parse_transaction
from bridge.model.errors import BridgeError, StoreUnavailable, Unavailable
from bridge.model.ids import RoomAlias, UserID

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""A transaction holds up to 100 events of 64 KiB, and ephemeral data besides."""

_log = structlog.get_logger(__name__)
_DONE: Final = b"{}"
_JSON: Final = "application/json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@frozen(kw_only=True)
class Endpoint:
    """Answers the homeserver.

    Attributes:
        hs_token: what the homeserver proves itself with.
        token_in_query: take the token from ``?access_token=`` too, as homeservers older than
            Matrix 1.4 send it; such an address ends up in the logs of proxies.
        doubt: told when something points to events that will never be pushed, with what it is.
    """

    hs_token: Secret
    sink: TransactionSink
    rooms: RoomQuery
    users: UserQuery
    third_party: ThirdParty
    token_in_query: bool = False
    max_body_bytes: int = MAX_BODY_BYTES
    doubt: Callable[[str], None] = lambda why: None
    _numbers: TransactionNumbers = field(factory=TransactionNumbers, init=False)

    def application(self) -> web.Application:
        """The routes, each also under its name without prefix, which older homeservers use."""
        application = web.Application(client_max_size=self.max_body_bytes)
        guard, add = self._guarded, application.router.add_route
        add("PUT", "/_matrix/app/v1/transactions/{txn_id}", self._transaction)
        add("PUT", "/transactions/{txn_id}", self._transaction)
        add("POST", "/_matrix/app/v1/ping", guard(self._ping))
        for prefix in ("/_matrix/app/v1", ""):
            add("GET", prefix + "/users/{user_id}", guard(self._user))
            add("GET", prefix + "/rooms/{alias}", guard(self._room))
        for prefix in ("/_matrix/app/v1", "/_matrix/app/unstable"):
            start = prefix + "/thirdparty/"
            add("GET", start + "protocol/{protocol}", guard(self._protocol))
            add("GET", start + "location/{protocol}", guard(self._locations))
            add("GET", start + "location", guard(self._locations_of))
            add("GET", start + "user/{protocol}", guard(self._users))
            add("GET", start + "user", guard(self._users_of))
        add("*", "/_matrix/app/{tail:.*}", guard(_unrecognized))
        return application

    # The one that must be quick: no wrapper, no middleware.

    async def _transaction(self, request: web.Request) -> web.Response:
        """Store what came, then say so; nothing else happens before the answer.

        Any answer but 2xx makes the homeserver bring the same transaction for ever. So a single odd event
        is taken and set aside. A body that is not a JSON object at all still gets a 400: no homeserver
        writes one, so it was spoilt on the way, and a 200 would lose the up to 100 events that the next
        try brings whole.
        """
        refused = self._refusal(request)
        if refused is not None:
            return refused
        why = self._numbers.doubt(request.match_info["txn_id"], asyncio.get_running_loop().time())
        if why is not None:
            self.doubt(why)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            _log.error("transaction is too large", limit_bytes=self.max_body_bytes)
            return _error(413, "M_TOO_LARGE", "The request is too large")
        try:
            transaction = parse_transaction(body)
        except NotATransaction as error:
            _log.error("transaction is not readable", size_bytes=len(body), reason=str(error))
            return _error(400, "M_NOT_JSON", "The request is not a JSON object")
        try:
            if transaction.events:
                await self.sink.accept(transaction.events)
        except StoreUnavailable:
            _log.warning("transaction not stored", event_count=len(transaction.events), exc_info=True)
            return _error(503, "M_UNKNOWN", "The events cannot be stored now")
        if transaction.signals:
            self.sink.ephemeral(transaction.signals)
        if request.transport is None or request.transport.is_closing():
            # If it was killed, what it held in memory behind this transaction died with it.
            self.doubt("the homeserver hung up during a transaction")
        return web.Response(body=_DONE, content_type=_JSON)

    async def _ping(self, request: web.Request) -> web.Response:
        await request.read()
        return _answer({})

    async def _user(self, request: web.Request) -> web.Response:
        wanted = await self.users.user_wanted(UserID(request.match_info["user_id"]))
        return _answer({}) if wanted else _not_found()

    async def _room(self, request: web.Request) -> web.Response:
        wanted = await self.rooms.alias_wanted(RoomAlias(request.match_info["alias"]))
        return _answer({}) if wanted else _not_found()

    async def _protocol(self, request: web.Request) -> web.Response:
        found = await self.third_party.protocol(request.match_info["protocol"])
        return _not_found() if found is None else _answer(found)

    async def _locations(self, request: web.Request) -> web.Response:
        return _answer(await self.third_party.locations(request.match_info["protocol"], _fields(request)))

    async def _users(self, request: web.Request) -> web.Response:
        return _answer(await self.third_party.users(request.match_info["protocol"], _fields(request)))

    async def _locations_of(self, request: web.Request) -> web.Response:
        return _answer(await self.third_party.locations_of(RoomAlias(request.query.get("alias", ""))))

    async def _users_of(self, request: web.Request) -> web.Response:
        return _answer(await self.third_party.users_of(UserID(request.query.get("userid", ""))))

    # Who is calling.

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            refused = self._refusal(request)
            if refused is not None:
                return refused
            try:
                return await handler(request)
            except web.HTTPRequestEntityTooLarge:
                return _error(413, "M_TOO_LARGE", "The request is too large")
            except Unavailable as error:
                _log.warning("query not answered", path=request.path, reason=str(error))
                return _error(503, "M_UNKNOWN", "This cannot be answered now")
            except BridgeError as error:
                _log.info("query refused", path=request.path, reason=str(error))
                return _not_found()

        return guarded

    def _refusal(self, request: web.Request) -> web.Response | None:
        """None for the homeserver; the answer for anybody else, which tells them nothing."""
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            given = token.strip() if scheme.lower() == "bearer" else ""
        elif self.token_in_query:
            given = request.query.get("access_token", "")
        else:
            given = ""
        if not given:
            return _error(401, "M_MISSING_TOKEN", "A token is needed")
        expected = self.hs_token.reveal().encode()
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), expected):
            _log.warning("wrong token on the private listener", peer=request.remote)
            return _error(403, "M_FORBIDDEN", "The token is wrong")
        return None


async def _unrecognized(request: web.Request) -> web.Response:
    return _error(404, "M_UNRECOGNIZED", "There is nothing here")


def _fields(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.query.items() if name != "access_token"}


def _answer(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type=_JSON)


def _not_found() -> web.Response:
    return _error(404, "M_NOT_FOUND", "There is nothing of that name")


def _error(status: int, code: str, sentence: str) -> web.Response:
    body: Json = {"errcode": code, "error": sentence}
    return web.Response(status=status, body=orjson.dumps(body), content_type=_JSON)
