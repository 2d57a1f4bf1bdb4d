"""Pushes transactions as a homeserver does, over connections that stay open, at the least cost of its own."""

import asyncio
import itertools
from collections.abc import Sequence
from time import perf_counter
from typing import Final, cast

_BODY: Final = "The quick brown fox jumps over the lazy dog while the bridge is looking the other way. " * 3
_EVENT: Final = (
    '{{"type":"m.room.message","room_id":"!bUzXCEZwcsLTOAfiUNQvLbVRnTuSkzqQhzYWvFQmnhI","sender":"@alice:localhost",'
    f'"content":{{{{"msgtype":"m.text","body":"{_BODY}","m.mentions":{{{{}}}}}}}},'
    '"origin_server_ts":1790000000000,"unsigned":{{"age":12}},"event_id":"$load{0:039d}",'
    '"user_id":"@alice:localhost","age":12}}'
)
_numbers: Final = itertools.count(1)


def transaction(size: int) -> bytes:
    """A body of ``size`` messages of about 600 bytes; no event ID comes twice in this process."""
    events = ",".join(_EVENT.format(next(_numbers)) for _ in range(size))
    return f'{{"events":[{events}],"ephemeral":[]}}'.encode()


class Pusher(asyncio.Protocol):
    """One connection to an appservice, with one transaction in flight."""

    def __init__(self, token: str) -> None:
        self._head = (
            "PUT /_matrix/app/v1/transactions/{} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n"
        )
        self._received = b""
        self._answered: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport

    @classmethod
    async def connect(cls, port: int, token: str) -> "Pusher":
        loop = asyncio.get_running_loop()
        _, pusher = await loop.create_connection(lambda: cls(token), "127.0.0.1", port)
        return pusher

    async def push(self, body: bytes) -> None:
        """Push one transaction and wait for its 200. Raises ``ConnectionError`` for any other answer."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(self._head.format(next(_numbers), len(body)).encode() + body)
        await self._answered

    def close(self) -> None:
        self._transport.close()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not of this class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        # Every receiver answers with a body of "{}".
        if not found or (head.startswith(b"HTTP/1.1 200") and len(body) < 2):
            return
        self._received = b""
        self._finish(None if head.startswith(b"HTTP/1.1 200") else ConnectionError(head.decode()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(ConnectionError("the receiver closed the connection"))

    def _finish(self, error: Exception | None) -> None:
        if self._answered is None or self._answered.done():
            return
        if error is None:
            self._answered.set_result(None)
        else:
            self._answered.set_exception(error)


async def flood(pushers: Sequence[Pusher], bodies: Sequence[bytes]) -> float:
    """Push all as fast as the answers come, one in flight on each connection. Returns the seconds."""
    waiting = iter(bodies)

    async def go(pusher: Pusher) -> None:
        for body in waiting:
            await pusher.push(body)

    began = perf_counter()
    await asyncio.gather(*(go(pusher) for pusher in pushers))
    return perf_counter() - began


async def pace(pusher: Pusher, *, per_second: float, seconds: float) -> list[float]:
    """Events arise evenly; those that arise while a transaction is in flight go into the next one together.

    Returns for each event how many seconds after it arose its transaction was answered.
    """
    count = int(per_second * seconds)
    times: list[float] = []
    done, began = 0, perf_counter()
    while done < count:
        due = min(count, int((perf_counter() - began) * per_second) + 1)
        if due == done:
            await asyncio.sleep(done / per_second - (perf_counter() - began))
            continue
        due = min(due, done + 100)
        await pusher.push(transaction(due - done))
        answered = perf_counter() - began
        times += [answered - number / per_second for number in range(done, due)]
        done = due
    return times
