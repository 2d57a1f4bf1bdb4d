"""What the homeserver may push, and what it is answered."""

import hmac
import json
from collections.abc import AsyncIterator
from io import BytesIO
from types import SimpleNamespace

import orjson
import pytest
import pytest_asyncio

from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import Receipt, Typing
from tests.matrix.endpoint_world import TRANSACTIONS, Homeserver, endpoint_world


@pytest_asyncio.fixture
async def homeserver() -> AsyncIterator[Homeserver]:
    async with endpoint_world() as world:
        yield world


def event(event_id: str = "$1", **fields: object) -> dict[str, object]:
    return {"type": "m.room.message", "event_id": event_id, "room_id": "!r", "sender": "@a:b", **fields}


def transaction(*events: object, **fields: object) -> bytes:
    return json.dumps({"events": list(events), **fields}).encode()


def deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


# ------------------------------------------------------------------------------------ transactions


async def test_events_are_handed_over_in_their_order(homeserver: Homeserver) -> None:
    answer = await homeserver.push(transaction(event("$1"), event("$2", content={"body": "hi"})))

    assert (answer.status, await answer.json()) == (200, {})
    assert [(raw.event_id, raw.room_id) for raw in homeserver.recorder.events] == [("$1", "!r"), ("$2", "!r")]
    assert orjson.loads(homeserver.recorder.events[1].body)["content"] == {"body": "hi"}


async def test_the_path_without_prefix_works_too(homeserver: Homeserver) -> None:
    answer = await homeserver.call("PUT", "/transactions/7", data=transaction(event()))

    assert answer.status == 200
    assert len(homeserver.recorder.events) == 1


async def test_one_transaction_id_with_other_content_is_taken_again(homeserver: Homeserver) -> None:
    """A homeserver may count its transactions anew after a restart: the ID says nothing."""
    await homeserver.push(transaction(event("$1")))
    await homeserver.push(transaction(event("$2")))

    assert [raw.event_id for raw in homeserver.recorder.events] == ["$1", "$2"]


async def test_an_empty_transaction_is_fine(homeserver: Homeserver) -> None:
    assert (await homeserver.push(b"{}")).status == 200
    assert (await homeserver.push(b'{"events":[]}')).status == 200
    assert homeserver.recorder.events == []


async def test_a_store_that_refuses_makes_the_homeserver_try_again(homeserver: Homeserver) -> None:
    homeserver.recorder.store_down = True

    answer = await homeserver.push(transaction(event(), ephemeral=[typing()]))

    assert answer.status == 503
    assert (await answer.json())["errcode"] == "M_UNKNOWN"
    assert homeserver.recorder.signals == []


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "m.room.message", "room_id": "!r"},
        event(event_id=""),
        event(event_id="$" * 256),
        event(event_id="$a\0b"),
        {**event(), "event_id": 5},
        {**event(), "room_id": None},
        "text",
        7,
        None,
        [],
        {},
    ],
)
async def test_an_event_without_proper_names_is_kept_under_one_made_from_it(
    homeserver: Homeserver, odd: object
) -> None:
    answer = await homeserver.push(transaction(event("$1"), odd, event("$2")))

    first, malformed, last = homeserver.recorder.events
    assert answer.status == 200
    assert (first.event_id, last.event_id) == ("$1", "$2")
    assert malformed.event_id.startswith("$malformed-")
    assert orjson.loads(malformed.body) == odd


async def test_the_same_malformed_event_gets_the_same_name(homeserver: Homeserver) -> None:
    await homeserver.push(transaction({"x": 1}))
    await homeserver.push(transaction({"x": 1}))

    first, second = homeserver.recorder.events
    assert first.event_id == second.event_id


@pytest.mark.parametrize(
    "odd",
    [
        '{"event_id":"$odd","room_id":"!r","content":{"body":"half \\ud83d"}}',
        '{"event_id":"$odd","room_id":"!r","content":{"body":"quote \\" ] } \\ud83d"}}',
    ],
)
async def test_half_a_surrogate_pair_spoils_nothing(homeserver: Homeserver, odd: str) -> None:
    body = f'{{"events":[{json.dumps(event("$1"))},{odd},{json.dumps(event("$2"))}]}}'

    answer = await homeserver.push(body)

    assert answer.status == 200
    assert [raw.event_id for raw in homeserver.recorder.events] == ["$1", "$odd", "$2"]


@pytest.mark.parametrize("odd", [deep(1500), deep(150_000), "1e999", "NaN"])
async def test_an_event_that_no_reader_takes_spoils_only_itself(homeserver: Homeserver, odd: str) -> None:
    before = json.dumps(event("$1"))
    body = f'{{"x":"\\"events\\":[","events":[{before},{{"e":{odd}}},{json.dumps(event("$2"))}]}}'

    answer = await homeserver.push(body)

    names = [raw.event_id for raw in homeserver.recorder.events]
    assert answer.status == 200
    assert (names[0], names[2], len(names)) == ("$1", "$2", 3)
    assert names[1].startswith("$malformed-")


async def test_events_that_are_no_list_are_one_malformed_event(homeserver: Homeserver) -> None:
    answer = await homeserver.push(b'{"events":{"a":1}}')

    assert answer.status == 200
    assert homeserver.recorder.events[0].event_id.startswith("$malformed-")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b'{"events":[', b"not json"])
async def test_a_body_that_is_no_object_is_refused(homeserver: Homeserver, body: bytes) -> None:
    answer = await homeserver.push(body)

    assert (answer.status, (await answer.json())["errcode"]) == (400, "M_NOT_JSON")
    assert homeserver.recorder.events == []


async def test_numbers_beyond_matrix_survive(homeserver: Homeserver) -> None:
    await homeserver.push(transaction(event("$1", content={"float": 1.5, "big": 2**63})))

    content = orjson.loads(homeserver.recorder.events[0].body)["content"]
    assert content == {"float": 1.5, "big": 2**63}


async def test_a_full_transaction_of_large_events_is_taken(homeserver: Homeserver) -> None:
    """aiohttp's own limit of 1 MiB is below a full transaction."""
    large = [event(f"${number}", content={"body": "x" * 64_000}) for number in range(100)]

    answer = await homeserver.push(BytesIO(transaction(*large)))

    assert answer.status == 200
    assert len(homeserver.recorder.events) == 100


async def test_a_body_may_have_64_mib_and_no_more(homeserver: Homeserver) -> None:
    body = transaction(event("$1"))
    full = body + b" " * (64 * 2**20 - len(body))

    assert (await homeserver.push(BytesIO(full))).status == 200
    assert (await homeserver.push(BytesIO(full + b" "))).status == 413
    assert [raw.event_id for raw in homeserver.recorder.events] == ["$1"]


async def test_a_body_beyond_the_limit_is_refused() -> None:
    async with endpoint_world(max_body_bytes=1000) as homeserver:
        answer = await homeserver.push(b" " * 2000)

        assert (answer.status, (await answer.json())["errcode"]) == (413, "M_TOO_LARGE")


# ------------------------------------------------------------------------------------------- token


@pytest.mark.parametrize("token", [None, ""])
async def test_without_a_token_nobody_gets_in(homeserver: Homeserver, token: str | None) -> None:
    answer = await homeserver.push(transaction(event()), token=token)

    assert (answer.status, (await answer.json())["errcode"]) == (401, "M_MISSING_TOKEN")
    assert homeserver.recorder.events == []


@pytest.mark.parametrize("token", ["wrong", "the-homeserver-token2", "thé-token", "the-homeserver-toke"])
async def test_a_wrong_token_gets_nobody_in(homeserver: Homeserver, token: str) -> None:
    answer = await homeserver.push(transaction(event()), token=token)

    assert (answer.status, (await answer.json())["errcode"]) == (403, "M_FORBIDDEN")
    assert homeserver.recorder.events == []


async def test_a_token_is_compared_in_constant_time(
    homeserver: Homeserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything else would let its time tell how much of a guess is right."""
    compared: list[bytes] = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append(given)
        return hmac.compare_digest(given, expected)

    monkeypatch.setattr("bridge.matrix.endpoint.hmac", SimpleNamespace(compare_digest=compare))
    await homeserver.push(b"{}", token="the-homeserver-t")
    await homeserver.push(b"{}")

    assert compared == [b"the-homeserver-t", b"the-homeserver-token"]


async def test_a_token_in_the_address_is_refused(homeserver: Homeserver) -> None:
    path = f"{TRANSACTIONS}?access_token=the-homeserver-token"

    assert (await homeserver.call("PUT", path, token=None, data=b"{}")).status == 401


async def test_a_token_in_the_address_is_taken_where_an_admin_allows_it() -> None:
    async with endpoint_world(token_in_query=True) as homeserver:
        path = f"{TRANSACTIONS}?access_token=the-homeserver-token"

        assert (await homeserver.call("PUT", path, token=None, data=b"{}")).status == 200
        assert (await homeserver.call("PUT", path + "x", token=None, data=b"{}")).status == 403


@pytest.mark.parametrize(
    "path", ["/_matrix/app/v1/users/@a:b", "/rooms/x", "/_matrix/app/v1/thirdparty/user"]
)
async def test_queries_ask_for_the_token_too(homeserver: Homeserver, path: str) -> None:
    assert (await homeserver.call("GET", path, token=None)).status == 401
    assert (await homeserver.call("GET", path, token="wrong")).status == 403


# ----------------------------------------------------------------------------------------- signals


def typing(**fields: object) -> dict[str, object]:
    return {"type": "m.typing", "room_id": "!r", "content": {"user_ids": ["@a:b", 7]}, **fields}


@pytest.mark.parametrize("key", ["ephemeral", "de.sorunome.msc2409.ephemeral"])
async def test_receipts_and_typing_are_handed_over_and_not_stored(homeserver: Homeserver, key: str) -> None:
    receipt = {
        "type": "m.receipt",
        "room_id": "!r",
        "content": {"$1": {"m.read": {"@a:b": {"ts": 1}}, "m.read.private": {"@c:b": {}}}},
    }

    await homeserver.push(json.dumps({"events": [], key: [typing(), receipt]}))

    assert homeserver.recorder.events == []
    assert homeserver.recorder.signals == [
        Typing(room_id=RoomID("!r"), user_ids=(UserID("@a:b"),)),
        Receipt(room_id=RoomID("!r"), user_id=UserID("@a:b"), event_id=EventID("$1")),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        "x",
        5,
        {"a": 1},
        [None],
        [{"type": "m.receipt", "room_id": "!r", "content": {"$1": []}}],
        [typing(content=1)],
    ],
)
async def test_signals_of_any_shape_are_passed_over(homeserver: Homeserver, odd: object) -> None:
    answer = await homeserver.push(transaction(event(), ephemeral=odd))

    assert answer.status == 200
    assert homeserver.recorder.signals == []
    assert len(homeserver.recorder.events) == 1


# ----------------------------------------------------------------------------------------- queries


@pytest.mark.parametrize("prefix", ["", "/_matrix/app/v1"])
async def test_users_and_rooms_are_there_when_they_are_wanted(homeserver: Homeserver, prefix: str) -> None:
    homeserver.recorder.known = {"@_trunkline_a:b", "#_trunkline_irc_#c/d:b"}

    assert (await homeserver.call("GET", f"{prefix}/users/%40_trunkline_a%3Ab")).status == 200
    assert (await homeserver.call("GET", f"{prefix}/rooms/%23_trunkline_irc_%23c%2Fd%3Ab")).status == 200
    unknown = await homeserver.call("GET", f"{prefix}/users/@nobody:b")
    assert (unknown.status, (await unknown.json())["errcode"]) == (404, "M_NOT_FOUND")


async def test_a_query_that_cannot_be_answered_now_says_so(homeserver: Homeserver) -> None:
    homeserver.recorder.store_down = True

    assert (await homeserver.call("GET", "/rooms/x")).status == 503


async def test_ping_is_answered(homeserver: Homeserver) -> None:
    answer = await homeserver.call("POST", "/_matrix/app/v1/ping", json={"transaction_id": "x"})

    assert (answer.status, await answer.json()) == (200, {})


async def test_third_party_lookups_reach_their_port(homeserver: Homeserver) -> None:
    start = "/_matrix/app/v1/thirdparty"
    found = await homeserver.call("GET", f"{start}/location/irc?channel=%23python")

    assert await found.json() == [{"protocol": "irc", "fields": {"channel": "#python"}}]
    assert (await homeserver.call("GET", f"{start}/protocol/irc")).status == 200
    assert (await homeserver.call("GET", f"{start}/protocol/other")).status == 404
    assert (await homeserver.call("GET", f"{start}/user/irc?nick=a")).status == 200
    assert await (await homeserver.call("GET", f"{start}/user?userid=@a:b")).json() == [{"userid": "@a:b"}]
    assert await (await homeserver.call("GET", f"{start}/location?alias=%23a:b")).json() == [
        {"alias": "#a:b"}
    ]


async def test_what_is_not_there_is_said_in_matrix_own_form(homeserver: Homeserver) -> None:
    answer = await homeserver.call("GET", "/_matrix/app/v1/other")

    assert (answer.status, (await answer.json())["errcode"]) == (404, "M_UNRECOGNIZED")
