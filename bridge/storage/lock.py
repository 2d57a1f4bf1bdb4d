"""One bridge for one data folder: a lock on a file that holds the number of its process.

The system takes the lock away from a process that ends, however it ends. (For a PostgreSQL database see
``postgres_lock``.)
"""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Final

from bridge.model.errors import Misconfigured, Phrase

LOCK_NAME: Final = "trunkline.lock"


class FolderLock:
    """Held from ``take`` to ``release``."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self._number: int | None = number

    @classmethod
    def take(cls, folder: Path) -> "FolderLock":
        """Raises ``Misconfigured`` when another process has it, or the folder cannot be written."""
        path = folder / LOCK_NAME
        number: int | None = None
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(number, 0)
            os.pwrite(number, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:
            if number is not None:
                os.close(number)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES) and number is not None:
                raise Misconfigured(
                    Phrase.of("storage.locked", place=str(folder), holder=holder_of(folder) or "?")
                ) from error
            raise Misconfigured(
                Phrase.of("storage.open_failed", place=str(path), error=error.strerror or str(error))
            ) from error
        return cls(path, number)

    def release(self) -> None:
        # The file stays: removing it would let two processes lock two files of one name.
        if self._number is not None:
            os.close(self._number)
            self._number = None

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder_of(folder: Path) -> str | None:
    """The process number that the last holder wrote, if any; it may have ended."""
    try:
        return (folder / LOCK_NAME).read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
