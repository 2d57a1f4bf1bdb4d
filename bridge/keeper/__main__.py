"""``python -m bridge.keeper FOLDER``: the keeper of a data folder, until nobody needs it.

With ``--detach`` it returns when the keeper listens, and leaves it running in a session of its own; with
``--stay`` it goes on when nobody needs it. Ends with 3 when the folder has a keeper already, and with 1 when
it cannot be one.
"""

import argparse
import asyncio
import encodings.idna  # noqa: F401 - loaded now, as the program on disk may change while it runs
import logging
import logging.handlers
import os
import sys
from pathlib import Path

from bridge.keeper.frames import SOCKET_NAME
from bridge.keeper.place import LOG_NAME, Taken, listen, note_process, take_lock
from bridge.keeper.process import KeeperProcess

TAKEN = 3
LOG_BYTES = 1 << 20


def main() -> int:
    """Returns what the process is to end with."""
    wish = read_words()
    folder: Path = wish.folder.absolute()
    os.umask(0o077)
    try:
        lock = take_lock(folder)
        listening = listen(folder)
        handler = logging.handlers.RotatingFileHandler(folder / LOG_NAME, maxBytes=LOG_BYTES, backupCount=1)
    except Taken:
        return TAKEN
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if wish.detach:
        if os.fork():
            return 0
        _go_on_alone()
    note_process(lock)

    def unlink() -> None:
        (folder / SOCKET_NAME).unlink(missing_ok=True)

    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        asyncio.run(KeeperProcess(wish.bound_bytes, stays=wish.stay).run(listening, unlink))
    except Exception:
        logging.exception("the keeper ended by a fault of ours")
        return 1
    return 0


def read_words(words: list[str] | None = None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bridge.keeper")
    parser.add_argument("folder", type=Path, help="the data folder of the bridge")
    parser.add_argument("--detach", action="store_true", help="return when it listens")
    parser.add_argument("--stay", action="store_true", help="go on when nobody needs it")
    parser.add_argument("--bound-bytes", type=int, default=16 << 20, help="kept of one connection at most")
    return parser.parse_args(words)


def _go_on_alone() -> None:
    """Belong to nobody: neither a terminal's end nor the bridge's is ours."""
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)


if __name__ == "__main__":
    sys.exit(main())
