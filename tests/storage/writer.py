"""A process that stores events and says so, until it is killed: see ``test_crash``."""

import asyncio
import os
import sys

from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from tests.storage.builders import NOW, arrival, plan, portal, raw


async def main(place: str) -> None:
    opened = await open_store(place, SecretKey(b"k" * 32))
    lane = (await opened.stores.portals.create_portal(portal())).lane

    async def write(writer: int) -> None:
        for number in range(1_000_000):
            name = f"${writer}x{number}"
            await opened.stores.inbox.accept([raw(name)], NOW)
            _say(f"inbox {name}")
            await opened.stores.ledger.plan(plan(lane, name), inbox_seq=None, at=NOW)
            _say(f"ledger {name}")
            await opened.stores.arrivals.add([arrival(lane, name, key=name)])
            _say(f"arrivals {name}")

    await asyncio.gather(*(write(writer) for writer in range(10)))


def _say(line: str) -> None:
    # One system call: what was said was said, however the process ends.
    os.write(sys.stdout.fileno(), line.encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
