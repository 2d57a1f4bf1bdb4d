"""Which users and aliases the registration gives us."""

import re

from attrs import field, frozen

from bridge.model.ids import UserID


@frozen
class Namespace:
    """The names that are ours on one homeserver.

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

    @property
    def bot(self) -> UserID:
        return UserID(f"@{self.bot_localpart}:{self.domain}")

    @property
    def ghosts_pattern(self) -> str:
        return rf"@{re.escape(self.user_prefix)}.*:{re.escape(self.domain)}"

    @property
    def bots_pattern(self) -> str:
        return rf"@{re.escape(self.bot_localpart)}(_.+)?:{re.escape(self.domain)}"

    @property
    def aliases_pattern(self) -> str:
        return rf"#{re.escape(self.alias_prefix)}.*:{re.escape(self.domain)}"

    def is_ours(self, user_id: UserID) -> bool:
        """Whether this is a ghost or one of our bots."""
        return self._ours.fullmatch(user_id) is not None


def localpart_of(name: str) -> str:
    """What stands between sigil and colon; of a name without a colon, all behind the sigil."""
    return name[1:].partition(":")[0]
