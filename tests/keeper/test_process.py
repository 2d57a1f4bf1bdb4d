"""The keeper's process, with a pretend server on one side and bridges on the other."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.keeper.frames import SOCKET_NAME, encode_frame, read_frame
from bridge.keeper.promise import CannotOpen, PastWrite
from bridge.testing.certificates import Authority
from bridge.testing.keepers import end_keeper
from bridge.testing.servers.ports import free_port
from tests.keeper.pretend import HERE, MANNERS, NAME, PATIENCE_S, Bridges, Server, heard, line, listening

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def bridges(tmp_path: Path) -> AsyncIterator[Bridges]:
    """Bridges whose keeper, if one is started, is gone in the end."""
    made = Bridges(tmp_path)
    yield made
    await made.leave()
    await end_keeper(tmp_path)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with listening() as made:
        yield made


async def test_a_connection_outlives_its_bridge_with_all_that_came_and_went(
    bridges: Bridges, server: Server
) -> None:
    first = bridges.make()
    held, peer = await bridges.connect(first, server)
    peer.say(b"one\r\ntwo\r\n")
    assert await heard(held, 10) == b"one\r\ntwo\r\n"
    held.write([line("before")], at=5)
    held.keep(b"a state", offset=5, writes=1)
    held.write([line("hello", "token 1"), line("again", "token 2")], at=10)
    held.took(10)
    assert [await peer.line() for _ in range(3)] == [b"before", b"hello", b"again"]
    await held.leave()
    await first.close()
    peer.say(b"three\r\n")

    past = await bridges.resume(bridges.make())

    assert (past.held.id, past.snapshot, past.offset, past.taken, past.seen) == (
        held.id,
        b"a state",
        5,
        10,
        10,
    )
    assert past.past == (PastWrite(10, (line("hello", "token 1"), line("again", "token 2"))),)
    rest = past.data + await heard(past.held, 12 - len(past.data)) if len(past.data) < 12 else past.data
    assert rest == b"two\r\nthree\r\n"
    past.held.write([line("here again")], at=17)
    assert await peer.line() == b"here again"


async def test_a_question_is_answered_while_no_bridge_is_there(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    await bridge.close()
    peer.say(b"PING 42\r\n")
    assert await peer.line() == b"PONG 42"


async def test_a_question_that_a_dying_bridge_left_open_is_answered(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    peer.say(b"PING 42\r\n")
    await heard(held, 9)
    await held.leave()
    assert await peer.line() == b"PONG 42"


async def test_a_connection_that_was_never_held_is_not_found(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    assert await bridge.resume(NAME) is None
    await bridges.connect(bridge, server)
    assert await bridge.resume("net:other") is None


async def test_one_connection_has_one_user(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    assert await bridge.resume(NAME) is None
    with pytest.raises(CannotOpen):
        await bridge.open(NAME, server.address, MANNERS)
    peer.say(b"still\r\n")
    assert await heard(held, 7) == b"still\r\n"


async def test_two_bridges_cannot_have_one_keeper(bridges: Bridges, server: Server) -> None:
    first, second = bridges.make(), bridges.make(patience_s=0.2)
    held, peer = await bridges.connect(first, server)
    assert await second.resume(NAME) is None
    direct, _ = await bridges.connect(second, server, "net:second")
    assert not direct.keeps
    await direct.close()
    peer.say(b"still\r\n")
    assert await heard(held, 7) == b"still\r\n"
    await first.close()


async def test_a_connection_that_ended_meanwhile_still_gives_its_last_words(
    bridges: Bridges, server: Server
) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    peer.say(b"last words\r\n")
    peer.writer.close()
    await bridges.logged(b"ended")

    past = await bridges.resume(bridge)

    assert past.data == b"last words\r\n"
    assert await past.held.read() == b""
    assert past.held.why_ended == "the server closed the connection"
    await past.held.close()
    assert await bridge.resume(NAME) is None


async def test_who_stops_for_good_ends_the_keeper_with_a_farewell(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    bridge.let_go()
    assert not bridge.holds_on
    await bridge.close()
    assert await peer.line() == b"QUIT"
    assert not (bridges.folder / SOCKET_NAME).exists()


async def test_a_keeper_that_is_no_longer_wanted_is_dismissed(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    await bridge.close()
    await bridges.make().dismiss()
    assert await peer.line() == b"QUIT"
    assert not (bridges.folder / SOCKET_NAME).exists()


async def test_nobody_is_started_to_be_dismissed(bridges: Bridges) -> None:
    await bridges.make().dismiss()
    assert list(bridges.folder.iterdir()) == []


async def test_a_keeper_whose_bridge_does_not_return_says_farewell_and_ends(
    bridges: Bridges, server: Server
) -> None:
    bridge = bridges.make(linger_s=1.0)
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    await bridge.close()
    assert await peer.line() == b"QUIT"
    assert await peer.line() == b""


async def test_a_keeper_that_is_to_stay_says_farewell_and_stays(bridges: Bridges, server: Server) -> None:
    await asyncio.to_thread(_start, bridges.folder, "--stay")
    bridge = bridges.make(linger_s=1.0)
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    await bridge.close()
    assert await peer.line() == b"QUIT"
    assert await peer.line() == b""
    assert (await asyncio.to_thread(_start, bridges.folder)).returncode == 3


async def test_what_belongs_to_no_network_any_more_is_ended(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    old, old_peer = await bridges.connect(bridge, server, "old:relay")
    held, _ = await bridges.connect(bridge, server)
    await old.leave()
    await held.leave()
    await bridge.keep_only(["net:"])
    assert await old_peer.line() == b"QUIT"
    assert (await bridges.resume(bridge)).held.id == held.id


async def test_a_killed_keeper_is_a_lost_connection_and_the_next_one_is_new(
    bridges: Bridges, server: Server
) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await end_keeper(bridges.folder, signal.SIGKILL)
    assert await held.read() == b""
    assert held.why_ended == "the keeper of the connection ended"
    assert await peer.line() == b""
    assert await bridge.resume(NAME) is None
    again, new_peer = await bridges.connect(bridge, server)
    assert again.keeps
    assert again.id != held.id
    again.write([line("hello")], at=0)
    assert await new_peer.line() == b"hello"


async def test_a_server_that_is_not_there_is_told_in_a_sentence(bridges: Bridges) -> None:
    nobody = Server(port=free_port())
    with pytest.raises(CannotOpen, match="refused") as caught:
        await bridges.make().open(NAME, nobody.address, MANNERS)
    assert caught.value.why == ""


async def test_tls_ends_in_the_keeper_and_certificates_are_looked_at(
    bridges: Bridges, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Path(tempfile.mkdtemp(prefix="trunkline-tls-"))
    try:
        authority = Authority(made)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        good, bad = authority.sign(HERE), authority.self_signed(HERE)
        bridge = bridges.make()
        async with listening(good.context()) as server:
            held, peer = await bridges.connect(bridge, server)
            peer.say(b"secret\r\n")
            assert await heard(held, 8) == b"secret\r\n"
            await held.leave()
            assert (await bridges.resume(bridge)).held.id == held.id
        async with listening(bad.context()) as server:
            with pytest.raises(CannotOpen) as caught:
                await bridge.open("net:bad", server.address, MANNERS)
        assert caught.value.why == "certificate"
        async with listening() as plain:
            plain.tls = True
            opening = asyncio.create_task(bridge.open("net:plain", plain.address, MANNERS))
            (await plain.peer()).say(b":irc.test NOTICE * :hello\r\n")
            with pytest.raises(CannotOpen) as caught:
                await opening
        assert caught.value.why == "no_tls"
    finally:
        shutil.rmtree(made)


async def test_what_waits_for_a_bridge_is_bounded_and_nothing_of_it_is_lost(
    bridges: Bridges, server: Server
) -> None:
    await asyncio.to_thread(_start, bridges.folder, "--bound-bytes", "100000")
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    await held.leave()
    flood = b"".join(b"line %07d\r\n" % number for number in range(1_000_000))
    peer.say(flood)
    await bridges.logged(b"not read")

    past = await bridges.resume(bridge)

    assert 100_000 <= len(past.data) < 200_000
    data = past.data
    async with asyncio.timeout(PATIENCE_S):
        while len(data) < len(flood):
            past.held.keep(b"state", offset=len(data), writes=0)
            data += await past.held.read()
    assert data == flood


async def test_a_keeper_of_another_version_is_asked_to_end_and_replaced(
    bridges: Bridges, server: Server
) -> None:
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await read_frame(reader) is not None
        writer.write(encode_frame({"t": "welcome", "version": 0}))
        wish = await read_frame(reader)
        assert wish is not None
        assert wish[0] == {"t": "end"}
        ended.set()
        (bridges.folder / SOCKET_NAME).unlink()
        writer.close()

    old = await asyncio.start_unix_server(serve, bridges.folder / SOCKET_NAME)
    held, _ = await bridges.connect(bridges.make(), server)
    assert held.keeps
    assert ended.is_set()
    old.close()


async def test_nobody_else_may_speak_to_it_and_one_folder_has_one(bridges: Bridges, server: Server) -> None:
    await bridges.connect(bridges.make(), server)
    assert (bridges.folder / SOCKET_NAME).stat().st_mode & 0o777 == 0o600
    assert (await asyncio.to_thread(_start, bridges.folder)).returncode == 3


async def test_a_folder_with_a_very_long_name_has_a_keeper_as_well(tmp_path: Path, server: Server) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    bridges = Bridges(deep)
    try:
        held, _ = await bridges.connect(bridges.make(), server)
        assert held.keeps
    finally:
        await bridges.leave()
        await end_keeper(deep)


async def test_where_there_can_be_no_keeper_connections_are_made_without(
    tmp_path: Path, server: Server
) -> None:
    bridges = Bridges(tmp_path / "missing")
    held, peer = await bridges.connect(bridges.make(), server)
    assert not held.keeps
    held.write([line("hello")], at=0)
    assert await peer.line() == b"hello"
    await held.close()


async def test_nonsense_ends_only_the_conversation_in_which_it_came(bridges: Bridges, server: Server) -> None:
    bridge = bridges.make()
    held, peer = await bridges.connect(bridge, server)
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", encode_frame({"t": "hello"}), os.urandom(64)):
        reader, writer = await asyncio.open_unix_connection(bridges.folder / SOCKET_NAME)
        writer.write(nonsense)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    peer.say(b"still\r\n")
    assert await heard(held, 7) == b"still\r\n"


def _start(folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "bridge.keeper", str(folder), "--detach", *words]
    return subprocess.run(command, check=False, capture_output=True)
