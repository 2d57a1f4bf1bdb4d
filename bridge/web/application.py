"""The application for the public listener; only ``bridge.app`` listens."""

from typing import Final, Protocol

from aiohttp import hdrs, web

MAX_BODY_BYTES: Final = 1024
"""Nothing here reads a body."""
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


def public_application(*routes: Routes) -> web.Application:
    """All that the Internet may reach."""
    application = web.Application(client_max_size=MAX_BODY_BYTES)
    application.on_response_prepare.append(_guard)
    for one in routes:
        one.add_to(application)
    return application


async def _guard(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(GUARDS)
