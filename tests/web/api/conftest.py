"""The HTTP door before a whole heart with fakes."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest_asyncio
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from attrs import define, field

from bridge.app.api import make_api
from bridge.model.ids import UserID
from bridge.model.tokens import Scope
from bridge.networks.demo.catalogue import SENTENCES as DEMO_SENTENCES
from bridge.testing.audit import FakeAudit
from bridge.testing.tokens import FakeTokens
from bridge.text.catalogue import Catalogue
from bridge.web.api.refusals import InOneShape
from bridge.web.api.routes import Api
from bridge.web.application import public_application
from tests.core.world import ALICE, World, make_world
from tests.web.fakes import Client

GOOD_OPENID = "good"


@define
class Door:
    """``asked_openid`` are the OpenID tokens that the homeserver was asked about."""

    world: World
    api: Api
    client: Client
    audit: FakeAudit
    asked_openid: list[str] = field(factory=list)

    async def token(self, owner: UserID = ALICE, scopes: tuple[Scope, ...] = tuple(Scope)) -> dict[str, str]:
        """Headers with a new token."""
        tokens = self.world.heart.outside.tokens
        issued = await tokens.issue(owner, "test", scopes, life=timedelta(hours=1), how="test")
        return {"Authorization": f"Bearer {issued.text}"}

    async def post(
        self, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> ClientResponse:
        return await self.client.post(f"/api/v1{path}", json=body or {}, headers=headers)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> ClientResponse:
        return await self.client.get(f"/api/v1{path}", headers=headers)


async def told(response: ClientResponse) -> tuple[int, Any]:
    """Status, and the code of an error or else the body."""
    body = await response.json()
    return response.status, body["error"]["code"] if "error" in body else body


def texts(body: Mapping[str, Any]) -> list[str]:
    return [phrase["text"] for phrase in body["answer"]]


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    world = await make_world()
    out = world.heart.outside
    audit, store = out.audit._store, out.tokens._store
    assert isinstance(audit, FakeAudit)
    assert isinstance(store, FakeTokens)
    asked: list[str] = []

    async def owner_of(openid: str) -> UserID | None:
        asked.append(openid)
        return ALICE if openid == GOOD_OPENID else None

    sentences = Catalogue(DEMO_SENTENCES).sentence
    api = make_api(world.heart, store, owner_of, sentences)
    application = public_application(api, middlewares=[InOneShape(sentences).middleware()])
    async with TestClient(TestServer(application)) as client:
        yield Door(world, api, client, audit, asked)
    await world.stop()
