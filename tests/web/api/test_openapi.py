"""The description of the HTTP door: kept, true, and held against what the door does."""

import asyncio
import sys
from pathlib import Path

import orjson
from aiohttp.test_utils import TestServer
from attrs import evolve

from bridge.actions import specs
from bridge.policy.rate_limit import Rate
from bridge.text.catalogue import Catalogue
from bridge.web.api.entry import Entry
from bridge.web.api.openapi import make_document
from bridge.web.api.refusals import InOneShape
from bridge.web.application import public_application
from tests.core.world import ADMIN
from tests.web.api.conftest import Door, told

KEPT = Path(__file__).parents[3] / "docs/reference/openapi.json"
SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")
GENEROUS = Rate(per_s=1e6, burst=1e6)
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,ignored_auth,unsupported_method"
)


def test_the_document_in_the_repository_is_the_present_one() -> None:
    assert orjson.loads(KEPT.read_bytes()) == make_document(specs.ALL), "run script/reference"


async def test_the_door_gives_the_same_document(door: Door) -> None:
    assert await told(await door.get("/openapi.json")) == (200, make_document(specs.ALL))


def test_every_action_has_a_path() -> None:
    paths = make_document(specs.ALL)["paths"]

    assert {f"/api/v1/actions/{spec.name}" for spec in specs.ALL} <= set(paths)


async def test_the_door_does_what_the_document_says(door: Door, tmp_path: Path) -> None:
    """Random requests made from the document, good ones and bad ones, and every answer held against it."""
    out = door.world.heart.outside
    entry = Entry(
        out.tokens, out.audit, out.clock, behind_proxy=False, token_rate=GENEROUS, knock_rate=GENEROUS
    )
    shape = InOneShape(Catalogue().sentence).middleware()
    token = (await door.token(ADMIN))["Authorization"]
    async with TestServer(public_application(evolve(door.api, entry=entry), middlewares=[shape])) as server:
        command = [SCHEMATHESIS, "run", str(server.make_url("/api/v1/openapi.json"))]
        options = [
            "--checks",
            CHECKS,
            "--max-examples",
            "8",
            "--phases",
            "examples,coverage,fuzzing",
            "--seed",
            "7",
            "--generation-database",
            "none",
        ]
        program = await asyncio.create_subprocess_exec(
            *command,
            *options,
            "--header",
            f"Authorization: {token}",
            "--include-path-regex",
            "^/api/",
            "--exclude-path",
            "/api/v1/events",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await program.communicate()
    assert program.returncode == 0, said.decode()
