"""The bridge's side of the keeper: finds it or starts it, and lets connections be held by it."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

import structlog

import bridge
from bridge.keeper.direct import Direct
from bridge.keeper.frames import SOCKET_NAME, VERSION, BrokenFrame, Header
from bridge.keeper.kept import Kept, Talk
from bridge.keeper.promise import Address, CannotOpen, Held, Manners, PastWrite, Resumed, Written
from bridge.keeper.sockets import reachable

log = structlog.get_logger(__name__)

ANSWER_S: Final = 5.0
"""How long the keeper may take for anything but connecting."""
START_S: Final = 20.0
"""How long it may take to start."""
REACH_S: Final = 10.0
_AGAIN_S: Final = 0.1
_TAKEN: Final = 3
"""What the program ends with when another one was there already, or is just ending."""


class NoKeeper(Exception):
    """There is none and none can be started; the text says why."""


class _Refused(Exception):
    pass


class KeptConnections:
    """Implements `Keeper` by the keeper of a data folder. Where there can be none, nothing is held.

    Args:
        folder: the data folder, whose lock the bridge holds.
        linger_s: how long connections are held without a bridge.
        patience_s: how long a keeper is waited for that is ending, or that still serves a bridge which just
            died.
    """

    def __init__(self, folder: Path, *, linger_s: float, patience_s: float = REACH_S) -> None:
        self._folder = folder
        self._linger_s = linger_s
        self._patience_s = patience_s
        self._holder = secrets.token_hex(8)
        self._reaching = asyncio.Lock()
        self._presence: Talk | None = None
        self._direct = Direct()
        self._is_missed = False
        self._for_good = False

    @property
    def holds_on(self) -> bool:
        return not (self._for_good or self._dies_with_us())

    def _dies_with_us(self) -> bool:
        """Whether we are the first process of a container in which the keeper is as well."""
        presence = self._presence
        return os.getpid() == 1 and presence is not None and presence.peer_process != 0

    def let_go(self) -> None:
        """From now on those who stop end their connections."""
        self._for_good = True

    async def resume(self, name: str) -> Resumed | None:
        if not (self._folder / SOCKET_NAME).exists():
            return None
        try:
            talk = await self._reach()
        except NoKeeper:
            return None
        try:
            return await _take_up(talk, name)
        except (OSError, BrokenFrame, TimeoutError, KeyError, TypeError, ValueError) as error:
            log.warning("held connection cannot be taken up", name=name, error=repr(error))
        except _Refused:
            pass
        await talk.end()
        return None

    async def open(self, name: str, address: Address, manners: Manners) -> Held:
        try:
            talk = await self._reach()
        except NoKeeper as error:
            if not self._is_missed:
                log.warning("connections are not held over a restart", reason=str(error))
            self._is_missed = True
            return await self._direct.open(name, address, manners)
        self._is_missed = False
        try:
            return await _open(talk, name, address, manners)
        except (OSError, BrokenFrame, TimeoutError, KeyError) as error:
            await talk.end()
            raise CannotOpen("the keeper of connections ended") from error
        except BaseException:
            await talk.end()
            raise

    async def dismiss(self) -> None:
        """Have a keeper end that was left here when connections were still held."""
        self.let_go()
        if (self._folder / SOCKET_NAME).exists():
            with contextlib.suppress(NoKeeper):
                await (await self._reach()).end()
            await self.close()

    async def keep_only(self, prefixes: Collection[str]) -> None:
        """End what is held under other names, for networks that are no longer there."""
        if not (self._folder / SOCKET_NAME).exists():
            return
        with contextlib.suppress(NoKeeper, OSError):
            talk = await self._reach()
            await talk.say({"t": "only", "prefixes": sorted(prefixes)})
            await talk.end()

    async def close(self) -> None:
        """Leave the keeper to itself; after `let_go` it ends."""
        presence = self._presence
        if presence is None:
            return
        with contextlib.suppress(OSError):
            if not self.holds_on:
                await presence.say({"t": "end"})
                async with asyncio.timeout(ANSWER_S):
                    await presence.until_end()
        await presence.end()
        self._presence = None

    # --- reaching it ---

    async def _reach(self) -> Talk:
        """A new conversation with the keeper, which is started if there is none. Raises `NoKeeper`."""
        async with self._reaching:
            if self._presence is not None and self._presence.has_ended:
                await self._presence.end()
                self._presence = None
            if self._presence is None:
                self._presence = await self._meet()
            return await self._meet()

    async def _meet(self) -> Talk:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while (talk := await self._try_once()) is None:
            if loop.time() > until:
                raise NoKeeper("the keeper is busy or does not answer")
            await asyncio.sleep(_AGAIN_S)
        return talk

    async def _try_once(self) -> Talk | None:
        """None when it is to be tried again soon. Raises `NoKeeper`."""
        try:
            with reachable(self._folder / SOCKET_NAME) as place:
                talk = Talk(await asyncio.open_unix_connection(place))
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.to_thread(_start, self._folder)
            return None
        except OSError as error:
            raise NoKeeper(str(error)) from error
        try:
            async with asyncio.timeout(ANSWER_S):
                await talk.say({"t": "hello", "holder": self._holder, "linger_s": self._linger_s})
                header, _ = await talk.hear()
            if header.get("t") == "welcome" and header.get("version") == VERSION:
                return talk
            if header.get("t") == "welcome":
                log.warning("keeper of another version is replaced", version=header.get("version"))
                await talk.say({"t": "end"})
                await talk.until_end()
        except (OSError, BrokenFrame):
            # TimeoutError is an OSError. It may be about to end; the next try will tell.
            pass
        except BaseException:
            await talk.end()
            raise
        await talk.end()
        return None


def _start(folder: Path) -> None:
    """Start the keeper; returns when it listens, or another one does. Raises `NoKeeper`."""
    source = str(Path(bridge.__file__).parent.parent)
    before = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{before}" if before else source}
    command = [sys.executable, "-P", "-m", "bridge.keeper", str(folder), "--detach"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=START_S,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoKeeper(str(error)) from error
    if ended.returncode not in (0, _TAKEN):
        lines = ended.stderr.decode(errors="replace").strip().splitlines()
        raise NoKeeper(lines[-1] if lines else f"ended with {ended.returncode}")


async def _open(talk: Talk, name: str, address: Address, manners: Manners) -> Held:
    wish: Header = {
        "t": "open",
        "name": name,
        "host": address.host,
        "port": address.port,
        "tls": address.tls,
        "tls_verify": address.tls_verify,
        "timeout_s": address.timeout_s,
        "ask": manners.ask.decode("latin-1"),
        "answer": manners.answer.decode("latin-1"),
        "sign": manners.sign.decode("latin-1"),
        "farewell": manners.farewell.decode("latin-1"),
    }
    async with asyncio.timeout(address.timeout_s + ANSWER_S):
        await talk.say(wish)
        header, _ = await talk.hear()
    if header["t"] != "opened":
        raise CannotOpen(header.get("text") or "the keeper is busy", header.get("why", ""))
    return Kept(talk, header["id"])


async def _take_up(talk: Talk, name: str) -> Resumed:
    """Raises `_Refused`, and whatever comes of a keeper that speaks nonsense."""
    async with asyncio.timeout(START_S):
        await talk.say({"t": "resume", "name": name})
        header, snapshot = await talk.hear()
        if header["t"] != "resumed":
            raise _Refused
        past: list[PastWrite] = []
        data = bytearray()
        number = 0
        while (frame := await talk.hear())[0]["t"] != "present":
            if frame[0]["t"] == "wrote":
                number = max(number, frame[0]["n"])
                past.append(_past_write(*frame))
            elif frame[0]["t"] == "data":
                data += frame[1]
    return Resumed(
        held=Kept(talk, header["id"], writes=number),
        snapshot=snapshot if header["snapshot"] else None,
        offset=header["o"],
        taken=header["taken"],
        seen=header["seen"],
        past=tuple(past),
        data=bytes(data),
    )


def _past_write(header: Header, body: bytes) -> PastWrite:
    lines: list[Written] = []
    at = 0
    for size, token in header["lines"]:
        lines.append(Written(body[at : at + size], token))
        at += size
    return PastWrite(header["at"], tuple(lines))
