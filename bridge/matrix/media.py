"""Files on the homeserver, in and out as streams: never whole in memory, never larger than asked for.

Spec: https://spec.matrix.org/v1.11/client-server-api/#content-repository
"""

import re
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Final

from aiohttp import ClientError
from attrs import frozen
from mautrix.api import ClientPath, MediaPath, Method

from bridge.matrix.client import Actor, MatrixClient
from bridge.matrix.json_text import NotJson, read_json
from bridge.matrix.shapes import name_of
from bridge.model.errors import HomeserverUnavailable, InvalidInput, Phrase, Rejected
from bridge.model.ids import MxcURI, UserID

CHUNK_BYTES: Final = 64 * 1024
_TIMEOUT_S: Final = 300.0
_MXC: Final = re.compile(r"mxc://(?P<server>[A-Za-z0-9.:\[\]-]+)/(?P<id>[A-Za-z0-9_=.~-]+)")


@frozen
class Download:
    """A file on its way. ``chunks`` raises ``Rejected`` at the byte that is one too many.

    ``mime_type`` is what the uploader claimed: never to be trusted in a browser. ``size_bytes`` is how many
    bytes ``chunks`` gives, None when that is not known beforehand.
    """

    mime_type: str
    size_bytes: int | None
    chunks: AsyncIterator[bytes]


class Media:
    """Raises ``HomeserverUnavailable`` and ``HomeserverRefused``; a stream is never begun again by itself."""

    def __init__(self, client: MatrixClient, bot: UserID, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._client = client
        self._bot = Actor(bot)
        self._timeout_s = timeout_s

    async def upload(
        self, chunks: AsyncIterable[bytes] | bytes, *, mime_type: str, filename: str | None = None
    ) -> MxcURI:
        query = {"filename": filename} if filename else {}
        async with self._client.open(
            Method.POST,
            MediaPath.v3.upload,
            actor=self._bot,
            query=query,
            data=BytesIO(chunks) if isinstance(chunks, bytes) else chunks,
            headers={"Content-Type": mime_type},
            timeout_s=self._timeout_s,
        ) as response:
            mxc = name_of(_object(await response.read()), "content_uri")
        if mxc is None:
            raise HomeserverUnavailable(Phrase.of("matrix.no_answer"))
        return MxcURI(mxc)

    @asynccontextmanager
    async def download(self, mxc: MxcURI, *, limit_bytes: int) -> AsyncIterator[Download]:
        """Open a file through authenticated media; raises ``Rejected`` when it is larger than allowed.

        Raises ``InvalidInput`` for what is not an mxc URI.
        """
        found = _MXC.fullmatch(mxc)
        if found is None or found["id"].strip(".") == "":
            raise InvalidInput(Phrase.of("matrix.not_mxc"))
        path = ClientPath.v1.media.download[found["server"]][found["id"]]
        # A homeserver may send us on to where it keeps its files.
        async with self._client.open(
            Method.GET,
            path,
            actor=self._bot,
            headers={"Accept-Encoding": "identity"},
            timeout_s=self._timeout_s,
            follow=True,
        ) as response:
            # What comes packed all the same is unpacked on its way, and has another length then.
            packed = response.headers.get("Content-Encoding", "identity") != "identity"
            size_bytes = None if packed else response.content_length
            if size_bytes is not None and size_bytes > limit_bytes:
                raise _too_large(limit_bytes)
            chunks = _capped(response.content.iter_chunked(CHUNK_BYTES), limit_bytes)
            yield Download(response.content_type, size_bytes, chunks)


async def _capped(chunks: AsyncIterable[bytes], limit_bytes: int) -> AsyncIterator[bytes]:
    read = 0
    try:
        async for chunk in chunks:
            read += len(chunk)
            if read > limit_bytes:
                raise _too_large(limit_bytes)
            yield chunk
    except (ClientError, TimeoutError) as error:
        raise HomeserverUnavailable(Phrase.of("matrix.no_answer")) from error


def _too_large(limit_bytes: int) -> Rejected:
    return Rejected(Phrase.of("matrix.file_too_large", limit=limit_bytes))


def _object(text: bytes) -> dict[str, object]:
    try:
        value = read_json(text)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}
