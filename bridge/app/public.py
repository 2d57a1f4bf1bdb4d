"""Joins what the Internet may reach: media, health and the API."""

from collections.abc import Sequence

from aiohttp import web

from bridge.app.api import make_api
from bridge.app.heart import Heart
from bridge.matrix.client import MatrixClient
from bridge.matrix.media import Media
from bridge.matrix.openid import OpenID
from bridge.storage.store import OpenStore
from bridge.storage.tokens import SqlTokens
from bridge.text.catalogue import Catalogue
from bridge.web.api.refusals import InOneShape
from bridge.web.application import Routes, public_application
from bridge.web.config import PublicConfig
from bridge.web.health import Health
from bridge.web.media import MediaDoor
from bridge.web.media_links import MediaLinks
from bridge.web.ports import ReadyChecks


def make_public(
    section: PublicConfig,
    heart: Heart,
    client: MatrixClient,
    store: OpenStore,
    *,
    links: MediaLinks,
    catalogue: Catalogue,
    checks: ReadyChecks,
) -> web.Application:
    """The application for the public listener; ``checks`` look at all that must be there."""
    names, metrics = heart.outside.names, heart.outside.metrics
    media = MediaDoor(
        links=links,
        source=Media(client, names.bot),
        limit_bytes=section.media_max_bytes,
        at_once=section.media_downloads,
    )
    api: Sequence[Routes] = ()
    if section.api:
        check_openid = OpenID(client, names.domain).owner_of
        tokens = SqlTokens(store.engine)
        api = [make_api(heart, tokens, check_openid, catalogue.sentence, behind_proxy=section.behind_proxy)]
    health = Health(checks=checks, metrics=metrics if section.metrics else None)
    shape = InOneShape(catalogue.sentence).middleware()
    return public_application(media, health, *api, middlewares=[shape])
