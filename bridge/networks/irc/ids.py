"""The only place where IDs of IRC chats and people are made and taken apart.

A chat is a channel (``#python``) or a person (``bob``), told apart by the first character. IDs are folded
by ASCII alone, whatever the server's own ``CASEMAPPING``: that joins the fewest names (two people never
share a ghost) and an ID stays the same when a server changes its mind. Where a server holds more names to be
the same, the login compares by the server's rule before it makes an ID.

Slugs are lower case and reversible: what is not plain stands as ``=xx``, two hex digits a byte of UTF-8.
"""

import re
from hashlib import sha256
from typing import Final

from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import ChatID, LoginID, NetworkName, PortalKey, RemoteMessageID, RemoteUserID
from bridge.model.remote_events import RemoteUser
from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.line import Source

CHANNEL_SIGNS: Final = "#&+!"
MAX_CHANNEL_BYTES: Final = 200
"""RFC 1459, section 1.3; servers announce less."""
MAX_NICK_BYTES: Final = 128
"""More than any server allows."""
MAX_CHAT_SLUG: Final = 180
"""A room alias has at most 255 bytes, of which prefix, network and server name take a part."""
MAX_GHOST_SLUG: Final = 120

_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\x9f,\u2028\u2029\ud800-\udfff]")
_CHAT_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._/+#-")
_GHOST_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")
_ESCAPED_SIGNS: Final = "&!"
_ESCAPED: Final = re.compile(rb"=([0-9a-f]{2})")
_fold: Final = CaseMapping.ASCII.fold


# ------------------------------------------------------------------------------------------- chats


def is_channel(chat: ChatID) -> bool:
    """Whether the chat is a channel rather than a private talk."""
    return chat[:1] in tuple(CHANNEL_SIGNS)


def make_chat_id(name: str) -> ChatID:
    """The chat of a channel or nick as a server wrote it. Raises ``InvalidInput`` for what is no name."""
    folded = _fold(name)
    limit = MAX_CHANNEL_BYTES if folded[:1] in tuple(CHANNEL_SIGNS) else MAX_NICK_BYTES
    if not folded or _FORBIDDEN.search(folded) or folded.startswith(":") or len(folded.encode()) > limit:
        raise _no_channel(name)
    return ChatID(folded)


def parse_chat_text(text: str) -> ChatID:
    """What a person typed, as a channel: ``python`` and ``#Python`` are both ``#python``."""
    name = text.strip(" ")
    if name[:1] not in tuple(CHANNEL_SIGNS):
        name = f"#{name}" if name else ""
    chat = make_chat_id(name)
    if len(make_chat_slug(chat)) > MAX_CHAT_SLUG:
        raise _no_channel(text)
    return chat


def make_chat_slug(chat: ChatID) -> str:
    """``#python`` is ``python``, ``##c`` is ``#c``, ``&local`` is ``=26local``, ``#`` alone is ``=23``.

    The sign stays as well where the rest would be taken for another sign: ``#&`` is ``=23=26``.

    A private talk gets a slug that is never read back: no alias leads to it.
    """
    sign, rest = chat[0], chat[1:]
    if not is_channel(chat):
        return f"=-{_escape(chat, _CHAT_PLAIN)}"
    if sign == "#" and rest and rest[0] not in _ESCAPED_SIGNS:
        return _escape(rest, _CHAT_PLAIN)
    return f"={ord(sign):02x}{_escape(rest, _CHAT_PLAIN)}"


def parse_chat_slug(slug: str) -> ChatID:
    """The channel of a slug. Raises ``InvalidInput`` for one that `make_chat_slug` would not make."""
    small = _fold(slug)
    try:
        name = _unescape(small)
        if not small.startswith(("=21", "=26", "=2b", "=23")):
            name = f"#{name}"
        chat = make_chat_id(name)
    except ValueError as error:
        raise _no_channel(slug) from error
    if len(small) > MAX_CHAT_SLUG or not is_channel(chat) or make_chat_slug(chat) != small:
        raise _no_channel(slug)
    return chat


def portal_key(network: NetworkName, chat: ChatID, login: LoginID) -> PortalKey:
    """A channel is the same for all; a private talk is its login's own."""
    return PortalKey(network, chat, None if is_channel(chat) else login)


# ------------------------------------------------------------------------------------------ people


def make_user_id(nick: str) -> RemoteUserID:
    return RemoteUserID(_fold(nick))


def make_user(source: Source, account: str | None = None) -> RemoteUser:
    """The person behind a line's source; ``*`` stands for no account."""
    return RemoteUser(
        make_user_id(source.nick), source.nick, account if account not in ("", "*", "0") else None
    )


def make_ghost_slug(user: RemoteUserID) -> str:
    """Different for different people; what is very long ends in a digest behind ``=-``."""
    slug = _escape(user, _GHOST_PLAIN)
    if 0 < len(slug) <= MAX_GHOST_SLUG:
        return slug
    digest = sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_whole_escapes(slug[: MAX_GHOST_SLUG - 34])}=-{digest}"


# ------------------------------------------------------------------------------- logins and messages


def relay_login_id(network: NetworkName) -> LoginID:
    return LoginID(f"{network}:relay")


def make_message_id(msgid: str) -> RemoteMessageID:
    return RemoteMessageID(msgid)


def parse_message_id(message: RemoteMessageID) -> str:
    return str(message)


# ------------------------------------------------------------------------------------------ private


def _escape(text: str, plain: frozenset[int]) -> str:
    return "".join(
        chr(byte) if byte in plain else f"={byte:02x}" for byte in text.encode("utf-8", "surrogatepass")
    )


def _unescape(slug: str) -> str:
    """Raises ``ValueError`` where the bytes are no text."""
    raw = slug.encode("ascii")
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw).decode("utf-8")


def _whole_escapes(slug: str) -> str:
    """A cut slug without half an escape at its end."""
    cut = slug.rfind("=", len(slug) - 2)
    return slug if cut < 0 else slug[:cut]


def _no_channel(text: str) -> InvalidInput:
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:60])
    return InvalidInput(Phrase.of("irc.chat.invalid", given=shown))
