"""Whose OpenID token something is: what the homeserver says, and only for its own people."""

from typing import Any

import pytest

from bridge.matrix.client import Answer, MatrixClient
from bridge.matrix.openid import OpenID
from bridge.model.errors import HomeserverUnavailable


class Homeserver(MatrixClient):
    """Answers always the same."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self._answer = Answer(status, body)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def openly(self, path: Any, query: Any) -> Answer:
        self.asked.append((str(path), dict(query)))
        return self._answer


async def owner(status: int, body: dict[str, Any]) -> str | None:
    return await OpenID(Homeserver(status, body), "example.org").owner_of("secret")


async def test_the_homeserver_says_whose_it_is() -> None:
    homeserver = Homeserver(200, {"sub": "@ann:example.org"})

    assert await OpenID(homeserver, "example.org").owner_of("secret") == "@ann:example.org"
    assert homeserver.asked == [("_matrix/federation/v1/openid/userinfo", {"access_token": "secret"})]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"errcode": "M_UNKNOWN_TOKEN"}),
        (404, {}),
        (200, {}),
        (200, {"sub": 7}),
        (200, {"sub": "ann:example.org"}),
        (200, {"sub": "@ann:evil.example"}),
        (200, {"sub": "@ann:example.org.evil.example"}),
        (200, {"sub": "@ann:evil.example:example.org"}),
    ],
)
async def test_whatever_is_not_one_of_its_people_is_nobody(status: int, body: dict[str, Any]) -> None:
    """A homeserver that speaks for another server's people is not believed (CVE-2023-38691)."""
    assert await owner(status, body) is None


async def test_a_homeserver_that_fails_says_nothing_about_the_token() -> None:
    with pytest.raises(HomeserverUnavailable):
        await owner(502, {})
