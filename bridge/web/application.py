"""The application for the public listener; only ``bridge.app`` listens."""

from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

MAX_BODY_BYTES: Final = 64 * 1024
"""Only the API reads bodies, and those are short."""
GUARDS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    hdrs.SERVER: "Trunkline",
}
"""On every answer: files of strangers, errors, and what is added later without a thought of this."""


class Routes(Protocol):
    """Something that answers paths of its own, such as ``MediaDoor`` and ``Health``."""

    def add_to(self, application: web.Application) -> None: ...


def public_application(*routes: Routes, middlewares: Sequence[Middleware] = ()) -> web.Application:
    """All that the Internet may reach."""
    application = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=middlewares)
    application.on_response_prepare.append(_guard)
    for one in routes:
        one.add_to(application)
    return application


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(GUARDS)
