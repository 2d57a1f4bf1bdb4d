"""What the server announced in numeric 005: its limits, prefixes, mode kinds and name folding.

Spec: https://modern.ircdocs.horse/#rplisupport-005
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from attrs import frozen

from bridge.networks.irc.protocol.casemap import CaseMapping, parse_casemapping

MAX_TOKENS = 500
"""More announcements than any server makes; later new ones are ignored."""

_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})")
_NO_TOKENS: Mapping[str, str] = MappingProxyType({})


@frozen
class ISupport:
    """The announcements so far. Every property falls back to what RFC 1459 servers do."""

    tokens: Mapping[str, str] = _NO_TOKENS

    def announced(self, params: Sequence[str]) -> "ISupport":
        """Give the announcements after one more 005, of which ``params`` are the middle parameters.

        ``-NAME`` takes an announcement back.
        """
        tokens = dict(self.tokens)
        for param in params:
            name, _, value = param.partition("=")
            if name.startswith("-"):
                tokens.pop(name[1:].upper(), None)
            elif name and " " not in name and (len(tokens) < MAX_TOKENS or name in tokens):
                tokens[name.upper()] = _HEX.sub(lambda found: chr(int(found[1], 16)), value)
        return ISupport(MappingProxyType(tokens))

    @cached_property
    def casemapping(self) -> CaseMapping:
        """How names are folded."""
        return parse_casemapping(self.tokens.get("CASEMAPPING", "rfc1459"))

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """Member modes and their symbols, the mightiest first: ``{"o": "@", "v": "+"}``."""
        value = self.tokens.get("PREFIX", "(ov)@+")
        modes, _, symbols = value.removeprefix("(").partition(")")
        return MappingProxyType(dict(zip(modes, symbols, strict=False)))

    @cached_property
    def symbols(self) -> Mapping[str, str]:
        """Member symbols and their modes: ``{"@": "o", "+": "v"}``."""
        return MappingProxyType({symbol: mode for mode, symbol in self.prefixes.items()})

    @cached_property
    def channel_types(self) -> str:
        """The characters a channel name may begin with."""
        return self.tokens.get("CHANTYPES", "#&")

    @cached_property
    def status_symbols(self) -> str:
        """The symbols that may stand before a channel to address only its members of that rank."""
        return self.tokens.get("STATUSMSG", "")

    @cached_property
    def channel_modes(self) -> tuple[str, str, str, str]:
        """Modes by kind: lists; always with an argument; with one only when set; never with one."""
        kinds = [*self.tokens.get("CHANMODES", "b,k,l,imnpst").split(","), "", "", "", ""]
        return (kinds[0], kinds[1], kinds[2], kinds[3])

    @property
    def network(self) -> str | None:
        """The name that the network gives itself."""
        return self.tokens.get("NETWORK")

    @property
    def line_bytes(self) -> int:
        """The longest line without tags, CR LF included."""
        return max(512, self._number("LINELEN") or 512)

    @property
    def nick_length(self) -> int:
        """The longest nick, in bytes."""
        return self._number("NICKLEN") or 9

    @property
    def user_length(self) -> int:
        """The longest user name, in bytes, as it may appear in a source."""
        return self._number("USERLEN") or 12

    @property
    def host_length(self) -> int:
        """The longest host name, in bytes, as it may appear in a source."""
        return self._number("HOSTLEN") or 64

    @property
    def topic_length(self) -> int | None:
        """The longest topic, in bytes; None where the server announced no bound."""
        return self._number("TOPICLEN")

    @property
    def kick_length(self) -> int | None:
        """The longest kick reason, in bytes; None where the server announced no bound."""
        return self._number("KICKLEN")

    @property
    def channel_length(self) -> int | None:
        """The longest channel name, in bytes; None where the server announced no bound."""
        return self._number("CHANNELLEN")

    @property
    def modes_per_line(self) -> int:
        """How many modes with an argument one MODE may change."""
        return self._number("MODES") or 3

    def targets(self, command: str) -> int | None:
        """How many targets a command takes; None where the server announced no bound."""
        for item in self.tokens.get("TARGMAX", "").split(","):
            name, _, count = item.partition(":")
            if name.upper() == command.upper():
                return _positive(count)
        return None

    def is_channel(self, target: str) -> bool:
        """Say whether a target names a channel."""
        return bool(target) and target[0] in self.channel_types

    def without_status(self, target: str) -> str:
        """Take the rank symbols off a target such as ``@#channel``."""
        bare = target.lstrip(self.status_symbols) if self.status_symbols else target
        return bare if self.is_channel(bare) else target

    def _number(self, name: str) -> int | None:
        return _positive(self.tokens.get(name, ""))


def _positive(value: str) -> int | None:
    plain = value.isascii() and value.isdecimal() and len(value) < 8
    return (int(value) or None) if plain else None
