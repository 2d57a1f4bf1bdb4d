"""What tells the endpoint that a homeserver may have lost events."""

import asyncio
import json
from collections.abc import Sequence

import aiohttp
from aiohttp import web
from attrs import define, field

from bridge.config.secret import Secret
from bridge.matrix.endpoint import Endpoint
from bridge.matrix.ports import Signal
from bridge.model.matrix_events import RawEvent
from bridge.testing.clock import settle
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.matrix.endpoint_world import TOKEN, TRANSACTIONS, Homeserver, Recorder, endpoint_world

BODY = json.dumps({"events": [{"event_id": "$1", "room_id": "!r"}]}).encode()


@define
class Doubts:
    told: list[str] = field(factory=list)
    news: asyncio.Event = field(factory=asyncio.Event)

    def __call__(self, why: str) -> None:
        self.told.append(why)
        self.news.set()


@define
class SlowSink:
    """Takes events when it is let."""

    entered: asyncio.Event = field(factory=asyncio.Event)
    go: asyncio.Event = field(factory=asyncio.Event)

    async def accept(self, events: Sequence[RawEvent]) -> None:
        self.entered.set()
        await self.go.wait()

    def ephemeral(self, signals: Sequence[Signal]) -> None:
        """Nobody waits for these."""


async def push(homeserver: Homeserver, *numbers: int, token: str = TOKEN) -> None:
    for number in numbers:
        await homeserver.call("PUT", f"/_matrix/app/v1/transactions/{number}", token=token, data=BODY)


async def test_transactions_in_order_raise_no_doubt() -> None:
    doubts = Doubts()
    async with endpoint_world(doubt=doubts) as homeserver:
        await push(homeserver, 1, 2, 2, 3)
    assert doubts.told == []


async def test_a_homeserver_that_counts_anew_is_doubted() -> None:
    doubts = Doubts()
    async with endpoint_world(doubt=doubts) as homeserver:
        await push(homeserver, 8, 1, 2)
    assert doubts.told == ["the homeserver counts its transactions anew"]


async def test_a_transaction_that_is_left_out_is_missed() -> None:
    """Synapse wrote one down while it ended its catching up, and brought only those behind it: a message came
    two minutes late, behind newer ones of its sender."""
    doubts = Doubts()
    async with endpoint_world(doubt=doubts) as homeserver:
        await push(homeserver, 8, 10, 11)
    assert doubts.told == ["the homeserver left out a transaction"]


async def test_strangers_raise_no_doubt() -> None:
    doubts = Doubts()
    async with endpoint_world(doubt=doubts) as homeserver:
        await push(homeserver, 8, 1, token="wrong")
    assert doubts.told == []


async def test_a_homeserver_that_hangs_up_during_a_transaction_is_doubted() -> None:
    doubts, sink, nobody = Doubts(), SlowSink(), Recorder()
    endpoint = Endpoint(
        hs_token=Secret(TOKEN), sink=sink, rooms=nobody, users=nobody, third_party=nobody, doubt=doubts
    )
    # A test server would cancel the request of a client that is gone; the real one does not.
    runner = web.AppRunner(endpoint.application())
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, LOOPBACK, port).start()
    async with aiohttp.ClientSession() as session:
        url = f"http://{LOOPBACK}:{port}{TRANSACTIONS}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        pushing = asyncio.create_task(session.put(url, data=BODY, headers=headers).__aenter__())
        await sink.entered.wait()
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
    # The connection is closed; now the server's side of it is told.
    await settle()
    sink.go.set()
    await doubts.news.wait()
    await runner.cleanup()
    assert doubts.told == ["the homeserver hung up during a transaction"]
