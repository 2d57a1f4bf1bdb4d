"""The control socket: where a shell asks a running bridge, with the answers that chat gives.

Whoever may open the socket is the admin of the machine: it lies in the data folder, beside the key, and only
the account of the bridge can open it.
"""

import asyncio
import contextlib
import traceback
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from bridge.actions.action import Caller
from bridge.app.control_wire import (
    ANSWER_S,
    MAX_REQUEST_BYTES,
    SOCKET_NAME,
    NotUnderstood,
    Reply,
    Wish,
    decode_wish,
    encode_reply,
)
from bridge.commands.answers import Answers
from bridge.config.checks import mxid
from bridge.core.management import ManagementRooms
from bridge.core.ports import Tasks
from bridge.keeper.sockets import listen_at
from bridge.model.errors import Phrase, Unavailable
from bridge.model.ids import UserID

log = structlog.get_logger(__name__)

_LINE_S: Final = 10.0
"""So long a shell may take to say its line, and to take the answer."""
_AT_ONCE: Final = 8
_BACKLOG: Final = 16


class ShellDoor:
    """Turns wishes from a shell into actions: for a person with that person's rights, else with all."""

    def __init__(self, answers: Answers, management: ManagementRooms, bot: UserID) -> None:
        self._answers = answers
        self._management = management
        self._bot = bot

    async def answer(self, wish: Wish) -> Reply:
        action = self._answers.get(wish.action)
        if action is None:
            return _refusal(Phrase.of("command.unknown", name=wish.action))
        if wish.person is not None and mxid(wish.person) is not None:
            return _refusal(Phrase.of("shell.nobody", user=wish.person))
        caller = Caller(
            user_id=wish.person or self._bot,
            room_id=wish.room_id,
            in_management_room=wish.room_id in self._management,
            local_admin=wish.person is None,
            door="shell",
            request=f"shell {uuid4()}",
        )
        log.info("asked from a shell", action=wish.action, user_id=wish.person)
        try:
            answered = await self._answers.answer(action, caller, wish.words)
        except Unavailable as error:
            # In chat it is tried again until it works; in a shell somebody sits and waits.
            return _refusal(error.reason)
        return Reply(phrases=answered.answer, done=answered.done)


class ControlSocket:
    """Listens in the data folder, whose lock must be held: a socket that is there was left by a crash."""

    def __init__(self, folder: Path, door: ShellDoor, tasks: Tasks, *, answer_s: float = ANSWER_S) -> None:
        self._path = folder / SOCKET_NAME
        self._door = door
        self._tasks = tasks
        self._answer_s = answer_s
        self._server: asyncio.Server | None = None
        self._at_work = 0

    async def start(self) -> None:
        """Listen. Where the folder takes no socket the bridge runs without, and the log says so."""
        try:
            listening = listen_at(self._path, backlog=_BACKLOG)
        except OSError as error:
            log.warning("no control socket", path=str(self._path), error=str(error))
            return
        self._server = await asyncio.start_unix_server(
            self._connected, sock=listening, limit=MAX_REQUEST_BYTES, start_serving=True
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._path.unlink(missing_ok=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.spawn("shell", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._at_work += 1
        try:
            while (reply := await self._next(reader)) is not None:
                writer.write(encode_reply(reply))
                async with asyncio.timeout(_LINE_S):
                    await writer.drain()
        except (TimeoutError, OSError) as error:
            log.debug("a shell has gone", error=str(error))
        finally:
            self._at_work -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _next(self, reader: asyncio.StreamReader) -> Reply | None:
        """The reply to the next line; None when there is none, or it is longer than any wish."""
        try:
            async with asyncio.timeout(_LINE_S):
                line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        if self._at_work > _AT_ONCE:
            return _refusal(Phrase.of("shell.busy"))
        try:
            return await self._answer(decode_wish(line))
        except NotUnderstood:
            return _refusal(Phrase.of("shell.unclear"))

    async def _answer(self, wish: Wish) -> Reply:
        try:
            async with asyncio.timeout(self._answer_s):
                return await self._door.answer(wish)
        except TimeoutError:
            return _refusal(Phrase.of("shell.slow", seconds=round(self._answer_s)))
        except Exception:  # noqa: BLE001 - the shell's supervisor: a fault of ours must not end the others
            log.error("action failed", action=wish.action, trace=traceback.format_exc())
            return _refusal(Phrase.of("shell.failed"))


def _refusal(phrase: Phrase) -> Reply:
    return Reply(phrases=[phrase], done=False)
