"""The only place where IDs of the demo chat are made and taken apart."""

import re
from typing import Final

from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import ChatID, LoginID, NetworkName, RemoteMessageID, RemoteUserID
from bridge.model.remote_events import RemoteUser

_CHAT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}\Z")
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._-")


def parse_chat_text(text: str) -> ChatID:
    """What a person typed: ``lobby`` or ``~Lobby``. Raises ``InvalidInput``."""
    name = text.strip().removeprefix("~").lower()
    if not _CHAT.match(name):
        raise InvalidInput(Phrase.of("demo.chat.invalid", given="".join(filter(str.isprintable, text[:60]))))
    return ChatID(name)


def chat_name(chat: ChatID) -> str:
    """How people write it: ``~lobby``."""
    return f"~{chat}"


def make_user_id(nick: str) -> RemoteUserID:
    return RemoteUserID(nick.lower())


def make_user(nick: str) -> RemoteUser:
    return RemoteUser(make_user_id(nick), nick)


def make_ghost_slug(user: RemoteUserID) -> str:
    """Every byte that is not plain as ``=xx``: so different people stay different."""
    raw = user.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN else f"={byte:02x}" for byte in raw) or "="


def make_login_id(network: NetworkName, nick: str) -> LoginID:
    return LoginID(f"{network}:{nick.lower()}")


def make_message_id(number: int) -> RemoteMessageID:
    return RemoteMessageID(f"m{number}")


def parse_message_id(message: RemoteMessageID) -> int:
    """Raises ``ValueError`` for an ID that is not ours."""
    return int(message.removeprefix("m"))
