"""One command, from nothing to messages that cross; and nothing is left when it ends."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bridge.playground.ircd import PlaygroundServer
from bridge.testing.irc_client import IrcClient
from bridge.testing.matrix_client import MatrixUser

ARRIVED = "Each message arrived exactly once."
READY = "What crosses from now on:"


class Demo:
    """A running demo, by what it prints."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.printed = ""

    async def until(self, wanted: str) -> str:
        """Read until a line holds this; returns the line."""
        assert self.process.stdout is not None
        async with asyncio.timeout(100):
            while line := (await self.process.stdout.readline()).decode():
                self.printed += line
                if wanted in line:
                    return line
        raise AssertionError(f"it ended without {wanted!r}:\n{self.printed}")

    async def end(self) -> int:
        """Read the rest; returns the exit status."""
        rest, _ = await self.process.communicate()
        self.printed += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode

    @property
    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return kept

    def processes(self) -> dict[int, str]:
        """The command lines of all that runs in this demo's folder, by process ID."""
        found: dict[int, str] = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if f"{self.folder}/" in words:
                    found[int(path.parent.name)] = words
        return found


@asynccontextmanager
async def _running(folder: Path, *words: str) -> AsyncIterator[Demo]:
    command = [sys.executable, "-m", "bridge.playground.demo", "--data", str(folder), "--language", "en"]
    process = await asyncio.create_subprocess_exec(
        *command, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Demo(process, folder)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def test_check_sends_a_message_each_way_and_ends_with_0(tmp_path: Path) -> None:
    async with _running(tmp_path / "demo", "--check") as demo:
        assert await demo.end() == 0, demo.printed
        assert demo.printed.endswith(f"{ARRIVED}\n")
        assert len(re.findall(r"Matrix → IRC .* \d+ ms\n", demo.printed)) == 1
        assert len(re.findall(r"IRC → Matrix .* \d+ ms\n", demo.printed)) == 1
        assert demo.processes() == {}


async def test_check_works_with_an_installed_inspircd_too(tmp_path: Path) -> None:
    async with _running(tmp_path / "demo", "--check", "--ircd", "inspircd") as demo:
        assert await demo.end() == 0, demo.printed
        assert ARRIVED in demo.printed
        assert demo.processes() == {}


async def test_a_stranger_who_follows_what_is_printed_can_talk(tmp_path: Path) -> None:
    """Two lives of one demo: a stranger talks, Ctrl-C ends it; it comes back as it was."""
    folder = tmp_path / "demo"
    async with _running(folder) as demo:
        await _talk(demo)
        demo.process.send_signal(signal.SIGINT)
        assert await demo.end() == 0
        assert demo.printed.endswith("Everything is stopped.\n")
        assert demo.processes() == {}
        before = demo.kept
    async with _running(folder) as demo:
        await demo.until(READY)
        assert demo.kept == before
        await demo.until("IRC → Matrix")


@pytest.mark.parametrize(
    ("title", "word"), [("Trunkline", "-m bridge run"), ("Synapse", "synapse.app.homeserver")]
)
async def test_when_a_part_dies_it_is_told_and_the_rest_ends(tmp_path: Path, title: str, word: str) -> None:
    async with _running(tmp_path / "demo") as demo:
        await demo.until(READY)
        (part,) = (pid for pid, words in demo.processes().items() if word in words)
        os.kill(part, signal.SIGKILL)
        assert await demo.end() == 1
        assert f"{title} ended by itself with status -9." in demo.printed
        assert "Traceback" not in demo.printed
        assert demo.processes() == {}


async def test_a_channel_of_another_network_is_bridged_and_shown_as_well(tmp_path: Path) -> None:
    async with (
        PlaygroundServer() as elsewhere,
        _running(tmp_path / "demo", "--network", f"{elsewhere.url}/#faraway") as demo,
    ):
        await demo.until(READY)
        assert "#_trunkline_irc_faraway:localhost" in demo.printed
        await demo.until("joined #_trunkline_irc_faraway:localhost")
        client = await IrcClient("bob").connect("127.0.0.1", elsewhere.port)
        await client.join("#faraway")
        client.say("#faraway", "is anybody there?")
        line = await demo.until("is anybody there?")
        assert re.fullmatch(r"IRC → Matrix  irc_bob: is anybody there\?  \d+ ms\n", line)
        user = await MatrixUser(
            _found(r"homeserver (http://\S+)", demo), "@demo:localhost", _found(r"password (\S+)", demo)
        ).login()
        room_id = await user.join("#_trunkline_irc_faraway:localhost")
        await user.say(room_id, "yes, over here")
        await client.wait_for_text("yes, over here")
        line = await demo.until("yes, over here")
        assert re.fullmatch(r"Matrix → IRC  @demo:localhost: yes, over here  \d+ ms\n", line)
        await user.close()
        await client.close()


async def _talk(demo: Demo) -> None:
    """Use nothing but what was printed."""
    await demo.until(READY)
    url = _found(r"homeserver (http://\S+)", demo)
    user_id, password = _found(r"user (\S+)", demo), _found(r"password (\S+)", demo)
    host, port = _found(r"server ([0-9.]+)", demo), int(_found(r"port (\d+)", demo))
    channel, alias = _found(r"/join (\S+)", demo), _found(r"room (#\S+?),", demo)
    user = await MatrixUser(url, user_id, password).login()
    client = await IrcClient("stranger").connect(host, port)
    try:
        room_id = await user.join(alias)
        await client.join(channel)
        await user.say(room_id, "hello from a stranger")
        await client.wait_for_text("hello from a stranger")
        client.say(channel, "hello back to you")
        await user.wait_for_message("hello back to you")
    finally:
        await user.close()
        await client.close()
    line = await demo.until("stranger: hello back to you")
    assert re.fullmatch(r"IRC → Matrix  stranger: hello back to you  \d+ ms\n", line)


def _found(pattern: str, demo: Demo) -> str:
    found = re.search(pattern, demo.printed)
    assert found, demo.printed
    return found[1]


async def test_another_demo_in_the_same_folder_is_told_so(tmp_path: Path) -> None:
    async with _running(tmp_path / "demo") as first:
        await first.until("IRC server")
        async with _running(tmp_path / "demo") as second:
            assert await second.end() == 1
        assert second.printed.startswith("Another bridge is at work on")
        assert second.printed.count("\n") == 1
    assert first.processes() == {}


@pytest.mark.parametrize("address", ["icq://nowhere", "irc://me:secret@host"])
async def test_an_address_that_nobody_knows_is_told_in_one_sentence(tmp_path: Path, address: str) -> None:
    async with _running(tmp_path / "demo", "--network", address) as demo:
        assert await demo.end() == 1
        assert address in demo.printed
        assert demo.printed.count("\n") == 1
