"""About the server: ISUPPORT, MOTD, LUSERS, VERSION, TIME, LIST."""

from datetime import UTC, datetime

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd import settings as limits
from bridge.playground.ircd.channel import FLAG_MODES, KEY_MODES, LIMIT_MODES, LIST_MODES, RANKS
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.masks import matches
from bridge.playground.ircd.world import World

_TOKENS_PER_LINE = 12


def say_isupport(world: World, client: Client) -> None:
    """Announce limits and abilities.

    Spec: https://modern.ircdocs.horse/#rplisupport-005
    """
    tokens = (
        f"AWAYLEN={limits.AWAY_BYTES}",
        f"CASEMAPPING={world.settings.casemapping.value}",
        f"CHANLIMIT=#:{limits.CHANNELS}",
        f"CHANMODES={LIST_MODES},{KEY_MODES},{LIMIT_MODES},{FLAG_MODES}",
        f"CHANNELLEN={limits.CHANNEL_BYTES}",
        "CHANTYPES=#",
        "HOSTLEN=64",
        f"KICKLEN={limits.KICK_BYTES}",
        "LINELEN=512",
        f"MAXLIST={LIST_MODES}:{limits.BANS}",
        f"MAXTARGETS={limits.TARGETS}",
        f"MODES={limits.MODES_PER_LINE}",
        f"NAMELEN={limits.REAL_NAME_BYTES}",
        f"NETWORK={world.settings.network}",
        f"NICKLEN={limits.NICK_BYTES}",
        f"PREFIX=({''.join(RANKS)}){''.join(RANKS.values())}",
        f"STATUSMSG={''.join(RANKS.values())}",
        f"TARGMAX=JOIN:,KICK:1,NOTICE:{limits.TARGETS},PRIVMSG:{limits.TARGETS},TAGMSG:{limits.TARGETS}",
        f"TOPICLEN={limits.TOPIC_BYTES}",
        f"USERLEN={limits.USER_BYTES}",
        "WHOX",
        *_history_tokens(world),
    )
    for start in range(0, len(tokens), _TOKENS_PER_LINE):
        part = tokens[start : start + _TOKENS_PER_LINE]
        world.reply(client, "005", *part, "are supported by this server")


def _history_tokens(world: World) -> tuple[str, ...]:
    if "draft/chathistory" not in world.capabilities:
        return ()
    return (f"CHATHISTORY={limits.HISTORY_PAGE}", "MSGREFTYPES=msgid,timestamp")


def say_lusers(world: World, client: Client) -> None:
    people = [one for one in world.clients if one.registered]
    invisible = sum(one.invisible for one in people)
    visible, total = len(people) - invisible, len(people)
    world.reply(client, "251", f"There are {visible} users and {invisible} invisible on 1 servers")
    world.reply(client, "254", str(len(world.channels)), "channels formed")
    world.reply(client, "255", f"I have {total} clients and 0 servers")
    world.reply(client, "265", str(total), str(total), f"Current local users: {total}")
    world.reply(client, "266", str(total), str(total), f"Current global users: {total}")


def say_motd(world: World, client: Client) -> None:
    if not world.settings.motd:
        world.reply(client, "422", "MOTD File is missing")
        return
    world.reply(client, "375", f"{world.settings.name} message of the day")
    for line in world.settings.motd.splitlines():
        world.reply(client, "372", f"- {line}")
    world.reply(client, "376", "End of message of the day.")


def _list(world: World, client: Client, line: Line) -> None:
    wanted = [mask for mask in line.param(0).split(",") if mask]
    world.reply(client, "321", "Channel", "Users  Name")
    for channel in world.channels.values():
        chosen = not wanted or any(matches(mask, channel.name, world.settings.casemapping) for mask in wanted)
        if chosen and channel.visible_to(client):
            topic = channel.topic.text if channel.topic else ""
            world.reply(client, "322", channel.name, str(len(channel.members)), topic)
    world.reply(client, "323", "End of channel list.")


def _version(world: World, client: Client, _: Line) -> None:
    world.reply(client, "351", "playground-1", world.settings.name, world.settings.network)
    say_isupport(world, client)


def _time(world: World, client: Client, _: Line) -> None:
    world.reply(client, "391", world.settings.name, f"{datetime.now(UTC):%A %B %d %Y -- %H:%M:%S} UTC")


COMMANDS = {
    "MOTD": Command(lambda world, client, _: say_motd(world, client)),
    "LUSERS": Command(lambda world, client, _: say_lusers(world, client)),
    "VERSION": Command(_version),
    "TIME": Command(_time),
    "LIST": Command(_list),
}
