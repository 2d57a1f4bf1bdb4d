"""About people: WHO, WHOIS, WHOWAS, AWAY, SETNAME, ISON, USERHOST."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.channel import Channel
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.masks import matches
from bridge.playground.ircd.settings import AWAY_BYTES, REAL_NAME_BYTES
from bridge.playground.ircd.world import World, cut

_WHOX = re.compile(r"[^%]*%([a-z]+)(?:,([A-Za-z0-9]{1,3}))?")
_WHO_MOST = 500
_USERHOST_MOST = 5


def _who(world: World, client: Client, line: Line) -> None:
    mask = line.param(0) or "*"
    channel = world.channels.get(mask)
    if channel is not None:
        inside = client in channel.members
        found = [one for one in channel.members if inside or not one.invisible]
        found = found if channel.visible_to(client) else []
    else:
        found = [one for one in world.clients if one.registered and _who_matches(world, client, one, mask)]
    whox = _WHOX.fullmatch(line.param(1))
    for person in found[:_WHO_MOST]:
        if whox:
            world.reply(client, "354", *_whox_words(world, client, person, channel, whox))
        else:
            _say_who(world, client, person, channel)
    world.reply(client, "315", mask, "End of /WHO list.")


def _who_matches(world: World, client: Client, person: Client, mask: str) -> bool:
    if world.same(mask, person.nick):
        return True
    if person.invisible and person is not client and not person.channels & client.channels:
        return False
    texts = (person.nick, person.user, person.host, person.real_name)
    return any(matches(mask, text, world.settings.casemapping) for text in texts)


def _flags(client: Client, person: Client, channel: Channel | None) -> str:
    ranks = channel.symbols(person, all_ranks=client.has("multi-prefix")) if channel else ""
    return ("H" if person.away is None else "G") + ranks


def _say_who(world: World, client: Client, person: Client, channel: Channel | None) -> None:
    place = channel.name if channel else "*"
    flags = _flags(client, person, channel)
    words = (place, person.user, person.host, world.settings.name, person.nick, flags)
    world.reply(client, "352", *words, f"0 {person.real_name}")


def _whox_words(
    world: World, client: Client, person: Client, channel: Channel | None, asked: re.Match[str]
) -> list[str]:
    """Return the wanted fields in their fixed order.

    Spec: https://ircv3.net/specs/extensions/whox
    """
    idle_s = int((datetime.now(UTC) - person.spoke_at).total_seconds())
    values: Mapping[str, Callable[[], str]] = {
        "t": lambda: asked[2] or "0",
        "c": lambda: channel.name if channel else "*",
        "u": lambda: person.user,
        "i": lambda: "255.255.255.255",
        "h": lambda: person.host,
        "s": lambda: world.settings.name,
        "n": lambda: person.nick,
        "f": lambda: _flags(client, person, channel),
        "d": lambda: "0",
        "l": lambda: str(idle_s),
        "a": lambda: person.account or "0",
        "o": lambda: "n/a",
        "r": lambda: person.real_name,
    }
    return [value() for field, value in values.items() if field in asked[1]]


def _whois(world: World, client: Client, line: Line) -> None:
    nick = line.params[-1].split(",")[0]
    person = world.person(nick)
    if person is None:
        world.reply(client, "401", nick, "No such nick")
        world.reply(client, "318", nick, "End of /WHOIS list.")
        return
    world.reply(client, "311", person.nick, person.user, person.host, "*", person.real_name)
    seen = [one for one in person.channels if one.visible_to(client)]
    if seen:
        names = [one.symbols(person, all_ranks=client.has("multi-prefix")) + one.name for one in seen]
        world.reply(client, "319", person.nick, " ".join(names))
    world.reply(client, "312", person.nick, world.settings.name, world.settings.network)
    if person.account:
        world.reply(client, "330", person.nick, person.account, "is logged in as")
    if person.away is not None:
        world.reply(client, "301", person.nick, person.away)
    idle_s = int((datetime.now(UTC) - person.spoke_at).total_seconds())
    since = str(int(person.connected_at.timestamp()))
    world.reply(client, "317", person.nick, str(idle_s), since, "seconds idle, signon time")
    world.reply(client, "318", person.nick, "End of /WHOIS list.")


def _whowas(world: World, client: Client, line: Line) -> None:
    world.reply(client, "406", line.params[0], "There was no such nickname")
    world.reply(client, "369", line.params[0], "End of WHOWAS")


def _away(world: World, client: Client, line: Line) -> None:
    """Spec: https://ircv3.net/specs/extensions/away-notify"""
    client.away = cut(line.param(0), AWAY_BYTES) or None
    if client.away is None:
        world.reply(client, "305", "You are no longer marked as being away")
    else:
        world.reply(client, "306", "You have been marked as being away")
    words = [client.away] if client.away is not None else []
    world.tell(world.peers(client), client.line("AWAY", *words), capability="away-notify")


def _setname(world: World, client: Client, line: Line) -> None:
    """Spec: https://ircv3.net/specs/extensions/setname"""
    client.real_name = cut(line.params[0], REAL_NAME_BYTES)
    told = {client, *world.peers(client)}
    world.tell(told, client.line("SETNAME", client.real_name), capability="setname")


def _ison(world: World, client: Client, line: Line) -> None:
    asked = " ".join(line.params).split()
    people = [world.person(nick) for nick in asked]
    world.reply(client, "303", " ".join(one.nick for one in people if one))


def _userhost(world: World, client: Client, line: Line) -> None:
    people = [world.person(nick) for nick in line.params[:_USERHOST_MOST]]
    words = [
        f"{one.nick}={'-' if one.away is not None else '+'}{one.user}@{one.host}" for one in people if one
    ]
    world.reply(client, "302", " ".join(words))


COMMANDS = {
    "WHO": Command(_who),
    "WHOIS": Command(_whois, 1),
    "WHOWAS": Command(_whowas, 1),
    "AWAY": Command(_away),
    "SETNAME": Command(_setname, 1),
    "ISON": Command(_ison, 1),
    "USERHOST": Command(_userhost, 1),
}
