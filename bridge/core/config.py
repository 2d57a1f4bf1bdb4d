"""The ``bridge`` section: how the two sides meet."""

from collections.abc import Iterable, Mapping

from bridge.config.checks import localpart, one_line, one_word
from bridge.config.declare import Wrong, option, section
from bridge.model.errors import InvalidInput
from bridge.policy.access import AccessRules
from bridge.text.catalogue import LANGUAGES, is_known_language


def _language(value: str) -> str | None:
    return None if is_known_language(value) else "one of " + ", ".join(LANGUAGES)


def _alias_chats(patterns: tuple[str, ...]) -> str | None:
    fine = all(network and pattern for network, _, pattern in (each.partition("/") for each in patterns))
    return None if fine else "patterns such as libera/#python*"


@section("bridge", "How the two sides meet: names, rights, patience.")
class BridgeConfig:
    bot_localpart: str = option(
        "The name of the bridge bot before the colon.", default="trunkline", check=localpart
    )
    bot_display_name: str = option("How the bridge bot is shown.", default="Trunkline", check=one_line)
    user_prefix: str = option(
        "What the names of all ghosts begin with, before the network's name.",
        default="_trunkline_",
        check=localpart,
    )
    alias_prefix: str = option(
        "What the aliases of all portals begin with.", default="_trunkline_", check=localpart
    )
    command_prefix: str = option(
        "The word before a command in a portal; in a management room it is not needed.",
        default="!trunkline",
        check=one_word,
    )
    language: str = option(
        "The language of the bridge's own sentences: en or zh-Hans.", default="en", check=_language
    )
    permissions: Mapping[str, str] = option(
        "Who may do what (block, relay, user, admin), by user ID, by server name, or * for everybody.",
        factory=dict,
        example={"@admin:example.org": "admin", "example.org": "user", "*": "relay"},
    )
    alias_chats: tuple[str, ...] = option(
        "Remote chats for which asking for an alias makes a room, as network/pattern.",
        default=(),
        example=("libera/#python*",),
        check=_alias_chats,
    )
    relay_notices: bool = option("Carry notices, the messages of programs, to the networks.", default=True)
    background_members: int = option(
        "How many silent people of a remote chat join its room in quiet moments.",
        default=100,
        at_least=0,
        at_most=10_000,
    )
    quiet_s: float = option(
        "How long a room must be without chat before members come and go in it.", default=2.0, at_least=0.0
    )
    expire_after_s: float = option(
        "How long a message may wait for its network before its sender is told that it was given up.",
        default=86_400.0,
        at_least=1.0,
    )
    lane_memory: int = option(
        "How many messages of one conversation are held in memory; more of them wait in the database.",
        default=500,
        at_least=10,
        at_most=100_000,
    )
    waiting_max_bytes: int = option(
        "How much may wait in the database for the networks; beyond it new messages are refused, and their"
        " senders told. As much again may wait for Matrix; beyond it the networks are not read.",
        default=256 * 1024 * 1024,
        at_least=1024 * 1024,
    )
    waiting_lane_max_bytes: int = option(
        "The same for one conversation; beyond it lines from its network are let go, and the room is told.",
        default=32 * 1024 * 1024,
        at_least=64 * 1024,
    )
    reconcile_every_s: float = option(
        "How often the homeserver is asked for events that it should have pushed and did not.",
        default=300.0,
        at_least=10.0,
    )
    canary_every_s: float = option(
        "How often a canary is sent, to see whether the homeserver pushes it back; 0 for never.",
        default=60.0,
        at_least=0.0,
    )
    away_notice_s: float = option(
        "After how long without Matrix a remote chat is told that what it says is kept; 0 for never.",
        default=300.0,
        at_least=0.0,
    )
    gap_ceiling_s: float = option(
        "How old a message that was not pushed may be to be carried; for older ones a sentence is said.",
        default=86_400.0,
        at_least=60.0,
    )

    def mistakes(self) -> Iterable[Wrong]:
        if self.bot_localpart.startswith(self.user_prefix):
            yield Wrong("bot_localpart", f"a name that does not begin as ghosts do ({self.user_prefix})")
        try:
            AccessRules.parse(self.permissions, server="localhost")
        except InvalidInput as error:
            rule = error.reason.values["rule"]
            yield Wrong(
                "permissions", f"levels (block, relay, user, admin) of users, servers or *: see {rule}"
            )
