"""One real server as a process: started, asked whether it is ready, stopped, killed.

A server has a temporary folder, a free loopback port and a log file of its own.
It never outlives the tests: it is stopped by its process ID, and the kernel ends
it when the process that started it dies.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Self

from bridge.testing.servers.ports import free_port
from bridge.testing.servers.programs import find_program

_POLL_S = 0.02
_LOG_TAIL_CHARACTERS = 4000


class ServerFailedError(RuntimeError):
    """A server ended by itself or did not become ready; carries the end of its log."""


class ServerProcess(ABC):
    """A server on 127.0.0.1 that a test starts, stops, kills and starts again.

    Every deed exists twice: as a coroutine (``start``, ``stop``, ``kill``,
    ``restart``) for tests, and blocking (``start_blocking`` and so on) for
    fixtures that live longer than one event loop. Data survives ``stop`` and
    ``kill``; ``discard`` removes it.
    """

    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_timeout_s: ClassVar[float] = 60.0
    stop_timeout_s: ClassVar[float] = 20.0
    #: the account that takes the place of root, for servers that refuse root
    unprivileged_user: ClassVar[str | None] = None

    def __init__(self) -> None:
        name = self.title.lower()
        self.folder = Path(tempfile.mkdtemp(prefix=f"trunkline-{name}-"))
        self.port = free_port()
        self.log = self.folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._prepared = False

    # What a kind of server says about itself.

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """Return the program and its arguments; raise ServerMissingError without it."""

    @abstractmethod
    def prepare(self) -> None:
        """Write configuration and data into ``folder``; called before the first start."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Ask the server, within a second or so, whether it answers."""

    # For tests.

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process ID of the running server."""
        assert self._process is not None, f"{self.title} was never started"
        return self._process.pid

    async def start(self) -> None:
        """Start the server and return when it answers."""
        self._launch()
        await asyncio.to_thread(self._wait_until_ready)

    async def stop(self) -> None:
        """Ask the server to end, and wait until it has."""
        await asyncio.to_thread(self.stop_blocking)

    async def kill(self) -> None:
        """End the server with SIGKILL, as a crash would."""
        await asyncio.to_thread(self.kill_blocking)

    async def restart(self) -> None:
        """Stop and start on the same port with the same data."""
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self.discard()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.discard)

    # For fixtures.

    def start_blocking(self) -> None:
        self._launch()
        self._wait_until_ready()

    def stop_blocking(self) -> None:
        if self._process is None:
            return
        children = _descendants(self._process.pid)
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(self.stop_timeout_s)
            except subprocess.TimeoutExpired:
                self._signal_group(signal.SIGKILL)
        self._reap(children)

    def kill_blocking(self) -> None:
        if self._process is None:
            return
        children = _descendants(self._process.pid)
        self._signal_group(signal.SIGKILL)
        self._reap(children)

    def discard(self) -> None:
        """Stop the server and remove its folder."""
        self.stop_blocking()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def running_until_done(self) -> Iterator[Self]:
        """Start, lend out, and discard in the end; also when the start fails."""
        try:
            self.start_blocking()
            yield self
        finally:
            self.discard()

    def log_tail(self) -> str:
        """The last lines that the server wrote."""
        if not self.log.exists():
            return "(no log)"
        return self.log.read_text(errors="replace")[-_LOG_TAIL_CHARACTERS:]

    # For kinds of servers.

    def as_user(self, command: Sequence[str | Path]) -> list[str]:
        """Wrap a command so that it runs without root and dies with its parent."""
        return [
            find_program("setpriv", package="util-linux"),
            "--pdeathsig",
            "KILL",
            *self._identity(),
            "--",
            *(str(word) for word in command),
        ]

    def give_folder_away(self) -> None:
        """Make the folder belong to the account that the server runs as."""
        account = self._account()
        if account is None:
            return
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)

    # Inside.

    def _account(self) -> pwd.struct_passwd | None:
        if self.unprivileged_user is None or os.geteuid() != 0:
            return None
        return pwd.getpwnam(self.unprivileged_user)

    def _identity(self) -> list[str]:
        account = self._account()
        if account is None:
            return []
        return [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]

    def _launch(self) -> None:
        assert not self.running, f"{self.title} is running already"
        command = self.command()
        if not self._prepared:
            self.prepare()
            self.give_folder_away()
            self._prepared = True
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.as_user(command),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + self.start_timeout_s
        while not self.is_ready():
            if self._process.poll() is not None:
                raise ServerFailedError(
                    f"{self.title} ended with status {self._process.returncode}:\n{self.log_tail()}"
                )
            if time.monotonic() > deadline:
                self.kill_blocking()
                raise ServerFailedError(
                    f"{self.title} did not answer within {self.start_timeout_s:.0f} s:\n{self.log_tail()}"
                )
            time.sleep(_POLL_S)

    def _signal_group(self, number: signal.Signals) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):  # the whole group may have ended by itself
            os.killpg(self._process.pid, number)

    def _reap(self, children: Sequence[int]) -> None:
        """Wait for the server and see that nothing it started is left.

        PostgreSQL's backends make sessions of their own, so the signal to the
        group does not reach them.
        """
        assert self._process is not None
        self._process.wait()
        for pid in children:
            _end(pid, grace_s=2.0)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = [int(word) for word in children.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in pids:
            found += [child, *_descendants(child)]
    return found


def _end(pid: int, *, grace_s: float) -> None:
    """Give an orphan a moment to notice that its parent is gone, then kill it."""
    deadline = time.monotonic() + grace_s
    while _alive(pid):
        if time.monotonic() > deadline:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return
            deadline += grace_s
        time.sleep(_POLL_S)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")
