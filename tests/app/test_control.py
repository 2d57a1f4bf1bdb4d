"""The control socket: the same actions, rights and answers as in chat, and a socket that bears ill use."""

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.actions import specs
from bridge.app.control import ControlSocket, ShellDoor
from bridge.app.control_wire import (
    MAX_REQUEST_BYTES,
    SOCKET_NAME,
    NotUnderstood,
    Reply,
    Wish,
    decode_reply,
    decode_wish,
    encode_reply,
    encode_wish,
)
from bridge.cli.ask import ask_bridge
from bridge.model.errors import BridgeError, Phrase
from bridge.model.ids import RoomID, UserID
from bridge.model.markup import Document
from bridge.networks.demo.catalogue import SENTENCES
from bridge.text.catalogue import Catalogue
from bridge.text.plain import to_plain
from tests.core.world import ADMIN, BOB, STRANGER, World, make_world

CATALOGUE = Catalogue(SENTENCES)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = await make_world()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def folder(world: World, tmp_path: Path) -> AsyncIterator[Path]:
    """A data folder with a bridge that listens."""
    control = make_control(world, tmp_path)
    await control.start()
    yield tmp_path
    await control.stop()


def door(world: World) -> ShellDoor:
    return ShellDoor(world.heart.answers, world.heart.management, world.homeserver.bot)


def make_control(world: World, folder: Path, *, answer_s: float = 60.0) -> ControlSocket:
    return ControlSocket(folder, door(world), world.tasks, answer_s=answer_s)


async def ask(folder: Path, wish: Wish) -> Reply:
    return await asyncio.to_thread(ask_bridge, folder, wish)


async def refusal(folder: Path, wish: Wish) -> Phrase:
    """Why the bridge could not be asked."""
    with pytest.raises(BridgeError) as refused:
        await ask(folder, wish)
    return refused.value.reason


def text(reply: Reply) -> str:
    """The answer as chat shows it."""
    blocks = [block for phrase in reply.phrases for block in CATALOGUE.document(phrase).blocks]
    return to_plain(Document(tuple(blocks)))


# ------------------------------------------------------------------------- the same as in chat


def test_every_action_is_offered_in_both_places(world: World) -> None:
    assert [each.spec for each in world.heart.actions.all()] == list(specs.ALL)


@pytest.mark.parametrize("who", [STRANGER, BOB, ADMIN])
@pytest.mark.parametrize(
    "words",
    [
        "status",
        "join",
        "join mars lobby",
        "leave garden",
        "list",
        "list demo",
        "list mars",
        "plumb garden",
        "unplumb now",
        "retry",
        "retry now",
        "trace",
        "trace $nothing",
        "dead",
        "dead drop",
        "dead drop m1",
        "dead show m1",
        "dead bury m1",
    ],
)
async def test_a_person_gets_the_same_answer_in_chat_and_shell(world: World, words: str, who: UserID) -> None:
    portal = await world.portal()
    await world.say(portal.room_id, who, f"!trunkline {words}")
    name, *rest = words.split()
    wish = Wish(action=name, words=tuple(rest), person=who, room_id=portal.room_id)
    assert text(await door(world).answer(wish)) == world.texts(portal)[-1]


async def test_what_a_person_may_not_do_is_refused_in_a_shell_too(world: World) -> None:
    reply = await door(world).answer(Wish(action="join", words=("lobby",), person=STRANGER))
    assert reply == Reply(phrases=[Phrase.of("access.not_allowed", action="join", needed="user")], done=False)


# --------------------------------------------------------------------- the admin of the machine


async def test_the_admin_of_the_machine_sees_everybodys_messages(world: World, folder: Path) -> None:
    portal = await world.portal()
    event_id = await world.say(portal.room_id, BOB, "hello")
    reply = await ask(folder, Wish(action="trace", words=(event_id,)))
    assert reply.done
    assert Phrase.of("trace.event", event=event_id) in reply.phrases


async def test_the_admin_of_the_machine_drops_what_failed(world: World, folder: Path) -> None:
    portal = await world.portal()
    await world.refuse_plans(1)
    await world.say(portal.room_id, BOB, "hello")
    name = f"m{(await world.store.letters.parts(1))[0].row.id}"
    reply = await ask(folder, Wish(action="dead", words=("drop", name)))
    assert reply == Reply(phrases=[Phrase.of("dead.dropped", letter=name)], done=True)


async def test_all_that_failed_is_sent_again_from_a_shell(world: World, folder: Path) -> None:
    portal = await world.portal()
    await world.refuse_plans(2)
    await world.say(portal.room_id, BOB, "one")
    await world.say(portal.room_id, BOB, "two")
    reply = await ask(folder, Wish(action="dead", words=("retry", "all")))
    assert reply == Reply(phrases=[Phrase.of("dead.retried_all", count=2)], done=True)
    assert await ask(folder, Wish(action="dead", words=("list", "2"))) == Reply(
        phrases=[Phrase.of("dead.no_page", page=2)], done=True
    )
    assert world.said() == ["one", "two"]


@pytest.mark.parametrize("action", ["join", "leave", "plumb"])
async def test_what_is_done_for_a_person_wants_one(world: World, action: str) -> None:
    reply = await door(world).answer(Wish(action=action, words=("lobby",)))
    assert reply == Reply(phrases=[Phrase.of("shell.personal", action=action)], done=False)
    assert world.heart.portals.all() == ()


async def test_what_is_no_person_is_refused(world: World) -> None:
    reply = await door(world).answer(Wish(action="join", words=("lobby",), person=UserID("bob")))
    assert reply == Reply(phrases=[Phrase.of("shell.nobody", user="bob")], done=False)


async def test_an_action_that_is_not_there_is_refused(world: World) -> None:
    reply = await door(world).answer(Wish(action="dance"))
    assert reply == Reply(phrases=[Phrase.of("command.unknown", name="dance")], done=False)


async def test_a_homeserver_that_is_away_is_told_at_once(world: World) -> None:
    world.homeserver.fail_next("create_room")
    reply = await door(world).answer(Wish(action="join", words=("lobby",), person=BOB))
    assert not reply.done


# ---------------------------------------------------------------------------------- the socket


async def test_only_the_account_of_the_bridge_can_open_the_socket(folder: Path) -> None:
    assert stat.S_IMODE((folder / SOCKET_NAME).stat().st_mode) == 0o600


async def test_without_a_bridge_the_shell_says_so(tmp_path: Path) -> None:
    reason = await refusal(tmp_path, Wish(action="status"))
    assert reason == Phrase.of("shell.no_bridge", folder=str(tmp_path))


async def test_a_bridge_that_has_stopped_leaves_no_socket(world: World, tmp_path: Path) -> None:
    control = make_control(world, tmp_path)
    await control.start()
    await control.stop()
    assert names_in(tmp_path) == []


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_what_a_crash_left_behind_is_replaced(world: World, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / SOCKET_NAME))
    assert (await refusal(tmp_path, Wish(action="status"))).key == "shell.no_bridge"
    control = make_control(world, tmp_path)
    await control.start()
    reply = await ask(tmp_path, Wish(action="status"))
    await control.stop()
    assert reply.done


async def test_a_folder_with_a_long_name_takes_the_socket_too(world: World, tmp_path: Path) -> None:
    """The system knows no socket under a name of more than 107 bytes."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    control = make_control(world, folder)
    await control.start()
    reply = await ask(folder, Wish(action="status"))
    await control.stop()
    assert reply.done


async def test_several_ask_at_once(world: World, folder: Path) -> None:
    wish = Wish(action="status")
    first, second = await asyncio.gather(ask(folder, wish), ask(folder, wish))
    assert first == second


async def test_an_action_that_lasts_is_answered_all_the_same(world: World, tmp_path: Path) -> None:
    control = make_control(world, tmp_path, answer_s=0.0)
    await control.start()
    reply = await ask(tmp_path, Wish(action="join", words=("lobby",), person=BOB))
    await control.stop()
    assert reply == Reply(phrases=[Phrase.of("shell.slow", seconds=0)], done=False)


async def test_a_fault_in_an_action_ends_no_other(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(type(world.heart.answers), "get", lambda *_: 1 / 0)
        assert (await ask(folder, Wish(action="status"))).phrases == [Phrase.of("shell.failed")]
    assert (await ask(folder, Wish(action="status"))).done


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"{}\n",
        b"[]\n",
        b'{"action": 1, "words": [], "as": null, "room": null}\n',
        b'{"action": "status", "words": [1], "as": null, "room": null}\n',
        b'{"action": "status", "words": [], "as": [], "room": null}\n',
        b"\xff\xfe\n",
    ],
)
async def test_what_is_no_wish_is_answered_and_not_done(folder: Path, line: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET_NAME))
    writer.write(line)
    reply = decode_reply(await reader.readline())
    writer.close()
    await writer.wait_closed()
    assert reply == Reply(phrases=[Phrase.of("shell.unclear")], done=False)


async def test_an_endless_line_ends_the_connection_and_no_more(folder: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET_NAME))
    with pytest.raises(ConnectionError):
        await endless(reader, writer)
    writer.close()
    assert (await ask(folder, Wish(action="status"))).done


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * MAX_REQUEST_BYTES)
        await writer.drain()


async def test_too_much_is_not_even_sent(folder: Path) -> None:
    reason = await refusal(folder, Wish(action="trace", words=("x" * MAX_REQUEST_BYTES,)))
    assert reason == Phrase.of("shell.too_long", limit=MAX_REQUEST_BYTES)


def test_a_wish_can_be_read_back() -> None:
    wish = Wish(action="dead", words=("show", "m1"), person=BOB, room_id=RoomID("!room:example.org"))
    assert decode_wish(encode_wish(wish)) == wish


def test_a_reply_can_be_read_back() -> None:
    reply = Reply(phrases=[Phrase.of("retry.done", count=2), Phrase.of("dead.none")], done=True)
    assert decode_reply(encode_reply(reply)) == reply


@pytest.mark.parametrize("line", [b"", b"null", b'{"done": 1}', b'{"done": true, "phrases": [{}]}'])
def test_a_bridge_of_another_kind_is_not_understood(line: bytes) -> None:
    with pytest.raises(NotUnderstood):
        decode_reply(line)
