"""The page of HTTP addresses, read off the two applications."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import orjson
from aiohttp import web

from bridge.actions import specs
from bridge.app.clock import SystemClock
from bridge.config import Secret
from bridge.matrix.endpoint import Endpoint
from bridge.telemetry import Metrics
from bridge.web.api.events import LiveEvents
from bridge.web.api.openapi import make_document
from bridge.web.api.routes import Api
from bridge.web.application import GUARDS, public_application
from bridge.web.health import Health
from bridge.web.media import MediaDoor
from bridge.web.media_links import MIN_KEY_BYTES, MediaLinks
from tests.docs.reference.markdown import code, page, table

_PUBLIC: Final = {
    "/media/v1/{server}/{media_id}/{ticket}/{filename}": "a file, by a signed link that expires",
    "/live": "200 while the process answers at all",
    "/ready": "200 when database and homeserver are there, else 503; the body names what is not",
    "/metrics": "the metrics, if `public.metrics` is true",
    "/api/v1/openapi.json": "the description of the API: [openapi.json](openapi.json)",
    "/api/v1/sign-in": "a token for the code that the bot gave for `signin`",
    "/api/v1/sign-in/openid": "a token for an OpenID token of the homeserver",
    "/api/v1/me": "whose token it is",
    "/api/v1/tokens": "one's tokens",
    "/api/v1/tokens/{id}": "revokes one",
    "/api/v1/events": "the live state as server-sent events",
    "/api/v1/actions": "what one may have done",
    "/api/v1/actions/{name}": "has it done",
}
_PRIVATE: Final = {
    "/_matrix/app/v1/transactions/{txn_id}": "takes events: 200 once they are stored, 503 if they cannot be",
    "/transactions/{txn_id}": "the same under its old name",
    "/_matrix/app/v1/ping": "the homeserver's test of the way to the bridge",
    "/_matrix/app/v1/users/{user_id}": "is there such a ghost",
    "/users/{user_id}": "the same under its old name",
    "/_matrix/app/v1/rooms/{alias}": "is there such a room; makes it where `bridge.alias_chats` allows",
    "/rooms/{alias}": "the same under its old name",
    "/_matrix/app/v1/thirdparty/protocol/{protocol}": "networks of a kind, for a client's directory",
    "/_matrix/app/v1/thirdparty/location/{protocol}": "the room of a remote chat",
    "/_matrix/app/v1/thirdparty/location": "the remote chat behind an alias",
    "/_matrix/app/v1/thirdparty/user/{protocol}": "always empty so far",
    "/_matrix/app/v1/thirdparty/user": "the remote person behind a ghost",
}

_TWO: Final = """
Trunkline listens on two ports. Each has addresses of its own, so nothing private can be reached through the
public one.

## The public listener
`public.listen` and `public.port`. This is what a reverse proxy may show to the Internet.
"""
_ABOUT_PUBLIC: Final = """
Every answer to a request that is HTTP carries these headers, whatever a stranger uploaded. Plain pictures are
shown, everything else is a download.
"""
_ABOUT_PRIVATE: Final = """
## The private listener
`appservice.host` and `appservice.port`, for the homeserver alone; a request without the homeserver's token
(`Authorization: Bearer …`) is refused. Spec: <https://spec.matrix.org/latest/application-service-api/>
"""


def openapi_document() -> str:
    """The description of the API, as it is kept beside the pages."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(make_document(specs.ALL), option=options).decode()


def http_page() -> str:
    return page(
        "HTTP",
        _TWO,
        _routes(_public(), _PUBLIC),
        _ABOUT_PUBLIC,
        table(["Header", "Value"], [[code(str(name)), code(value)] for name, value in GUARDS.items()]),
        _ABOUT_PRIVATE,
        _routes(_private(), _PRIVATE),
    )


def _public() -> web.Application:
    links = MediaLinks(None, bytes(MIN_KEY_BYTES), lifetime_s=1, clock=SystemClock())
    nobody = cast(Any, None)
    door = MediaDoor(links=links, source=nobody, limit_bytes=0, at_once=1)
    api = Api(
        deeds=nobody,
        tokens=nobody,
        entry=nobody,
        events=LiveEvents(nobody, nobody, nobody, nobody),
        repeats=nobody,
        sentences=nobody,
        is_in_room=nobody,
        is_management_room=nobody,
        check_openid=nobody,
        domain="",
    )
    return public_application(door, Health(checks=nobody, metrics=Metrics()), api)


def _private() -> web.Application:
    nobody = cast(Any, None)
    endpoint = Endpoint(hs_token=Secret("x"), sink=nobody, rooms=nobody, users=nobody, third_party=nobody)
    return endpoint.application()


def _routes(application: web.Application, words: Mapping[str, str]) -> str:
    shown = [each for each in _methods(application) if "/unstable/" not in each[1] and "{tail" not in each[1]]
    missing = {path for _, path in shown} ^ set(words)
    assert not missing, f"every address is explained: {missing}"
    return table(["Method", "Path", "Answer"], [[method, code(path), words[path]] for method, path in shown])


def _methods(application: web.Application) -> Iterable[tuple[str, str]]:
    for route in application.router.routes():
        if route.resource is not None and route.method != "HEAD":
            yield route.method, route.resource.canonical
