"""Names of our own users and rooms on one homeserver: made and taken apart here only."""

import re

from attrs import field, frozen

from bridge.model.ids import NetworkName, RoomAlias, UserID


@frozen
class Namespace:
    """The names that the registration gives us.

    Ghosts are ``@<user_prefix><network>_<slug>``, aliases ``#<alias_prefix><network>_<slug>``. An underscore
    in a network's own name is written ``=5f``, so that the first one behind the prefix ends that name.

    Attributes:
        bot_localpart: the bridge bot; further bots are called ``<bot_localpart>_<name>``.
        user_prefix: what the localparts of all ghosts begin with.
        alias_prefix: what the localparts of all aliases begin with.
    """

    domain: str
    bot_localpart: str = "trunkline"
    user_prefix: str = "_trunkline_"
    alias_prefix: str = "_trunkline_"
    _ours: re.Pattern[str] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        pattern = re.compile(f"(?:{self.ghosts_pattern})|(?:{self.bots_pattern})")
        object.__setattr__(self, "_ours", pattern)

    # Users.

    @property
    def bot(self) -> UserID:
        return UserID(f"@{self.bot_localpart}:{self.domain}")

    def ghost(self, network: NetworkName, slug: str, *, turn: int = 1) -> UserID:
        """The ``turn``-th ghost that wants this name; later ones carry a number.

        No slug ends like ``.=2``: an equals sign in one is followed by two digits or letters.
        """
        number = "" if turn == 1 else f".={turn}"
        return UserID(f"@{self.user_prefix}{_flat(network)}_{slug}{number}:{self.domain}")

    def is_ours(self, user_id: UserID) -> bool:
        """Whether this is a ghost or one of our bots."""
        return self._ours.fullmatch(user_id) is not None

    def is_ghost(self, user_id: UserID) -> bool:
        return user_id.startswith(f"@{self.user_prefix}") and user_id.endswith(f":{self.domain}")

    # Rooms.

    def alias(self, network: NetworkName, slug: str) -> RoomAlias:
        return RoomAlias(f"#{self.alias_prefix}{_flat(network)}_{slug}:{self.domain}")

    def slug_of(self, alias: RoomAlias, network: NetworkName) -> str | None:
        """The slug in an alias of ours for that network; None if it is none."""
        localpart, _, domain = alias.removeprefix("#").partition(":")
        start = f"{self.alias_prefix}{_flat(network)}_"
        slug = localpart.removeprefix(start)
        return slug if domain == self.domain and localpart.startswith(start) and slug else None

    def own_alias(self, name: str) -> RoomAlias:
        """The alias of a room of the bridge itself. No network's name begins with a dot."""
        return RoomAlias(f"#{self.alias_prefix}.{name}:{self.domain}")

    # What the registration says.

    @property
    def ghosts_pattern(self) -> str:
        return rf"@{re.escape(self.user_prefix)}.*:{re.escape(self.domain)}"

    @property
    def bots_pattern(self) -> str:
        return rf"@{re.escape(self.bot_localpart)}(_.+)?:{re.escape(self.domain)}"

    @property
    def aliases_pattern(self) -> str:
        return rf"#{re.escape(self.alias_prefix)}.*:{re.escape(self.domain)}"


def localpart_of(name: str) -> str:
    """What stands between sigil and colon; of a name without a colon, all behind the sigil."""
    return name[1:].partition(":")[0]


def _flat(network: NetworkName) -> str:
    return network.replace("_", "=5f")
