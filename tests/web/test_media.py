"""What somebody gets who opens a link to a file."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import ClientPayloadError, hdrs
from yarl import URL

from bridge.matrix.media import Media
from bridge.model.errors import HomeserverRefused, HomeserverUnavailable, InvalidInput, Phrase, Rejected
from bridge.web.application import GUARDS
from bridge.web.ports import MediaSource
from tests.web.fakes import DAY_S, LIMIT, MXC, Files, World, client_of

NO_ANSWER = Phrase.of("matrix.no_answer")


def _fits(media: Media) -> MediaSource:
    """Checked by the type checker: the homeserver's media are such a source."""
    return media


async def test_a_link_opens_its_file() -> None:
    world = World()
    async with client_of(world.door) as client:
        response = await client.get(world.path())
        assert (response.status, await response.read()) == (200, b"picture")
        assert response.content_length == 7
        assert world.files.asked == [(MXC, LIMIT)]


async def test_a_file_comes_with_all_guards() -> None:
    world = World()
    async with client_of(world.door) as client:
        headers = (await client.get(world.path())).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers[hdrs.SERVER] == "Trunkline"
        assert headers[hdrs.CACHE_CONTROL] == "private, immutable, max-age=86400"
        assert headers[hdrs.CONTENT_DISPOSITION].startswith('inline; filename="cat.png"')
        assert headers[hdrs.CONTENT_TYPE] == "image/png"


async def test_a_file_is_cached_no_longer_than_its_link_holds() -> None:
    world = World()
    async with client_of(world.door) as client:
        path = world.path()
        world.clock.turn(30 * DAY_S - 60)
        assert (await client.get(path)).headers[hdrs.CACHE_CONTROL].endswith("max-age=60")


@pytest.mark.parametrize("mime_type", ["text/html", "image/svg+xml", "text/javascript", "TEXT/HTML", "x"])
async def test_what_a_browser_might_run_is_only_a_file_to_keep(mime_type: str) -> None:
    world = World(files=Files(mime_type=mime_type))
    async with client_of(world.door) as client:
        headers = (await client.get(world.path("page.html"))).headers
        assert headers[hdrs.CONTENT_TYPE] == "application/octet-stream"
        assert headers[hdrs.CONTENT_DISPOSITION].startswith("attachment;")


async def test_a_film_keeps_its_type_and_is_a_file_to_keep() -> None:
    world = World(files=Files(mime_type="video/mp4"))
    async with client_of(world.door) as client:
        headers = (await client.get(world.path("film.mp4"))).headers
        assert headers[hdrs.CONTENT_TYPE] == "video/mp4"
        assert headers[hdrs.CONTENT_DISPOSITION].startswith("attachment;")


async def test_a_name_of_any_script_opens() -> None:
    world = World()
    async with client_of(world.door) as client:
        response = await client.get(URL(world.path("我的 照片.png"), encoded=True))
        assert response.status == 200
        assert "filename*=UTF-8''%E6%88%91" in response.headers[hdrs.CONTENT_DISPOSITION]


async def test_head_tells_all_but_the_content() -> None:
    world = World()
    async with client_of(world.door) as client:
        response = await client.head(world.path())
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers[hdrs.CONTENT_LENGTH] == "7"
        assert world.files.open_now == 0


async def test_a_file_of_unknown_size_arrives_whole() -> None:
    content = b"x" * 500_000
    world = World(files=Files(content=content, said_bytes=None))
    async with client_of(world.door) as client:
        response = await client.get(world.path())
        assert response.content_length is None
        assert await response.read() == content


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.replace("cat.png", "dog.png"),
        lambda path: path.replace("example.org", "example.com"),
        lambda path: path.replace("abc_DEF-1", "abc_DEF-2"),
        lambda path: path.replace("abc_DEF-1", "%2e%2e"),
        lambda path: path.replace("cat.png", "..%2f..%2fetc%2fpasswd"),
        lambda path: path.replace("cat.png", "cat.png%00"),
        lambda path: path.replace("cat.png", "%0d%0aX-Evil:%20yes"),
        lambda path: path.replace("cat.png", "<script>alert(1)</script>"),
        lambda path: path.replace("cat.png", "%ff%fe"),
        lambda path: path[: path.rindex("/") - 1] + "!" + path[path.rindex("/") :],
    ],
)
async def test_a_changed_link_opens_nothing_and_is_not_shown_again(change: Callable[[str], str]) -> None:
    world = World()
    async with client_of(world.door) as client:
        response = await client.get(URL(change(world.path()), encoded=True))
        assert response.status == 404
        assert await response.text() in {
            "There is no file under this address. Check that the link is whole.\n",
            "404: Not Found",
        }
        assert response.content_type == "text/plain"
        assert "X-Evil" not in response.headers
        assert world.files.asked == []


async def test_an_expired_link_says_so() -> None:
    world = World()
    async with client_of(world.door) as client:
        path = world.path()
        world.clock.turn(31 * DAY_S)
        response = await client.get(path)
        assert response.status == 410
        assert await response.text() == "This link is too old. Ask for the file to be sent again.\n"
        assert response.headers[hdrs.CACHE_CONTROL] == "no-store"
        assert {name: response.headers[name] for name in GUARDS} == GUARDS


async def test_a_refusal_is_told_in_the_language_of_the_reader() -> None:
    world = World()
    async with client_of(world.door) as client:
        path = world.path().replace("cat", "dog")
        response = await client.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
        assert await response.text() == "此地址下没有文件。请检查链接是否完整。\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HomeserverUnavailable(NO_ANSWER), 503),
        (HomeserverRefused(NO_ANSWER, code="M_NOT_FOUND", status=404), 404),
        (HomeserverRefused(NO_ANSWER, code="M_FORBIDDEN", status=403), 502),
        (Rejected(Phrase.of("matrix.file_too_large", limit=1)), 403),
        (InvalidInput(Phrase.of("matrix.not_mxc")), 404),
    ],
)
async def test_what_the_homeserver_answers_decides_the_status(error: Exception, status: int) -> None:
    world = World(files=Files(error=error))
    async with client_of(world.door) as client:
        response = await client.get(world.path())
        assert response.status == status
        assert (await response.text()).endswith(".\n")


async def test_a_reader_is_asked_to_come_back_when_the_homeserver_is_away() -> None:
    world = World(files=Files(error=HomeserverUnavailable(NO_ANSWER)))
    async with client_of(world.door) as client:
        assert (await client.get(world.path())).headers[hdrs.RETRY_AFTER] == "60"


async def test_a_homeserver_that_does_not_begin_is_given_up() -> None:
    world = World(files=Files(door=asyncio.Event()), stall_s=0.01)
    async with client_of(world.door) as client:
        assert (await client.get(world.path())).status == 503


# -------------------------------------------------------------------- what goes wrong on the way


@pytest.mark.parametrize("said_bytes", [None, 1000])
@pytest.mark.parametrize(
    "error",
    [Rejected(Phrase.of("matrix.file_too_large", limit=1)), HomeserverUnavailable(NO_ANSWER)],
)
async def test_a_file_that_breaks_off_does_not_look_whole(error: Exception, said_bytes: int | None) -> None:
    world = World(files=Files(said_bytes=said_bytes, error_within=error))
    async with client_of(world.door) as client:
        with pytest.raises(ClientPayloadError):
            await (await client.get(world.path())).read()
        assert world.files.open_now == 0


async def test_a_file_shorter_than_told_does_not_look_whole() -> None:
    world = World(files=Files(said_bytes=1000))
    async with client_of(world.door) as client:
        with pytest.raises(ClientPayloadError):
            await (await client.get(world.path())).read()


async def test_a_file_that_stalls_is_given_up() -> None:
    world = World(files=Files(said_bytes=1000, middle=asyncio.Event()), stall_s=0.01)
    async with client_of(world.door) as client:
        with pytest.raises(ClientPayloadError):
            await (await client.get(world.path())).read()
        assert world.files.open_now == 0


async def test_a_file_that_takes_for_ever_is_given_up() -> None:
    world = World(files=Files(said_bytes=1000, middle=asyncio.Event()), whole_s=0.01)
    async with client_of(world.door) as client:
        with pytest.raises(ClientPayloadError):
            await (await client.get(world.path())).read()


async def test_a_reader_who_takes_nothing_is_given_up() -> None:
    size_bytes = 30_000_000  # more than all buffers between the two hold
    world = World(files=Files(content=bytes(size_bytes), said_bytes=size_bytes), stall_s=0.05)
    async with client_of(world.door) as client:
        reader, writer = await asyncio.open_connection(client.host, client.port)
        writer.write(f"GET {world.path()} HTTP/1.1\r\nHost: bridge.example.org\r\n\r\n".encode())
        await world.files.closed.wait()
        writer.transport.abort()
        assert not reader.at_eof()


async def test_a_reader_who_leaves_frees_the_place() -> None:
    size_bytes = 30_000_000
    world = World(files=Files(content=bytes(size_bytes), said_bytes=size_bytes), at_once=1)
    async with client_of(world.door) as client:
        (await client.get(world.path())).close()
        await world.files.closed.wait()
        assert (await client.head(world.path())).status == 200


async def test_more_readers_than_allowed_are_asked_to_come_back() -> None:
    world = World(files=Files(middle=asyncio.Event(), said_bytes=None), at_once=1)
    async with client_of(world.door) as client:
        first = await client.get(world.path())
        second = await client.get(world.path())
        assert (second.status, second.headers[hdrs.RETRY_AFTER]) == (503, "60")
        world.files.middle.set()
        assert await first.read() == b"picture"
        assert (await client.get(world.path())).status == 200
