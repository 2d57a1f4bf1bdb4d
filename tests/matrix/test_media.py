"""Files in and out, as streams."""

import gzip
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from attrs import frozen

from bridge.matrix.media import Media
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, InvalidInput, Rejected
from bridge.model.ids import MxcURI, UserID
from tests.matrix.scripted_homeserver import ScriptedHomeserver, scripted_homeserver

MXC = MxcURI("mxc://example.org/abc")
BOT = UserID("@trunkline:example.org")


@frozen
class World:
    homeserver: ScriptedHomeserver
    media: Media


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with scripted_homeserver() as homeserver:
        yield World(homeserver, Media(homeserver.client, BOT))


async def read(world: World, *, limit_bytes: int) -> bytes:
    async with world.media.download(MXC, limit_bytes=limit_bytes) as download:
        return b"".join([chunk async for chunk in download.chunks])


async def test_a_file_goes_out_in_pieces(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    world.homeserver.answer("POST", "/upload", {"content_uri": MXC})

    assert await world.media.upload(pieces(), mime_type="text/plain", filename="a b.txt") == MXC
    (asked,) = world.homeserver.asked
    assert asked.content == b"one two"
    assert asked.query == {"user_id": BOT, "filename": "a b.txt"}


async def test_a_file_comes_in_through_authenticated_media(world: World) -> None:
    world.homeserver.answer("GET", "/download/", b"x" * 100_000, headers={"Content-Type": "image/png"})

    async with world.media.download(MXC, limit_bytes=100_000) as download:
        assert (download.mime_type, download.size_bytes) == ("image/png", 100_000)
        assert len(b"".join([chunk async for chunk in download.chunks])) == 100_000

    (asked,) = world.homeserver.asked
    assert asked.path == "/v1/media/download/example.org/abc"
    assert asked.token == "Bearer as-token"


async def test_a_file_that_is_kept_packed_comes_in_whole_and_of_unknown_size(world: World) -> None:
    """A store behind the homeserver may keep text packed; the length it tells is that of the packed bytes.

    The reader of a media link was cut off at the end, because more had come than was told.
    """
    packed = gzip.compress(b"x" * 50_000)
    world.homeserver.answer("GET", "/download/", packed, headers={"Content-Encoding": "gzip"})

    async with world.media.download(MXC, limit_bytes=50_000) as download:
        assert download.size_bytes is None
        assert len(b"".join([chunk async for chunk in download.chunks])) == 50_000

    (asked,) = world.homeserver.asked
    assert asked.headers["Accept-Encoding"] == "identity"


async def test_a_file_that_is_too_large_once_unpacked_is_not_read_whole(world: World) -> None:
    world.homeserver.answer(
        "GET", "/download/", gzip.compress(b"x" * 50_000), headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(Rejected):
        await read(world, limit_bytes=49_999)


async def test_a_file_that_says_it_is_too_large_is_not_read(world: World) -> None:
    world.homeserver.answer("GET", "/download/", b"x" * 101)

    with pytest.raises(Rejected):
        await read(world, limit_bytes=100)


async def test_a_missing_file_is_a_no(world: World) -> None:
    world.homeserver.refuse("GET", "/download/", "M_NOT_FOUND", 404)

    with pytest.raises(HomeserverRefused):
        await read(world, limit_bytes=100)


async def test_a_homeserver_that_hangs_up_is_away(world: World) -> None:
    world.homeserver.answer("GET", "/download/", status=0, always=True)

    with pytest.raises(HomeserverUnavailable):
        await read(world, limit_bytes=100)


@pytest.mark.parametrize("mxc", ["", "http://x/y", "mxc://a", "mxc://a/b/c", "mxc://a/../b", "mxc://a/.."])
async def test_what_is_no_mxc_uri_is_not_asked_for(world: World, mxc: str) -> None:
    with pytest.raises(InvalidInput):
        async with world.media.download(MxcURI(mxc), limit_bytes=1):
            pass

    assert world.homeserver.asked == []
