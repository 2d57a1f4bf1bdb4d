"""The section of one IRC network in the configuration."""

from collections.abc import Iterable, Mapping
from enum import Enum

from bridge.api.network import Addressed
from bridge.config import Secret, Wrong, option, section
from bridge.config.checks import host, one_line
from bridge.model.errors import InvalidInput
from bridge.networks.irc.address import read_address
from bridge.networks.irc.ids import is_channel, make_chat_id


def _word(value: str) -> str | None:
    fine = value and value.isprintable() and not set(value) & set(" ,:!@*?") and len(value.encode()) <= 64
    return None if fine else "one word without spaces or any of , : ! @ * ?"


def _nick(value: str) -> str | None:
    fine = _word(value) is None and value[0] not in "0123456789-#&+~%$"
    return None if fine else "a nick: one word that does not begin with a digit, - or #"


def _channels(value: tuple[str, ...]) -> str | None:
    bad = next((name for name in value if not _is_channel(name)), None)
    return None if bad is None else "channel names such as #python, in quotes"


def _is_channel(name: str) -> bool:
    try:
        return is_channel(make_chat_id(name))
    except InvalidInput:
        return False


class Language(Enum):
    """The languages of the catalogue."""

    ENGLISH = "en"
    CHINESE = "zh-Hans"


@section("irc", "An IRC network, spoken to through one connection that speaks for all.")
class IrcConfig:
    """What an admin says about one IRC network."""

    host: str = option("Name or address of a server of the network.", example="irc.libera.chat", check=host)
    port: int = option(
        "Port of the server; 6697 for TLS, 6667 without.", default=6697, at_least=1, at_most=65535
    )
    tls: bool = option("Encrypt the connection.", default=True)
    tls_verify: bool = option(
        "Refuse a server whose certificate is not valid for its name. Switch it off only for a server that "
        "you reach over your own machine or network.",
        default=True,
    )
    display_name: str | None = option(
        "The network's name as people see it; without it the section's own name.",
        default=None,
        example="Libera.Chat",
        at_most=60,
        check=one_line,
    )
    nick: str = option(
        "The nick of the bridge; when it is taken, variations of it.", default="trunkline", check=_nick
    )
    ident: str = option("The user name in nick!user@host.", default="trunkline", at_most=16, check=_word)
    realname: str = option(
        "What WHOIS shows as the bridge's real name.",
        default="Trunkline, a Matrix bridge",
        at_least=1,
        at_most=100,
        check=one_line,
    )
    server_password: Secret | None = option("The password of the server itself, if it has one.", default=None)
    sasl_user: str | None = option(
        "The services account to log in to before anything else (SASL SCRAM-SHA-256, else PLAIN).",
        default=None,
        example="trunkline",
        check=_word,
    )
    sasl_password: Secret | None = option("The password of the services account.", default=None)
    channels: tuple[str, ...] = option(
        "Channels that get a room when the bridge starts.",
        default=(),
        example=("#trunkline",),
        at_most=500,
        check=_channels,
    )
    channel_keys: Mapping[str, Secret] = option(
        "The keys of channels that have one, by channel.", factory=dict
    )
    flood_burst: int = option(
        "Lines that may be sent at once. The default suits public networks; raise it only where the server "
        "was told to bear more.",
        default=8,
        unit="lines",
        at_least=1,
        at_most=10_000,
    )
    flood_rate: float = option(
        "Lines sent after that; 0 stands for no limit.",
        default=1.0,
        unit="lines per second",
        at_least=0,
        at_most=100_000,
    )
    max_lines: int = option(
        "The longest message: one that takes more lines is refused, and its sender told.",
        default=200,
        unit="lines",
        at_least=1,
        at_most=2000,
    )
    language: Language = option(
        "The language of the few words the bridge itself says to people on the network.",
        default=Language.ENGLISH,
    )
    connect_timeout_s: int = option("How long connecting may take.", default=30, at_least=1, at_most=300)
    ping_timeout_s: int = option(
        "A server that says nothing and answers no PING for this long is taken for lost.",
        default=120,
        at_least=10,
        at_most=3600,
    )

    @classmethod
    def from_address(cls, address: str) -> Addressed | None:
        """Implements ``ReadsAddresses``."""
        return read_address(address)

    def mistakes(self) -> Iterable[Wrong]:
        """What the options say against each other."""
        if self.sasl_user is not None and self.sasl_password is None:
            yield Wrong("sasl_password", "a password, because sasl_user is given")
        if self.sasl_password is not None and self.sasl_user is None:
            yield Wrong("sasl_user", "an account, because sasl_password is given")
        if any(not _is_channel(name) for name in self.channel_keys):
            yield Wrong("channel_keys", "channel names such as #secret, in quotes, as keys")
        if any(not _is_key(key) for key in self.channel_keys.values()):
            yield Wrong("channel_keys", "keys of one word without commas")

    def key_of(self, channel: str) -> str | None:
        """The key of a channel, however its name is written."""
        chat = make_chat_id(channel)
        found = (key for name, key in self.channel_keys.items() if make_chat_id(name) == chat)
        key = next(found, None)
        return None if key is None else key.reveal()


def _is_key(key: Secret) -> bool:
    text = key.reveal()
    return text.isprintable() and not set(text) & set(" ,:")
