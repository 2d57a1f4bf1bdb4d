"""Everything that is refused over HTTP, in one shape with a stable code, whatever went wrong where.

The code is the key of the sentence in the catalogue; it does not change when the sentence does.
"""

import traceback
from collections.abc import Mapping
from typing import Final

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from bridge.model.errors import (
    BridgeError,
    HomeserverRefused,
    InvalidInput,
    NotAllowed,
    Phrase,
    Unavailable,
)
from bridge.telemetry import get_log
from bridge.text.catalogue import known_language
from bridge.web.api.ports import Sentences

PREFIX: Final = "/api/"
AGAIN_S: Final = 5
"""When to ask again for what was not there."""

_log = get_log(__name__)


class Refusal(Exception):
    """Ends a request; ``phrase`` says why."""

    def __init__(self, status: int, phrase: Phrase, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(phrase.key)
        self.status = status
        self.phrase = phrase
        self.headers = headers or {}


def refusal_of(error: BridgeError) -> Refusal:
    """What a client is told of an error of ours."""
    match error:
        case NotAllowed():
            return Refusal(403, error.reason)
        case InvalidInput():
            return Refusal(400, error.reason)
        case HomeserverRefused():
            return Refusal(502, error.reason)
        case Unavailable():
            return Refusal(503, error.reason, {hdrs.RETRY_AFTER: str(AGAIN_S)})
        case _:
            return Refusal(409, error.reason)


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(value),
        content_type="application/json",
        headers={hdrs.CACHE_CONTROL: "no-store", **(headers or {})},
    )


def language_of(request: web.Request) -> str:
    """The first language that the client names."""
    return known_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, "").partition(",")[0].partition(";")[0])


class InOneShape:
    """The middleware that gives every error under the API's path the same shape."""

    def __init__(self, sentences: Sentences) -> None:
        self._sentences = sentences

    def middleware(self) -> Middleware:
        @web.middleware
        async def in_one_shape(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith(PREFIX):
                return await handler(request)
            return await self._answer(request, handler)

        return in_one_shape

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return self._told(request, refusal)
        except BridgeError as error:
            return self._told(request, refusal_of(error))
        except web.HTTPException as error:
            return self._told(request, _foreign(request, error))
        except Exception:  # noqa: BLE001 - the supervisor of requests: a fault of ours ends this one only
            _log.error("request failed", path=request.path, trace=traceback.format_exc())
            return self._told(request, Refusal(500, Phrase.of("http.fault")))

    def _told(self, request: web.Request, refusal: Refusal) -> web.Response:
        phrase = refusal.phrase
        error = {
            "code": phrase.key,
            "values": dict(phrase.values),
            "text": self._sentences(phrase, language_of(request)),
        }
        return json_response({"error": error}, refusal.status, refusal.headers)


def _foreign(request: web.Request, error: web.HTTPException) -> Refusal:
    """What aiohttp itself refuses."""
    match error:
        case web.HTTPMethodNotAllowed():
            allowed: dict[str, str] = {hdrs.ALLOW: ", ".join(sorted(error.allowed_methods))}
            return Refusal(405, Phrase.of("http.method", method=request.method), allowed)
        case web.HTTPRequestEntityTooLarge():
            return Refusal(413, Phrase.of("http.too_long", limit=request.client_max_size))
        case web.HTTPNotFound():
            return Refusal(404, Phrase.of("http.no_such_path"))
        case _:
            return Refusal(error.status, Phrase.of("http.no_json"))
