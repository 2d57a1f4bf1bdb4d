"""Who may do what: levels by user, by server and for everybody else; the most specific rule wins."""

import re
from collections.abc import Mapping
from enum import Enum, IntEnum
from typing import Self

from attrs import field, frozen

from bridge.model.errors import InvalidInput, NotAllowed, Phrase
from bridge.model.ids import UserID


class Level(IntEnum):
    """Each level may do all that the ones below it may."""

    BLOCK = 0
    """Nothing crosses, nothing is answered."""
    RELAY = 10
    """Is relayed where a portal has a relay."""
    USER = 20
    """Joins channels and plumbs rooms."""
    ADMIN = 30
    """Runs the bridge."""


class Action(Enum):
    """What a person may want; the value is its name in sentences."""

    SPEAK = "speak"
    HELP = "help"
    RETRY = "retry"
    TRACE = "trace"
    DEAD = "dead"
    LIST = "list"
    STATUS = "status"
    JOIN = "join"
    LEAVE = "leave"
    PLUMB = "plumb"
    UNPLUMB = "unplumb"
    TOKENS = "tokens"
    MANAGE = "manage"


NEEDED: Mapping[Action, Level] = {
    Action.SPEAK: Level.RELAY,
    Action.HELP: Level.RELAY,
    Action.RETRY: Level.RELAY,
    Action.TRACE: Level.RELAY,
    Action.DEAD: Level.RELAY,
    Action.LIST: Level.USER,
    Action.STATUS: Level.USER,
    Action.JOIN: Level.USER,
    Action.LEAVE: Level.USER,
    Action.PLUMB: Level.USER,
    Action.UNPLUMB: Level.USER,
    Action.TOKENS: Level.USER,
    Action.MANAGE: Level.ADMIN,
}

EVERYBODY = "*"
_USER_RULE = re.compile(r"@[^:\s*]*:(?P<server>[^\s*@/]+)")
_SERVER_RULE = re.compile(r"(?:\*:)?(?P<server>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?)")


@frozen
class AccessRules:
    """Levels by MXID and by server, both with the server in lower case, and the level of all others."""

    users: Mapping[str, Level] = field(factory=dict)
    servers: Mapping[str, Level] = field(factory=dict)
    everybody: Level = Level.RELAY

    @classmethod
    def safe(cls, server: str, *admins: str) -> Self:
        """The default: the own server's people are users, the admins admins, everybody else is relayed."""
        return cls.parse({}, server=server, admins=admins)

    @classmethod
    def parse(cls, rules: Mapping[str, str], *, server: str, admins: tuple[str, ...] = ()) -> Self:
        """The safe default with an admin's rules over it.

        A rule is a level by name for an MXID (``@ann:example.org``), a server (``example.org`` or
        ``*:example.org``) or everybody (``*``). Raises ``InvalidInput`` for the first that is none of these.
        """
        users = {_user(admin): Level.ADMIN for admin in admins}
        servers = {server.lower(): Level.USER}
        everybody = Level.RELAY
        for rule, name in rules.items():
            level = _level(rule, name)
            if rule == EVERYBODY:
                everybody = level
            elif rule.startswith("@"):
                users[_user(rule)] = level
            else:
                servers[_server(rule)] = level
        return cls(users, servers, everybody)

    def level_of(self, user_id: UserID) -> Level:
        """A user's level. What is no MXID is blocked."""
        name, colon, server = user_id.partition(":")
        if not (colon and server and name.startswith("@")):
            return Level.BLOCK
        server = server.lower()
        if (level := self.users.get(f"{name}:{server}")) is not None:
            return level
        return self.servers.get(server, self.everybody)

    def may(self, user_id: UserID, action: Action) -> bool:
        return self.level_of(user_id) >= NEEDED[action]

    def require(self, user_id: UserID, action: Action) -> None:
        """Raises ``NotAllowed`` with a sentence for the person."""
        if not self.may(user_id, action):
            needed = NEEDED[action].name.lower()
            raise NotAllowed(Phrase.of("access.not_allowed", action=action.value, needed=needed))


def _level(rule: str, name: str) -> Level:
    for level in Level:
        if name == level.name.lower():
            return level
    wanted = ", ".join(level.name.lower() for level in Level)
    raise InvalidInput(Phrase.of("access.bad_level", rule=rule, level=name, wanted=wanted))


def _user(rule: str) -> str:
    if not (found := _USER_RULE.fullmatch(rule)):
        raise InvalidInput(Phrase.of("access.bad_rule", rule=rule))
    return rule.partition(":")[0] + ":" + found["server"].lower()


def _server(rule: str) -> str:
    if not (found := _SERVER_RULE.fullmatch(rule)):
        raise InvalidInput(Phrase.of("access.bad_rule", rule=rule))
    return found["server"].lower()
