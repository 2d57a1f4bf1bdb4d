"""MODE: reading and changing the modes of channels and of oneself."""

from collections import deque
from datetime import UTC, datetime

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.channel import FLAG_MODES, RANKS, Ban, Channel
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.channels import may_operate
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.masks import complete
from bridge.playground.ircd.settings import BANS, MODES_PER_LINE
from bridge.playground.ircd.world import World

_KEY_CHARACTERS = 32

#: a change that took place: sign, letter, and argument (empty without one)
_Change = tuple[str, str, str]


def _mode(world: World, client: Client, line: Line) -> None:
    target = line.params[0]
    if not target.startswith("#"):
        _own_mode(world, client, line)
        return
    channel = world.channels.get(target)
    if channel is None:
        world.reply(client, "403", target, "No such channel")
    elif len(line.params) == 1:
        world.reply(client, "324", channel.name, *channel.mode_words(with_key=client in channel.members))
        world.reply(client, "329", channel.name, str(int(channel.made_at.timestamp())))
    elif line.params[1] in ("b", "+b") and len(line.params) == 2:
        _say_bans(world, client, channel)
    elif may_operate(world, client, channel):
        changes = _change_all(world, client, channel, line)
        if changes:
            world.tell(channel.members, client.line("MODE", channel.name, *_written(changes)))


def _own_mode(world: World, client: Client, line: Line) -> None:
    if not world.same(line.params[0], client.nick):
        world.reply(client, "502", "Can't change mode for other users")
    elif len(line.params) == 1:
        world.reply(client, "221", "+i" if client.invisible else "+")
    elif line.params[1] in ("+i", "-i"):
        client.invisible = line.params[1] == "+i"
        client.send(client.line("MODE", client.nick, line.params[1]))
    else:
        world.reply(client, "501", "Unknown mode flag")


def _say_bans(world: World, client: Client, channel: Channel) -> None:
    for ban in channel.bans:
        set_at = str(int(ban.set_at.timestamp()))
        world.reply(client, "367", channel.name, ban.mask, ban.set_by, set_at)
    world.reply(client, "368", channel.name, "End of channel ban list")


def _change_all(world: World, client: Client, channel: Channel, line: Line) -> list[_Change]:
    arguments = deque(line.params[2:])
    changes: list[_Change] = []
    sign = "+"
    for letter in line.params[1]:
        if letter in "+-":
            sign = letter
        elif len(changes) < MODES_PER_LINE:
            change = _change(world, client, channel, sign, letter, arguments)
            changes += [change] if change is not None else []
    return changes


def _change(
    world: World, client: Client, channel: Channel, sign: str, letter: str, arguments: deque[str]
) -> _Change | None:
    """Make one change and return it; None when it changed nothing."""
    on = sign == "+"
    if letter in FLAG_MODES:
        return _change_flag(channel, sign, letter)
    if letter == "l":
        return _change_limit(channel, arguments.popleft() if on and arguments else "", on=on)
    if letter not in RANKS and letter not in "kb":
        world.reply(client, "472", letter, "is not a recognised channel mode.")
        return None
    if not arguments:
        return None
    argument = arguments.popleft()
    if letter in RANKS:
        return _change_rank(world, client, channel, (sign, letter, argument))
    if letter == "k":
        return _change_key(channel, argument, on=on)
    return _change_ban(client, channel, complete(argument), on=on)


def _change_flag(channel: Channel, sign: str, letter: str) -> _Change | None:
    if (letter in channel.flags) == (sign == "+"):
        return None
    channel.flags ^= {letter}
    return sign, letter, ""


def _change_limit(channel: Channel, argument: str, *, on: bool) -> _Change | None:
    if not on:
        had, channel.limit = channel.limit, None
        return ("-", "l", "") if had is not None else None
    if not argument.isascii() or not argument.isdecimal() or len(argument) > 6 or int(argument) == 0:
        return None
    channel.limit = int(argument)
    return "+", "l", str(channel.limit)


def _change_key(channel: Channel, argument: str, *, on: bool) -> _Change | None:
    if on:
        key = argument[:_KEY_CHARACTERS]
        if not key or " " in key or "," in key or key.startswith(":"):
            return None
        channel.key = key
        return "+", "k", key
    if argument not in (channel.key, "*") or channel.key is None:
        return None
    channel.key = None
    return "-", "k", argument


def _change_rank(world: World, client: Client, channel: Channel, change: _Change) -> _Change | None:
    sign, letter, nick = change
    person = world.person(nick)
    if person is None:
        world.reply(client, "401", nick, "No such nick")
        return None
    if person not in channel.members:
        world.reply(client, "441", person.nick, channel.name, "They are not on that channel")
        return None
    changed = channel.set_rank(person, letter, on=sign == "+")
    return (sign, letter, person.nick) if changed else None


def _change_ban(client: Client, channel: Channel, mask: str, *, on: bool) -> _Change | None:
    standing = next((ban for ban in channel.bans if ban.mask.lower() == mask.lower()), None)
    if on == (standing is not None) or " " in mask or mask.startswith(":"):
        return None
    if standing is not None:
        channel.bans.remove(standing)
    elif len(channel.bans) < BANS:
        channel.bans.append(Ban(mask, client.nick, datetime.now(UTC)))
    else:
        return None
    return "+" if on else "-", "b", mask


def _written(changes: list[_Change]) -> list[str]:
    letters, sign = "", ""
    for change in changes:
        letters += change[1] if change[0] == sign else change[0] + change[1]
        sign = change[0]
    return [letters, *(argument for _, _, argument in changes if argument)]


COMMANDS = {"MODE": Command(_mode, 1)}
