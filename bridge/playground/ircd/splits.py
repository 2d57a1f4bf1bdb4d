"""A netsplit and its healing, as those see it who stay: the torn away quit in a batch, and join again in one.

Whoever is torn away keeps their connection and is in no channel meanwhile, as if they were on another server.

Spec: https://ircv3.net/specs/batches/netsplit
"""

import secrets
from collections.abc import Iterable

from attrs import evolve, field, frozen

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.channel import Channel
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.world import World


@frozen
class Split:
    """Who was torn away, and with which rank they were in which channels."""

    servers: tuple[str, str]
    torn: dict[Client, dict[str, str]] = field(factory=dict)


def tear(world: World, clients: Iterable[Client], servers: tuple[str, str]) -> Split:
    """Tear clients away from all the others."""
    split = Split(servers)
    torn = list(clients)
    told = {client: world.peers(client) - set(torn) for client in torn}
    _tell(
        world,
        "netsplit",
        servers,
        [(client.line("QUIT", " ".join(servers)), told[client]) for client in torn],
    )
    for client in torn:
        split.torn[client] = {channel.name: channel.members[client] for channel in client.channels}
        for channel in list(client.channels):
            world.leave(channel, client)
        del world.nicks[client.nick]
    return split


def heal(world: World, split: Split) -> None:
    """Bring back those who are still connected and whose nick nobody has taken."""
    back = [client for client in split.torn if client in world.clients and client.nick not in world.nicks]
    lines: list[tuple[Line, set[Client]]] = []
    for client in back:
        world.nicks[client.nick] = client
        for name, rank in split.torn[client].items():
            channel = world.channels.setdefault(name, Channel(name, world.started_at))
            lines.append((client.line("JOIN", channel.name), set(channel.members) - set(back)))
            world.join(channel, client, rank)
    _tell(world, "netjoin", split.servers, lines)


def _tell(
    world: World, kind: str, servers: tuple[str, str], lines: Iterable[tuple[Line, set[Client]]]
) -> None:
    """Give each client the lines that are for it, in one batch."""
    by_receiver: dict[Client, list[Line]] = {}
    for line, receivers in lines:
        for receiver in receivers:
            by_receiver.setdefault(receiver, []).append(line)
    for receiver, own in by_receiver.items():
        name = secrets.token_hex(6)
        if receiver.has("batch"):
            world.send(receiver, "BATCH", f"+{name}", kind, *servers)
        for line in own:
            receiver.send(evolve(line, tags={**line.tags, "batch": name}))
        if receiver.has("batch"):
            world.send(receiver, "BATCH", f"-{name}")
