"""Whatever is thrown at the private listener, chat goes on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO

import aiohttp
import pytest
import pytest_asyncio

from bridge.matrix.registration import read_registration
from tests.e2e.stack import Stack
from tests.e2e.talkers import Meeting, Talkers


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def here(stack: Stack) -> AsyncIterator[Meeting]:
    talkers = Talkers(stack)
    yield await talkers.meet("insp")
    await talkers.close()


async def push(stack: Stack, body: bytes, *, header: str | None = None, txn: str = "1") -> int:
    """Push a transaction, with the homeserver's own token if no other header is given; returns the status."""
    registration = read_registration(stack.place.registration.read_text())
    headers = {"Authorization": header or f"Bearer {registration.hs_token.reveal()}"}
    url = f"http://127.0.0.1:{stack.place.port}/_matrix/app/v1/transactions/{txn}"
    async with (
        aiohttp.ClientSession() as session,
        session.put(url, data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status


async def goes_on(here: Meeting) -> None:
    since_irc, since_matrix = here.ann.mark(), here.alice.mark()
    await here.alice.say(here.room, "still here?")
    await here.ann.wait_for_text("still here?", since=since_irc)
    here.ann.say(here.channel, "yes")
    await here.alice.wait_for_message("yes", since=since_matrix)


def event(**fields: object) -> dict[str, object]:
    """A message in the room ``ROOM`` by ``@eve``, with some fields otherwise."""
    made: dict[str, object] = {
        "type": "m.room.message",
        "event_id": "$hostile",
        "room_id": "ROOM",
        "sender": "@eve:localhost",
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": "hostile"},
    }
    return {**made, **fields}


def transaction(*events: object) -> bytes:
    return json.dumps({"events": list(events)}).encode()


@pytest.mark.parametrize(("header", "status"), [("Basic x", 401), ("Bearer wrong", 403), ("Bearer ", 401)])
async def test_who_has_not_the_token_is_not_heard(
    stack: Stack, here: Meeting, header: str, status: int
) -> None:
    forged = transaction(event(room_id=here.room, sender=here.alice.user_id))

    assert await push(stack, forged, header=header) == status

    await goes_on(here)
    assert not any("hostile" in text for text in here.ann.messages(here.channel))


async def test_a_body_beyond_all_measure_is_not_taken(stack: Stack, here: Meeting) -> None:
    # The listener may hang up while there is still something to be said.
    with suppress(aiohttp.ClientError):
        assert await push(stack, b" " * (65 << 20)) == 413

    await goes_on(here)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"events": [', b"[" * 100_000])
async def test_what_is_no_transaction_is_refused(stack: Stack, here: Meeting, body: bytes) -> None:
    assert await push(stack, body) == 400

    await goes_on(here)


HOSTILE: dict[str, bytes] = {
    "no events": transaction(),
    "events that are none": transaction(None, 1, "x", [], {}, True),
    "events of another type": b'{"events": {"a": 1}}',
    "wrong types everywhere": transaction(
        event(event_id=1), event(room_id=None), event(sender=[]), event(content="x"), event(type={})
    ),
    "wrong types in the content": transaction(
        event(event_id="$h1", content={"msgtype": 1, "body": []}),
        event(event_id="$h2", content={"msgtype": "m.text", "body": "x", "m.relates_to": "x"}),
        event(event_id="$h3", content={"msgtype": "m.image", "body": "x", "url": 7, "info": []}),
        event(event_id="$h4", type="m.reaction", content={"m.relates_to": {"event_id": []}}),
        event(event_id="$h5", type="m.room.redaction", redacts=7),
    ),
    "a depth without end": b'{"events": [{"event_id": "$deep", "room_id": "!r:x", "content": '
    + b'{"a":' * 5000
    + b"1"
    + b"}" * 5000
    + b"}]}",
    "lone surrogates": b'{"events": [{"type": "m.room.message", "event_id": "$sur", "room_id": "ROOM", '
    b'"sender": "@eve:localhost", "origin_server_ts": 1, '
    b'"content": {"msgtype": "m.text", "body": "a\\ud800b \\udfff"}}]}',
    "64 KiB of words": transaction(
        event(event_id="$big", content={"msgtype": "m.text", "body": "x" * 65_000})
    ),
    "numbers without measure": b'{"events": [{"type": "m.room.message", "event_id": "$num", '
    b'"room_id": "ROOM", "sender": "@eve:localhost", "origin_server_ts": 1e400, '
    b'"content": {"body": 123456789012345678901}}]}',
    "a room version nobody knows": transaction(
        event(
            event_id="$create",
            type="m.room.create",
            state_key="",
            content={"room_version": "org.example.unheard-of"},
        ),
        event(event_id="$power", type="m.room.power_levels", state_key="", content={"users": "everybody"}),
    ),
    "names with NUL and line ends": transaction(
        event(event_id="$nul\0", sender="@a\r\nQUIT:localhost", room_id="!\0:x")
    ),
    "deep HTML": transaction(
        event(
            event_id="$html",
            content={
                "msgtype": "m.text",
                "body": "x",
                "format": "org.matrix.custom.html",
                "formatted_body": "<b>" * 10_000 + "x",
            },
        )
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_events_are_set_aside(stack: Stack, here: Meeting, name: str) -> None:
    body = HOSTILE[name].replace(b"ROOM", here.room.encode())

    assert await push(stack, body, txn=name.replace(" ", "-")) == 200

    await goes_on(here)


async def test_a_good_event_beside_hostile_ones_crosses(stack: Stack, here: Meeting) -> None:
    good = event(
        event_id="$good",
        room_id=here.room,
        sender=here.alice.user_id,
        content={"msgtype": "m.text", "body": "ok"},
    )

    assert await push(stack, transaction(None, {"event_id": 3}, good, "x")) == 200

    assert (await here.ann.wait_for_text("> ok")).text == f"<{here.alice_name}> ok"


async def test_an_event_that_comes_twice_is_said_once(stack: Stack, here: Meeting) -> None:
    twice = event(
        event_id="$twice",
        room_id=here.room,
        sender=here.alice.user_id,
        content={"msgtype": "m.text", "body": "only once"},
    )

    statuses = await asyncio.gather(
        *(push(stack, transaction(twice, twice), txn=f"t{number}") for number in range(3))
    )
    await goes_on(here)

    assert statuses == [200] * 3
    assert sum("only once" in text for text in here.ann.messages(here.channel)) == 1
