"""A channel: who is in it, with what rank, and what its modes allow."""

from datetime import datetime
from typing import TYPE_CHECKING

from attrs import define, field

from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.playground.ircd.masks import matches

if TYPE_CHECKING:
    from bridge.playground.ircd.client import Client

#: member modes and their symbols, the mightiest first
RANKS = {"o": "@", "v": "+"}
LIST_MODES = "b"
KEY_MODES = "k"
LIMIT_MODES = "l"
FLAG_MODES = "imnst"


@define
class Topic:
    """A channel's topic, who set it (nick!user@host) and when."""

    text: str
    set_by: str
    set_at: datetime


@define
class Ban:
    """One entry of the ban list."""

    mask: str
    set_by: str
    set_at: datetime


@define(eq=False)
class Channel:
    """One channel; it goes when its last member goes.

    Attributes:
        members: rank letters of each member, the mightiest first.
        invited: clients that may pass ``+i`` once.
    """

    name: str
    made_at: datetime
    members: dict["Client", str] = field(factory=dict)
    flags: set[str] = field(factory=lambda: {"n", "t"})
    key: str | None = None
    limit: int | None = None
    topic: Topic | None = None
    bans: list[Ban] = field(factory=list)
    invited: set["Client"] = field(factory=set)

    def is_operator(self, client: "Client") -> bool:
        return "o" in self.members.get(client, "")

    def symbols(self, client: "Client", *, all_ranks: bool) -> str:
        """Return the symbols to show before a member's nick: all, or only the mightiest."""
        symbols = "".join(RANKS[rank] for rank in self.members.get(client, ""))
        return symbols if all_ranks else symbols[:1]

    def set_rank(self, client: "Client", rank: str, *, on: bool) -> bool:
        """Give or take a rank; say whether that changed anything."""
        before = self.members[client]
        now = {*before, rank} if on else set(before) - {rank}
        self.members[client] = "".join(letter for letter in RANKS if letter in now)
        return self.members[client] != before

    def visible_to(self, client: "Client") -> bool:
        return "s" not in self.flags or client in self.members

    def bans_client(self, client: "Client", casemapping: CaseMapping) -> bool:
        return any(matches(ban.mask, client.mask, casemapping) for ban in self.bans)

    def refuses_message_of(self, client: "Client", casemapping: CaseMapping) -> bool:
        """Say whether +n, +m or a ban keeps this client from speaking here."""
        if client not in self.members:
            return "n" in self.flags or "m" in self.flags or self.bans_client(client, casemapping)
        if self.members[client]:
            return False
        return "m" in self.flags or self.bans_client(client, casemapping)

    def mode_words(self, *, with_key: bool) -> list[str]:
        """Return the modes as numeric 324 shows them: letters, then arguments."""
        letters, arguments = "".join(sorted(self.flags)), []
        if self.key is not None:
            letters += "k"
            arguments.append(self.key if with_key else "*")
        if self.limit is not None:
            letters += "l"
            arguments.append(str(self.limit))
        return [f"+{letters}", *arguments]
