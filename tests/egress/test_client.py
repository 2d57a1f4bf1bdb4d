"""What the client fetches, and what it refuses, with a server on loopback and a lookup of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.egress import (
    EgressClient,
    EgressConfig,
    EgressFailed,
    EgressRefused,
    EgressResponse,
    Refusal,
    TooLarge,
)

ANSWER = b"x" * 200_000


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Host": request.host})


async def _long(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(ANSWER)
    return response


async def _announced(request: web.Request) -> web.Response:
    return web.Response(body=ANSWER)


async def _redirect(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})


async def _count(request: web.Request) -> web.Response:
    left = int(request.match_info["left"])
    to = f"/count/{left - 1}" if left else "/hello"
    return web.Response(status=302, headers={"Location": to})


async def _echo(request: web.Request) -> web.Response:
    seen = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    return web.Response(text=f"{request.method}\n{seen}\n{(await request.read()).decode()}")


async def _packed(request: web.Request) -> web.Response:
    return web.Response(body=b"?", headers={"Content-Encoding": "gzip"})


async def _many_headers(request: web.Request) -> web.Response:
    return web.Response(headers={f"X-{number}": "x" for number in range(300)})


async def _silent(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/hello", _hello)
    app.router.add_get("/long", _long)
    app.router.add_get("/announced", _announced)
    app.router.add_route("*", "/redirect", _redirect)
    app.router.add_get("/count/{left}", _count)
    app.router.add_route("*", "/echo", _echo)
    app.router.add_get("/packed", _packed)
    app.router.add_get("/headers", _many_headers)
    app.router.add_get("/silent", _silent)
    started = TestServer(app, host="127.0.0.1")
    await started.start_server()
    yield started
    await started.close()


class Names:
    """A lookup that answers from a list and remembers what it was asked."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._addresses = {name.replace("_", "."): list(found) for name, found in addresses.items()}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._addresses[host]


@pytest.fixture
def names() -> Names:
    return Names(
        files_example=["127.0.0.1"],
        mixed_example=["10.0.0.1", "::1", "127.0.0.1"],
        inside_example=["10.0.0.1", "fd00::1"],
        odd_example=["no address"],
    )


@pytest.fixture
async def http(server: TestServer, names: Names) -> AsyncIterator[EgressClient]:
    """A client that may reach the server's own address and port."""
    config = EgressConfig(allow=(f"127.0.0.1:{server.port}",))
    async with EgressClient(config, lookup=names) as client:
        yield client


def _url(server: TestServer, path: str, host: str = "files.example") -> str:
    return f"http://{host}:{server.port}{path}"


async def _fetch(http: EgressClient, url: str, max_bytes: int | None = None) -> bytes:
    async with http.get(url, max_bytes=max_bytes) as response:
        return await response.read()


async def _collect(response: EgressResponse, into: bytearray) -> None:
    async for chunk in response.chunks():
        into += chunk


async def _refusal(fetching: Awaitable[object]) -> Refusal:
    with pytest.raises(EgressRefused) as refused:
        await fetching
    return refused.value.refusal


async def test_an_answer_is_read_with_the_name_it_was_asked_by(
    http: EgressClient, server: TestServer
) -> None:
    async with http.get(_url(server, "/hello")) as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        assert response.size_bytes == 5
        assert response.headers["x-host"] == f"files.example:{server.port}"
        assert [chunk async for chunk in response.chunks()] == [b"hello"]


async def test_a_name_is_looked_up_once_for_a_connection(
    http: EgressClient, server: TestServer, names: Names
) -> None:
    await _fetch(http, _url(server, "/hello"))
    assert names.asked == ["files.example"]


async def test_a_name_that_leads_inside_is_refused(http: EgressClient, server: TestServer) -> None:
    assert await _refusal(_fetch(http, _url(server, "/hello", "inside.example"))) is Refusal.ADDRESS


async def test_only_the_permitted_addresses_of_a_name_are_used(
    http: EgressClient, server: TestServer
) -> None:
    assert await _fetch(http, _url(server, "/hello", "mixed.example")) == b"hello"


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("http://127.0.0.1:1/", Refusal.ADDRESS),
        ("http://[::1]/", Refusal.ADDRESS),
        ("http://[::ffff:127.0.0.1]/", Refusal.ADDRESS),
        ("http://169.254.169.254/latest/meta-data", Refusal.ADDRESS),
        ("http://8.8.8.8:25/", Refusal.ADDRESS),
        ("ftp://files.example/", Refusal.SCHEME),
        ("file:///etc/passwd", Refusal.SCHEME),
        ("//files.example/", Refusal.SCHEME),
        ("http://user:pw@files.example/", Refusal.CREDENTIALS),
        ("http:///hello", Refusal.MALFORMED),
        ("http://[::1/", Refusal.MALFORMED),
        ("http://files.example:99999/", Refusal.MALFORMED),
    ],
)
async def test_an_address_we_do_not_go_to_is_refused(http: EgressClient, url: str, refusal: Refusal) -> None:
    assert await _refusal(_fetch(http, url)) is refusal


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
async def test_loopback_in_disguise_is_not_reached(http: EgressClient, server: TestServer, host: str) -> None:
    with pytest.raises((EgressRefused, EgressFailed)):
        await _fetch(http, _url(server, "/hello", host))


async def test_the_systems_own_lookup_is_checked_too(server: TestServer) -> None:
    async with EgressClient(EgressConfig()) as http:
        assert await _refusal(_fetch(http, _url(server, "/hello", "localhost"))) is Refusal.ADDRESS


async def test_a_redirect_is_followed(http: EgressClient, server: TestServer) -> None:
    async with http.get(_url(server, "/redirect?to=/hello")) as response:
        assert response.url == _url(server, "/hello")
        assert await response.read() == b"hello"


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        ("http://169.254.169.254/", Refusal.ADDRESS),
        ("http://inside.example/", Refusal.ADDRESS),
        ("file:///etc/passwd", Refusal.SCHEME),
        ("http://a:b@files.example/", Refusal.CREDENTIALS),
    ],
)
async def test_each_redirect_is_checked_anew(
    http: EgressClient, server: TestServer, to: str, refusal: Refusal
) -> None:
    assert await _refusal(_fetch(http, _url(server, f"/redirect?to={to}"))) is refusal


async def test_three_redirects_are_followed_and_no_more(http: EgressClient, server: TestServer) -> None:
    assert await _fetch(http, _url(server, "/count/2")) == b"hello"
    assert await _refusal(_fetch(http, _url(server, "/count/3"))) is Refusal.REDIRECTS


async def test_credentials_stay_with_their_origin(http: EgressClient, server: TestServer) -> None:
    other = _url(server, "/echo", "mixed.example")
    headers = {"Authorization": "Bearer s3cret", "X-Kept": "yes"}
    async with http.get(_url(server, f"/redirect?to={other}"), headers=headers) as response:
        seen = (await response.read()).decode()
    assert "s3cret" not in seen
    assert "X-Kept: yes" in seen


async def test_a_body_is_posted_and_the_callers_host_header_is_not_taken(
    http: EgressClient, server: TestServer
) -> None:
    url = _url(server, "/echo")
    async with http.request("POST", url, body=b"{}", headers={"Host": "evil.example"}) as response:
        seen = (await response.read()).decode()
    assert seen.startswith("POST\n")
    assert seen.endswith("\n{}")
    assert "evil" not in seen


async def test_a_redirected_post_leaves_its_body_and_what_described_it(
    http: EgressClient, server: TestServer
) -> None:
    """The request that follows has no body, and still said that it was JSON."""
    url = _url(server, "/redirect?to=/echo")
    headers = {"Content-Type": "application/json", "X-Kept": "yes"}
    async with http.request("POST", url, body=b"{}", headers=headers) as response:
        seen = (await response.read()).decode()
    assert seen.startswith("GET\n")
    assert "application/json" not in seen
    assert "X-Kept: yes" in seen


async def test_a_body_longer_than_the_cap_ends_before_it_is_exceeded(
    http: EgressClient, server: TestServer
) -> None:
    got = bytearray()
    async with http.get(_url(server, "/long"), max_bytes=100_000) as response:
        with pytest.raises(TooLarge):
            await _collect(response, got)
    assert 0 < len(got) <= 100_000


async def test_a_body_of_exactly_the_cap_is_read(http: EgressClient, server: TestServer) -> None:
    assert await _fetch(http, _url(server, "/long"), len(ANSWER)) == ANSWER


async def test_an_announced_length_over_the_cap_is_refused_unread(
    http: EgressClient, server: TestServer
) -> None:
    with pytest.raises(TooLarge):
        await _fetch(http, _url(server, "/announced"), 1000)


@pytest.mark.parametrize("path", ["/packed", "/headers"])
async def test_an_answer_that_would_grow_is_not_read(
    http: EgressClient, server: TestServer, path: str
) -> None:
    with pytest.raises(EgressFailed):
        await _fetch(http, _url(server, path))


async def test_a_server_that_never_answers_ends_in_time(http: EgressClient, server: TestServer) -> None:
    with pytest.raises(EgressFailed, match="in time"):
        async with http.get(_url(server, "/silent"), timeout_s=0.01):
            pass


async def test_a_name_that_leads_nowhere_fails(http: EgressClient, server: TestServer) -> None:
    with pytest.raises(EgressFailed, match="Name or service not known"):
        await _fetch(http, _url(server, "/hello", "nowhere.example"))


async def test_an_answer_that_is_no_address_is_not_used(http: EgressClient, server: TestServer) -> None:
    assert await _refusal(_fetch(http, _url(server, "/hello", "odd.example"))) is Refusal.ADDRESS


async def test_a_client_is_used_within_its_context(names: Names) -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await _fetch(EgressClient(EgressConfig(), lookup=names), "http://files.example/")
