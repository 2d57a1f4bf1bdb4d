"""The tutorial, step by step, with a real homeserver: what it promises at its end is there."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bridge.playground.ircd import PlaygroundServer
from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser
from bridge.testing.servers import Synapse
from bridge.testing.servers.ports import free_port
from tests.docs.test_shell_lines import lines_of_the_tutorial

pytestmark = pytest.mark.e2e

_TRUNKLINE = Path(sys.executable).with_name("trunkline")


async def _run(words: list[str], environment: Mapping[str, str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        _TRUNKLINE,
        *words,
        env={**os.environ, "LANG": "C.UTF-8", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@contextlib.asynccontextmanager
async def _running(words: list[str], environment: Mapping[str, str]) -> AsyncIterator[None]:
    """``trunkline run`` with its room made; it is ended as by Ctrl-C, and must end well."""
    process = await asyncio.create_subprocess_exec(
        _TRUNKLINE, *words, env={**os.environ, **environment}, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        await _read_until(process.stderr, b"portal created")
        reading = asyncio.create_task(process.stderr.read())
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    await reading


async def _read_until(lines: asyncio.StreamReader, wanted: bytes) -> None:
    said = []
    async for line in lines:
        said.append(line.decode())
        if wanted in line:
            return
    raise AssertionError("".join(said))


def _init(words: list[str], **changed: str) -> list[str]:
    """The tutorial's line with values of this machine."""
    result = list(words)
    for flag, value in changed.items():
        result[result.index(f"--{flag}") + 1] = value
    return result


async def test_the_steps_of_the_tutorial_carry_a_message_both_ways(tmp_path: Path) -> None:
    data, port = tmp_path / "trunkline-data", str(free_port())
    steps = {words[0]: words for words in lines_of_the_tutorial()}
    async with PlaygroundServer() as irc:
        network = f"irc://{irc.host}:{irc.port}/#my-channel"
        init = _init(steps["init"], domain="localhost", admin="@me:localhost", network=network)
        code, output = await _run([*init, "--data", str(data), "--port", port, "--yes"], {})
        assert code == 0, output
        async with Synapse([data / "registration.yaml"], server_name="localhost") as synapse:
            environment = {
                "TRUNKLINE_CONFIG": str(data / "config.yaml"),
                "TRUNKLINE_HOMESERVER__URL": synapse.url,
                "TRUNKLINE_PUBLIC__PORT": str(free_port()),
            }
            code, output = await _run(steps["doctor"], environment)
            assert code == 0, output
            async with _running(steps["run"], environment):
                await _talk(synapse, irc)


async def _talk(synapse: Synapse, irc: PlaygroundServer) -> None:
    bob = await IrcClient("bob").connect(irc.host, irc.port)
    await bob.join("#my-channel")
    await synapse.register_user("me")
    me = await MatrixUser(synapse.url, "@me:localhost").login()
    try:
        room = await me.join("#_trunkline_irc_my-channel:localhost")
        await me.say(room, "hello from the tutorial")
        assert (await bob.wait_for_text("hello from the tutorial")).text == "<me> hello from the tutorial"
        bob.say("#my-channel", "hello back")
        assert (await me.wait_for_message("hello back")).sender == "@_trunkline_irc_bob:localhost"
    finally:
        await me.close()
        await bob.close()
