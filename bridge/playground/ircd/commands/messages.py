"""Speaking: PRIVMSG, NOTICE and TAGMSG.

Spec: https://ircv3.net/specs/extensions/message-tags and echo-message
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import frozen

from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.tags import is_valid_key
from bridge.playground.ircd.channel import RANKS
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.settings import TARGETS
from bridge.playground.ircd.world import World


@frozen
class _Audience:
    """Who hears a message, and the target as they see it."""

    target: str
    receivers: Iterable[Client]


def _privmsg(world: World, client: Client, line: Line) -> None:
    _speak(world, client, line, silent=False)


def _notice(world: World, client: Client, line: Line) -> None:
    # A notice is never answered, not even with an error: RFC 1459, section 4.4.2.
    _speak(world, client, line, silent=True)


def _speak(world: World, client: Client, line: Line, *, silent: bool) -> None:
    if not line.param(0):
        world.reply(client, "411", f"No recipient given ({line.command})")
        return
    if not line.param(1):
        world.reply(client, "412", "No text to send")
        return
    client.spoke_at = datetime.now(UTC)
    for target in line.params[0].split(",")[:TARGETS]:
        _send_to(world, client, line, target, silent=silent)


def _tagmsg(world: World, client: Client, line: Line) -> None:
    if not client.has("message-tags"):
        world.reply(client, "421", line.command, "Unknown command")
        return
    for target in line.params[0].split(",")[:TARGETS]:
        _send_to(world, client, line, target, silent=False)


def _send_to(world: World, client: Client, line: Line, target: str, *, silent: bool) -> None:
    audience = _audience(world, client, target, silent=silent)
    if audience is None:
        return
    tags = {key: value for key, value in line.tags.items() if _may_travel(key, value)}
    tags["msgid"] = world.new_message_id()
    said = client.line(line.command, audience.target, *line.params[1:2], tags=tags)
    needed = "message-tags" if line.command == "TAGMSG" else None
    if audience.target.startswith("#") and line.command != "TAGMSG":
        world.history.keep(audience.target, said)
    # Who writes to their own nick is a receiver like any other, and gets an echo besides.
    world.tell(audience.receivers, said, capability=needed)
    if client.has("echo-message"):
        client.send(said)


def _may_travel(key: str, value: str) -> bool:
    # Our writer refuses line ends even where a tag could hide them: such a tag stays behind.
    return key.startswith("+") and is_valid_key(key) and not any(one in value for one in "\r\n")


def _audience(world: World, client: Client, target: str, *, silent: bool) -> _Audience | None:
    bare = target.lstrip("".join(RANKS.values()))
    if bare.startswith("#"):
        return _channel_audience(world, client, target, bare)
    person = world.person(target)
    if person is None:
        world.reply(client, "401", target, "No such nick")
        return None
    if person.away is not None and not silent:
        world.reply(client, "301", person.nick, person.away)
    return _Audience(person.nick, [person])


def _channel_audience(world: World, client: Client, target: str, bare: str) -> _Audience | None:
    channel = world.channels.get(bare)
    if channel is None:
        world.reply(client, "403", bare, "No such channel")
        return None
    if channel.refuses_message_of(client, world.settings.casemapping):
        world.reply(client, "404", channel.name, "Cannot send to channel")
        return None
    symbols = target[: len(target) - len(bare)]
    if not symbols:
        return _Audience(channel.name, [member for member in channel.members if member is not client])
    # A symbol stands for its rank and every mightier one.
    ranks = list(RANKS)
    lowest = max(ranks.index(rank) for rank in RANKS if RANKS[rank] in symbols)
    heard = set(ranks[: lowest + 1])
    receivers = [one for one, rank in channel.members.items() if heard & set(rank) and one is not client]
    return _Audience(f"{symbols[0]}{channel.name}", receivers)


COMMANDS = {
    "PRIVMSG": Command(_privmsg),
    "NOTICE": Command(_notice),
    "TAGMSG": Command(_tagmsg, 1),
}
