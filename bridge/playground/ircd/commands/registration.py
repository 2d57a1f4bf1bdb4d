"""Arriving and leaving: CAP, AUTHENTICATE, PASS, NICK, USER, PING, PONG, QUIT."""

import binascii
import hmac
import re
from base64 import b64decode

from bridge.networks.irc.protocol.line import Line
from bridge.playground.ircd.capabilities import as_list
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands.command import Command
from bridge.playground.ircd.commands.information import say_isupport, say_lusers, say_motd
from bridge.playground.ircd.settings import NICK_BYTES, REAL_NAME_BYTES, USER_BYTES
from bridge.playground.ircd.world import World, cut

_NICK = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_USER_FORBIDDEN = re.compile(r"[^A-Za-z0-9._~\[\]\\`^{|}-]")
_CAP_LINE_BYTES = 400
_SASL_CHUNK = 400
_SASL_MAX = 4000


def _pass(world: World, client: Client, line: Line) -> None:
    if client.registered:
        world.reply(client, "462", "You may not reregister")
    else:
        client.password = line.params[0]


def _nick(world: World, client: Client, line: Line) -> None:
    nick = line.param(0)
    if not nick:
        world.reply(client, "431", "No nickname given")
        return
    if not _NICK.fullmatch(nick) or len(nick) > NICK_BYTES:
        world.reply(client, "432", nick, "Erroneous nickname")
        return
    holder = world.nicks.get(nick)
    if holder not in (None, client):
        world.reply(client, "433", nick, "Nickname is already in use")
        return
    if client.registered and nick != client.nick:
        world.tell({client, *world.peers(client)}, client.line("NICK", nick))
    if client.nick:
        world.nicks.pop(client.nick, None)
    client.nick = nick
    world.nicks[nick] = client
    _greet_when_complete(world, client)


def _user(world: World, client: Client, line: Line) -> None:
    if client.registered:
        world.reply(client, "462", "You may not reregister")
        return
    client.user = cut(_USER_FORBIDDEN.sub("", line.params[0]) or "user", USER_BYTES)
    client.real_name = cut(line.params[3], REAL_NAME_BYTES) or client.user
    _greet_when_complete(world, client)


def _greet_when_complete(world: World, client: Client) -> None:
    if client.registered or client.negotiating or not client.nick or not client.user:
        return
    wanted = world.settings.password
    if wanted is not None and not hmac.compare_digest((client.password or "").encode(), wanted.encode()):
        world.reply(client, "464", "Password incorrect")
        client.close("Bad password")
        return
    client.registered = True
    name, network = world.settings.name, world.settings.network
    world.reply(client, "001", f"Welcome to the {network} IRC network, {client.mask}")
    world.reply(client, "002", f"Your host is {name}, running version playground-1")
    world.reply(client, "003", f"This server was created {world.started_at:%Y-%m-%d %H:%M:%S} UTC")
    world.reply(client, "004", name, "playground-1", "i", "biklmnostv", "bklov")
    say_isupport(world, client)
    say_lusers(world, client)
    say_motd(world, client)


# CAP. Spec: https://ircv3.net/specs/extensions/capability-negotiation


def _cap(world: World, client: Client, line: Line) -> None:
    word = line.params[0].upper()
    deed = _CAP_WORDS.get(word)
    if deed is None:
        world.reply(client, "410", line.params[0], "Invalid CAP command")
    else:
        deed(world, client, line)


def _cap_ls(world: World, client: Client, line: Line) -> None:
    client.negotiating = not client.registered
    version = line.param(1)
    client.cap_version = max(client.cap_version, int(version) if version.isdecimal() else 301)
    modern = client.cap_version >= 302
    if modern and "cap-notify" in world.capabilities:
        client.capabilities.add("cap-notify")
    words = as_list(world.capabilities, with_values=modern)
    *before, last = _packed(words) if modern else [" ".join(words)]
    for text in before:
        world.reply(client, "CAP", "LS", "*", text)
    world.reply(client, "CAP", "LS", last)


def _cap_list(world: World, client: Client, _: Line) -> None:
    world.reply(client, "CAP", "LIST", " ".join(sorted(client.capabilities)))


def _cap_req(world: World, client: Client, line: Line) -> None:
    client.negotiating = not client.registered
    words = line.param(1).split()
    names = {word.removeprefix("-") for word in words}
    known = names <= world.capabilities.keys()
    if not known:
        world.reply(client, "CAP", "NAK", line.param(1))
        return
    for word in words:
        if word.startswith("-"):
            client.capabilities.discard(word[1:])
        else:
            client.capabilities.add(word)
    world.reply(client, "CAP", "ACK", line.param(1))


def _cap_end(world: World, client: Client, _: Line) -> None:
    client.negotiating = False
    _greet_when_complete(world, client)


_CAP_WORDS = {"LS": _cap_ls, "LIST": _cap_list, "REQ": _cap_req, "END": _cap_end}


def _packed(words: list[str]) -> list[str]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) >= _CAP_LINE_BYTES:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# SASL PLAIN. Spec: https://ircv3.net/specs/extensions/sasl-3.2 and RFC 4616


def _authenticate(world: World, client: Client, line: Line) -> None:
    word = line.params[0]
    if not client.has("sasl") or "sasl" not in world.capabilities:
        world.reply(client, "904", "SASL authentication failed")
    elif word == "*":
        client.sasl_text = None
        world.reply(client, "906", "SASL authentication aborted")
    elif client.sasl_text is None:
        _begin_sasl(world, client, word)
    elif len(word) > _SASL_CHUNK or len(client.sasl_text) > _SASL_MAX:
        client.sasl_text = None
        world.reply(client, "905", "SASL message too long")
    else:
        client.sasl_text += "" if word == "+" else word
        if len(word) < _SASL_CHUNK:
            _finish_sasl(world, client)


def _begin_sasl(world: World, client: Client, mechanism: str) -> None:
    if mechanism.upper() != "PLAIN":
        world.reply(client, "908", "PLAIN", "are available SASL mechanisms")
        world.reply(client, "904", "SASL authentication failed")
        return
    client.sasl_text = ""
    client.send(Line("AUTHENTICATE", ("+",), world.source))


def _finish_sasl(world: World, client: Client) -> None:
    text, client.sasl_text = client.sasl_text or "", None
    account = _proven_account(world, text)
    if account is None:
        world.reply(client, "904", "SASL authentication failed")
        return
    client.account = account
    world.reply(client, "900", client.mask, account, f"You are now logged in as {account}")
    world.reply(client, "903", "SASL authentication successful")
    told = {client, *world.peers(client)} if client.registered else set()
    world.tell(told, client.line("ACCOUNT", account), capability="account-notify")


def _proven_account(world: World, text: str) -> str | None:
    try:
        _, account, password = b64decode(text, validate=True).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    wanted = world.settings.accounts.get(account)
    right = wanted is not None and hmac.compare_digest(password.encode(), wanted.encode())
    return account if right else None


# Staying and leaving.


def _ping(world: World, client: Client, line: Line) -> None:
    world.send(client, "PONG", world.settings.name, line.params[0])


def _pong(_: World, __: Client, ___: Line) -> None:
    """That it came is the answer."""


def _quit(_: World, client: Client, line: Line) -> None:
    client.close(f"Quit: {line.param(0)}" if line.param(0) else "Client quit")


COMMANDS = {
    "CAP": Command(_cap, 1, before_registration=True),
    "AUTHENTICATE": Command(_authenticate, 1, before_registration=True),
    "PASS": Command(_pass, 1, before_registration=True),
    "NICK": Command(_nick, before_registration=True),
    "USER": Command(_user, 4, before_registration=True),
    "PING": Command(_ping, 1, before_registration=True),
    "PONG": Command(_pong, before_registration=True),
    "QUIT": Command(_quit, before_registration=True),
}
