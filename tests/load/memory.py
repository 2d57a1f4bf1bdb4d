"""How much memory an idle bridge holds.

python -m tests.load.memory [--json FILE]
"""

import asyncio
from typing import Final

from bridge.testing.servers import Ngircd, Synapse
from bridge.testing.servers.ports import LOOPBACK, free_port
from tests.load.procs import cpu_s, peak_rss_mb, rss_mb, settled
from tests.load.programs import Trunkline
from tests.load.tables import Table, measure_and_show

_IDLE_S: Final = 10.0


async def measure() -> list[Table]:
    """``trunkline run`` on SQLite with one IRC network, connected and left alone."""
    table = Table(
        "Trunkline idle, one IRC network, SQLite",
        ["resident MB", "most it ever held, MB", "processor time in ten idle seconds, ms"],
    )
    port = free_port()
    async with Ngircd() as ngircd:
        network = {"type": "irc", "host": ngircd.host, "port": ngircd.port, "tls": False}
        bridge = Trunkline(f"http://{LOOPBACK}:{port}", {"ng": network})
        synapse = Synapse([bridge.place.registration])
        synapse.port = port
        async with synapse, bridge:
            await asyncio.sleep(3.0)
            await settled(bridge.pid)
            before = cpu_s(bridge.pid)
            await asyncio.sleep(_IDLE_S)
            spent_ms = (cpu_s(bridge.pid) - before) * 1000
            table.rows.append([rss_mb(bridge.pid), peak_rss_mb(bridge.pid), spent_ms])
    return [table]


if __name__ == "__main__":
    measure_and_show(measure, __doc__)
