"""What the web needs of the rooms beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from bridge.model.ids import MxcURI


class MediaStream(Protocol):
    """A file on its way.

    ``mime_type`` is what the uploader claimed. ``size_bytes`` is the number of bytes that ``chunks`` gives,
    None when it is not known beforehand.
    """

    @property
    def mime_type(self) -> str: ...

    @property
    def size_bytes(self) -> int | None: ...

    @property
    def chunks(self) -> AsyncIterator[bytes]: ...


class MediaSource(Protocol):
    """Where files come from: ``bridge.matrix.media.Media`` fits."""

    def download(self, mxc: MxcURI, *, limit_bytes: int) -> AbstractAsyncContextManager[MediaStream]:
        """Open a file; nothing of it is read before ``chunks`` asks.

        Entering and reading raise ``HomeserverUnavailable``, ``HomeserverRefused``, and ``Rejected`` for a
        file of more than ``limit_bytes``. Leaving early ends the download.
        """


@frozen
class ReadyCheck:
    """One thing that must be there for the bridge to work, such as ``database``. Seen by everybody."""

    name: str
    ready: bool


ReadyChecks = Callable[[], Awaitable[Sequence[ReadyCheck]]]
"""Looks at everything that must be there; quick, and without details that are nobody's business."""
