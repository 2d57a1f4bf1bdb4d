"""A bridge of forty lines on mautrix-python, as its documentation leads one to write it.

python small_appservice.py CONFIG
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from mautrix.appservice import AppService
from mautrix.types import EventType, UserID

config = json.loads(Path(sys.argv[1]).read_text())
rooms = {room_id: tuple(place) for room_id, place in config["rooms"].items()}
lines: dict[str, asyncio.StreamWriter] = {}


async def from_matrix(event: Any) -> None:
    network, channel = rooms.get(event.room_id, ("", ""))
    if event.type == EventType.ROOM_MESSAGE and network in lines and not event.sender.startswith("@small"):
        name = event.sender[1:].partition(":")[0]
        lines[network].write(f"PRIVMSG {channel} :<{name}> {event.content.body}\r\n".encode())


async def from_irc(appservice: AppService, network: str, line: str) -> None:
    source, command, target, *rest = f"{line}   ".split(" ", 3)
    if source == "PING":
        lines[network].write(f"PONG {command}\r\n".encode())
    elif command == "001":
        for there, channel in rooms.values():
            if there == network:
                lines[network].write(f"JOIN {channel}\r\n".encode())
    elif command in ("PRIVMSG", "NOTICE") and (network, target) in rooms.values():
        room_id = next(room_id for room_id, place in rooms.items() if place == (network, target))
        ghost = appservice.intent.user(UserID(f"@small_{source[1:].partition('!')[0]}:localhost"))
        await ghost.send_text(room_id, rest[0].strip().removeprefix(":"))


async def stay_on_irc(appservice: AppService, network: str, port: int) -> None:
    while True:
        try:
            reader, lines[network] = await asyncio.open_connection("127.0.0.1", port)
            lines[network].write(b"NICK small\r\nUSER small 0 * :small\r\n")
            async for line in reader:
                await from_irc(appservice, network, line.decode().rstrip())
        except Exception:
            logging.exception("the connection to %s ended", network)
        lines.pop(network, None)
        await asyncio.sleep(1)


async def main() -> None:
    tokens = {"as_token": config["as_token"], "hs_token": config["hs_token"]}
    appservice = AppService(config["homeserver"], "localhost", id="small", bot_localpart="small", **tokens)
    appservice.matrix_event_handler(from_matrix)
    await appservice.start("127.0.0.1", config["port"])
    await asyncio.gather(*(stay_on_irc(appservice, name, port) for name, port in config["networks"].items()))


asyncio.run(main())
