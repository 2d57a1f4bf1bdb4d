"""Programs that come in over HTTP, with tokens that people got from the bot or from their homeserver."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from tests.e2e.talkers import Talkers, ask


class Program:
    """A client of the API."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session
        self.token = ""

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = f"{self._url}/api/v1{path}"
        async with self._session.request(method, url, json=body, headers=headers) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture(loop_scope="session")
async def program(talk: Talkers) -> AsyncIterator[Program]:
    async with aiohttp.ClientSession() as session:
        yield Program(f"http://127.0.0.1:{talk.stack.place.public_port}", session)


async def test_a_code_from_the_bot_lets_a_program_act(talk: Talkers, program: Program) -> None:
    here = await talk.meet("insp")
    desk = await talk.management_room(here.alice)
    answer = await ask(here.alice, desk, "signin")
    code = re.search(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", answer.body)
    assert code

    status, made = await program.call("POST", "/sign-in", {"code": code[0]})
    program.token = made["text"]
    acted = await program.call("POST", "/actions/status", {"room_id": here.room})

    assert status == 201
    assert acted[0] == 200
    assert acted[1]["answer"][0]["text"] == f"This room is joined to {here.channel} on insp."


async def test_an_openid_token_of_the_homeserver_lets_a_program_in(talk: Talkers, program: Program) -> None:
    alice = await talk.user("alice")
    openid = await alice.api("POST", f"/_matrix/client/v3/user/{alice.user_id}/openid/request_token", {})

    status, made = await program.call("POST", "/sign-in/openid", openid)
    program.token = made["text"]

    assert status == 201
    assert (await program.call("GET", "/me"))[1]["user_id"] == alice.user_id


async def test_an_openid_token_that_was_made_up_lets_nobody_in(program: Program) -> None:
    made_up = {"access_token": "abc", "matrix_server_name": "localhost"}

    status, told = await program.call("POST", "/sign-in/openid", made_up)

    assert (status, told["error"]["code"]) == (401, "http.bad_openid")


async def test_nobody_sees_a_room_that_they_are_not_in(talk: Talkers, program: Program) -> None:
    here = await talk.meet("insp")
    bob = await talk.user("bob")
    openid = await bob.api("POST", f"/_matrix/client/v3/user/{bob.user_id}/openid/request_token", {})
    program.token = (await program.call("POST", "/sign-in/openid", openid))[1]["text"]

    status, told = await program.call("POST", "/actions/status", {"room_id": here.room})

    assert (status, told["error"]["code"]) == (403, "http.not_in_room")
