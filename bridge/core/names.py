"""Names of our own users and rooms: made and taken apart here only."""

from attrs import frozen

from bridge.core.config import BridgeConfig
from bridge.model.ids import NetworkName, RoomAlias, UserID


@frozen
class Names:
    """The namespace that the registration gives us on one homeserver."""

    domain: str
    bot: UserID
    user_prefix: str
    alias_prefix: str

    @classmethod
    def of(cls, config: BridgeConfig, domain: str) -> "Names":
        return cls(
            domain, UserID(f"@{config.bot_localpart}:{domain}"), config.user_prefix, config.alias_prefix
        )

    def ghost(self, network: NetworkName, slug: str, *, turn: int = 1) -> UserID:
        """The ``turn``-th ghost that wants this name; later ones carry a number.

        ``=`` and ``.`` cannot begin a number, so a slug never reads as another one's later turn.
        """
        number = "" if turn == 1 else f".={turn}"
        return UserID(f"@{self.user_prefix}{network}_{slug}{number}:{self.domain}")

    def is_ours(self, user_id: UserID) -> bool:
        """Whether this is the bridge bot or a ghost."""
        return user_id == self.bot or self.is_ghost(user_id)

    def is_ghost(self, user_id: UserID) -> bool:
        return user_id.startswith(f"@{self.user_prefix}") and user_id.endswith(f":{self.domain}")

    def alias(self, network: NetworkName, slug: str) -> RoomAlias:
        return RoomAlias(f"#{self.alias_prefix}{network}_{slug}:{self.domain}")

    def slug_of(self, alias: RoomAlias, network: NetworkName) -> str | None:
        """The slug in an alias of ours for that network; None if it is none."""
        localpart, _, domain = alias.removeprefix("#").partition(":")
        start = f"{self.alias_prefix}{network}_"
        slug = localpart.removeprefix(start)
        return slug if domain == self.domain and localpart.startswith(start) and slug else None
