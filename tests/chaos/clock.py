"""A clock of the bridge's own that can be turned while it runs, where there is a C compiler."""

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).with_name("clock.c")
_FORMAT: Final = "=q"


class TurnedClock:
    """Shifts the time of day of every process that is started with ``environment``.

    ``libfaketime`` can do the same, but made the bridge take thirty times the processor time.
    """

    def __init__(self, folder: Path) -> None:
        self._library = folder / "clock.so"
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack(_FORMAT, 0))
        self.works = _compile(self._library)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the process; none where nothing could be compiled."""
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)} if self.works else {}

    def turn(self, seconds: int) -> None:
        """From now on the clock is so many seconds ahead of the true one."""
        with self._file.open("r+b") as file:
            file.write(struct.pack(_FORMAT, seconds))


def _compile(library: Path) -> bool:
    compiler = shutil.which("cc")
    if compiler is None:
        return False
    command: list[str | Path] = [compiler, "-shared", "-fPIC", "-O2", "-o", library, _SOURCE, "-ldl"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
