"""Signing in, and the tokens that come of it."""

import re

import pytest

from bridge.model.tokens import Scope
from bridge.web.api.entry import KNOCK_RATE, TOKEN_RATE, neighbourhood
from tests.commands.test_door import management
from tests.core.world import ALICE, BOB
from tests.web.api.conftest import GOOD_OPENID, Door, told

OPENID = {
    "access_token": GOOD_OPENID,
    "matrix_server_name": "example.org",
    "token_type": "Bearer",
    "expires_in": 3600,
}


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


async def test_a_code_of_the_bot_becomes_a_token(door: Door) -> None:
    room = await management(door.world)
    await door.world.say(room, ALICE, "signin")
    found = re.search(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", door.world.homeserver.texts(room)[-1])
    assert found

    status, body = await told(await door.post("/sign-in", {"code": found[0]}))

    assert status == 201
    _, me = await told(await door.get("/me", bearer(body["text"])))
    assert me["user_id"] == ALICE
    assert me["token"]["scopes"] == ["act", "admin", "read"]
    assert await told(await door.post("/sign-in", {"code": found[0]})) == (401, "http.bad_code")


async def test_no_code_is_said_where_others_read_it(door: Door) -> None:
    portal = await door.world.portal()

    await door.world.say(portal.room_id, ALICE, "!trunkline signin")

    assert door.world.texts(portal)[-1].startswith("Say `signin` in a direct chat")


async def test_an_openid_token_of_the_homeserver_becomes_a_token(door: Door) -> None:
    status, body = await told(await door.post("/sign-in/openid", OPENID))

    assert status == 201
    _, me = await told(await door.get("/me", bearer(body["text"])))
    assert me["user_id"] == ALICE


async def test_an_openid_token_that_the_homeserver_does_not_know_is_none(door: Door) -> None:
    answer = await told(await door.post("/sign-in/openid", OPENID | {"access_token": "bad"}))

    assert answer == (401, "http.bad_openid")


async def test_another_server_is_never_asked(door: Door) -> None:
    answer = await told(await door.post("/sign-in/openid", OPENID | {"matrix_server_name": "evil.example"}))

    assert answer == (403, "http.foreign_openid")
    assert door.asked_openid == []


async def test_a_token_makes_another_one_for_a_program(door: Door) -> None:
    headers = await door.token()
    wish = {"name": "my script", "scopes": ["read"], "days": 7}

    status, made = await told(await door.post("/tokens", wish, headers))

    assert status == 201
    assert made["token"]["name"] == "my script"
    assert (await door.get("/me", bearer(made["text"]))).status == 200
    _, listed = await told(await door.get("/tokens", headers))
    assert {token["name"] for token in listed["tokens"]} == {"test", "my script"}
    assert made["text"] not in str(listed)


async def test_no_token_makes_one_that_may_do_more(door: Door) -> None:
    headers = await door.token(scopes=(Scope.READ, Scope.ACT))

    answer = await told(await door.post("/tokens", {"name": "more", "scopes": ["admin"]}, headers))

    assert answer == (403, "http.scope")


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"name": ""},
        {"name": "x", "days": 0},
        {"name": "x", "days": 366},
        {"name": "x", "days": True},
        {"name": "x", "days": "7"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["all"]},
        {"name": "x", "scopes": "read"},
        {"name": "x", "scopes": [7]},
    ],
)
async def test_a_wish_that_is_not_as_described_is_refused(door: Door, wish: object) -> None:
    assert await told(await door.post("/tokens", wish, await door.token())) == (400, "http.field")


async def test_a_revoked_token_lets_nobody_in(door: Door) -> None:
    headers = await door.token()
    _, made = await told(await door.post("/tokens", {"name": "x"}, headers))

    gone = await door.client.delete(f"/api/v1/tokens/{made['token']['id']}", headers=headers)

    assert gone.status == 204
    assert await told(await door.get("/me", bearer(made["text"]))) == (401, "http.bad_token")


async def test_nobody_revokes_what_is_not_theirs(door: Door) -> None:
    _, made = await told(await door.post("/tokens", {"name": "x"}, await door.token()))

    path = f"/api/v1/tokens/{made['token']['id']}"
    answer = await told(await door.client.delete(path, headers=await door.token(BOB)))

    assert answer == (404, "token.no_such")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dGVzdA==", "Bearer  ", "tl_x_y"])
async def test_without_a_token_nothing_is_done(door: Door, header: str) -> None:
    response = await door.get("/me", {"Authorization": header})

    assert await told(response) == (401, "http.no_token")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_in_the_address_is_none(door: Door) -> None:
    headers = await door.token()
    text = headers["Authorization"].split()[1]

    assert (await door.get(f"/me?access_token={text}")).status == 401


async def test_whoever_guesses_waits(door: Door) -> None:
    for _ in range(int(KNOCK_RATE.burst)):
        await door.get("/me", bearer("tl_aaaaaaaaaa_" + "x" * 43))

    response = await door.get("/me", bearer("tl_aaaaaaaaaa_" + "y" * 43))

    assert await told(response) == (429, "http.too_many")
    assert int(response.headers["Retry-After"]) == 30
    assert (await door.post("/sign-in", {"code": "AAAA"})).status == 429
    assert (await door.get("/me", await door.token())).status == 200
    refused = [line.note.action for line in door.audit.lines].count("entry.refused")
    assert refused == KNOCK_RATE.burst


async def test_a_token_has_its_rate(door: Door) -> None:
    headers = await door.token()

    answers = [(await door.get("/me", headers)).status for _ in range(int(TOKEN_RATE.burst) + 1)]

    assert answers == [200] * int(TOKEN_RATE.burst) + [429]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("-", "-"),
    ],
)
def test_addresses_of_one_customer_are_counted_together(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
