"""Channels from inside: JOIN, PART, KICK, TOPIC, NAMES, INVITE."""

from datetime import UTC, datetime
from itertools import zip_longest

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.channel import Channel, Topic
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.settings import CHANNELS, KICK_BYTES, TOPIC_BYTES
from bridge.playground.ircd.world import World, cut, is_channel_name

_NAMES_BYTES = 380


def find_own_channel(world: World, client: Client, name: str) -> Channel | None:
    """Return a channel that the client is in; else tell it why not."""
    channel = world.channels.get(name)
    if channel is None:
        world.reply(client, "403", name, "No such channel")
    elif client not in channel.members:
        world.reply(client, "442", name, "You're not on that channel")
    else:
        return channel
    return None


def may_operate(world: World, client: Client, channel: Channel) -> bool:
    """Say whether the client is the channel's operator; else tell it that it is not."""
    if channel.is_operator(client):
        return True
    world.reply(client, "482", channel.name, "You must be a channel operator")
    return False


# Coming.


def _join(world: World, client: Client, line: Line) -> None:
    if line.params[0] == "0":
        for channel in list(client.channels):
            _leave(world, client, channel, "Left all channels")
        return
    keys = line.param(1).split(",")
    names = [name for name in line.params[0].split(",") if name]
    for name, key in zip_longest(names, keys[: len(names)], fillvalue=""):
        _join_one(world, client, name, key)


def _join_one(world: World, client: Client, name: str, key: str) -> None:
    if not is_channel_name(name):
        world.reply(client, "403", name, "No such channel")
        return
    channel = world.channels.get(name)
    if channel is not None and client in channel.members:
        return
    if len(client.channels) >= CHANNELS:
        world.reply(client, "405", name, "You are on too many channels")
        return
    if channel is None:
        channel = Channel(name, datetime.now(UTC))
        world.channels[name] = channel
        rank = "o"
    else:
        refusal = _refusal(world, client, channel, key)
        if refusal is not None:
            world.reply(client, refusal[0], channel.name, refusal[1])
            return
        rank = ""
    world.join(channel, client, rank)
    _tell_of_join(world, client, channel)
    if channel.topic:
        _say_topic(world, client, channel)
    say_names(world, client, channel)


def _refusal(world: World, client: Client, channel: Channel, key: str) -> tuple[str, str] | None:
    invited = client in channel.invited
    if channel.key is not None and key != channel.key:
        return "475", "Cannot join channel (incorrect channel key)"
    if "i" in channel.flags and not invited:
        return "473", "Cannot join channel (invite only)"
    if channel.limit is not None and len(channel.members) >= channel.limit and not invited:
        return "471", "Cannot join channel (channel is full)"
    if channel.bans_client(client, world.settings.casemapping) and not invited:
        return "474", "Cannot join channel (you're banned)"
    return None


def _tell_of_join(world: World, client: Client, channel: Channel) -> None:
    """Spec: https://ircv3.net/specs/extensions/extended-join and away-notify"""
    plain = client.line("JOIN", channel.name)
    extended = client.line("JOIN", channel.name, client.account or "*", client.real_name)
    for member in list(channel.members):
        member.send(extended if member.has("extended-join") else plain)
    if client.away is not None:
        others = [member for member in channel.members if member is not client]
        world.tell(others, client.line("AWAY", client.away), capability="away-notify")


# Going.


def _part(world: World, client: Client, line: Line) -> None:
    for name in line.params[0].split(","):
        channel = find_own_channel(world, client, name)
        if channel is not None:
            _leave(world, client, channel, line.param(1))


def _leave(world: World, client: Client, channel: Channel, reason: str) -> None:
    words = [channel.name, reason] if reason else [channel.name]
    world.tell(channel.members, client.line("PART", *words))
    world.leave(channel, client)


def _kick(world: World, client: Client, line: Line) -> None:
    channel = find_own_channel(world, client, line.params[0])
    if channel is None or not may_operate(world, client, channel):
        return
    victim = world.person(line.params[1])
    if victim is None:
        world.reply(client, "401", line.params[1], "No such nick")
    elif victim not in channel.members:
        world.reply(client, "441", victim.nick, channel.name, "They are not on that channel")
    else:
        reason = cut(line.param(2), KICK_BYTES) or client.nick
        world.tell(channel.members, client.line("KICK", channel.name, victim.nick, reason))
        world.leave(channel, victim)


# The topic.


def _topic(world: World, client: Client, line: Line) -> None:
    if len(line.params) == 1:
        _ask_topic(world, client, line.params[0])
        return
    channel = find_own_channel(world, client, line.params[0])
    if channel is None or ("t" in channel.flags and not may_operate(world, client, channel)):
        return
    text = cut(line.params[1], TOPIC_BYTES)
    channel.topic = Topic(text, client.mask, datetime.now(UTC)) if text else None
    world.tell(channel.members, client.line("TOPIC", channel.name, text))


def _ask_topic(world: World, client: Client, name: str) -> None:
    channel = world.channels.get(name)
    if channel is None or not channel.visible_to(client):
        world.reply(client, "403", name, "No such channel")
    elif channel.topic is None:
        world.reply(client, "331", channel.name, "No topic is set.")
    else:
        _say_topic(world, client, channel)


def _say_topic(world: World, client: Client, channel: Channel) -> None:
    assert channel.topic is not None
    set_at = str(int(channel.topic.set_at.timestamp()))
    world.reply(client, "332", channel.name, channel.topic.text)
    world.reply(client, "333", channel.name, channel.topic.set_by, set_at)


# Names.


def _names(world: World, client: Client, line: Line) -> None:
    for name in (line.param(0) or "*").split(","):
        channel = world.channels.get(name)
        if channel is None or not channel.visible_to(client):
            world.reply(client, "366", name, "End of /NAMES list.")
        else:
            say_names(world, client, channel)


def say_names(world: World, client: Client, channel: Channel) -> None:
    """List the members, in as many lines as it takes.

    Spec: https://ircv3.net/specs/extensions/multi-prefix and userhost-in-names
    """
    symbol = "@" if "s" in channel.flags else "="
    text = ""
    for member in channel.members:
        if member.invisible and client not in channel.members:
            continue
        name = member.mask if client.has("userhost-in-names") else member.nick
        word = channel.symbols(member, all_ranks=client.has("multi-prefix")) + name
        if len(text) + len(word) > _NAMES_BYTES:
            world.reply(client, "353", symbol, channel.name, text)
            text = ""
        text = f"{text} {word}".strip()
    if text:
        world.reply(client, "353", symbol, channel.name, text)
    world.reply(client, "366", channel.name, "End of /NAMES list.")


# Inviting.


def _invite(world: World, client: Client, line: Line) -> None:
    channel = find_own_channel(world, client, line.params[1])
    if channel is None or ("i" in channel.flags and not may_operate(world, client, channel)):
        return
    guest = world.person(line.params[0])
    if guest is None:
        world.reply(client, "401", line.params[0], "No such nick")
        return
    if guest in channel.members:
        world.reply(client, "443", guest.nick, channel.name, "is already on channel")
        return
    channel.invited.add(guest)
    world.reply(client, "341", guest.nick, channel.name)
    if guest.away is not None:
        world.reply(client, "301", guest.nick, guest.away)
    invitation = client.line("INVITE", guest.nick, channel.name)
    guest.send(invitation)
    operators = [one for one in channel.members if channel.is_operator(one) and one is not client]
    world.tell(operators, invitation, capability="invite-notify")


COMMANDS = {
    "JOIN": Command(_join, 1),
    "PART": Command(_part, 1),
    "KICK": Command(_kick, 2),
    "TOPIC": Command(_topic, 1),
    "NAMES": Command(_names),
    "INVITE": Command(_invite, 2),
}
