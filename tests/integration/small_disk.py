"""A disk that is soon full: a real one in memory where it may be mounted, else a file that may not grow."""

import contextlib
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from attrs import frozen

from bridge.model.errors import StoreUnavailable
from bridge.storage.engine import run
from bridge.storage.sqlite import SqliteLimits
from bridge.storage.store import OpenStore

_PAGE = 4096
_UNBOUNDED = 1_000_000_000


@frozen
class SmallDisk:
    """``folder`` is on it."""

    folder: Path
    is_real: bool
    size_bytes: int

    @property
    def limits(self) -> SqliteLimits | None:
        """What bounds the file where the disk does not."""
        return None if self.is_real else SqliteLimits(max_pages=self.size_bytes // _PAGE)

    def grow(self) -> None:
        """Four times as large from now on; a file that was bounded is opened without its limits."""
        if self.is_real:
            options = f"remount,size={4 * self.size_bytes}"
            subprocess.run(["mount", "-o", options, str(self.folder)], check=True)

    async def fill(self, store: OpenStore) -> None:
        """Leave nothing free."""
        if self.is_real:
            with (self.folder / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
                while True:
                    ballast.write(bytes(_PAGE))
        else:
            pages = (await store.engine.write(partial(run, "PRAGMA page_count")))[0][0]
            await self._bound(store, pages)

    async def empty(self, store: OpenStore) -> None:
        """Give it all back."""
        (self.folder / "ballast").unlink(missing_ok=True)
        with contextlib.suppress(StoreUnavailable):
            await self._bound(store, _UNBOUNDED)

    async def _bound(self, store: OpenStore, pages: int) -> None:
        await store.engine.write(partial(run, f"PRAGMA max_page_count = {pages}"))


@contextlib.contextmanager
def small_disk(folder: Path, *, size_bytes: int) -> Iterator[SmallDisk]:
    """Mounted for as long as this is entered, where the system lets us."""
    place = folder / "small"
    place.mkdir()
    options = f"size={size_bytes},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    try:
        yield SmallDisk(place, mounted, size_bytes)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
