"""Which links are safe to pass on, and which of them name a Matrix user."""

import re
from urllib.parse import quote, unquote

from bridge.model.ids import UserID

SCHEMES = frozenset(
    {"http", "https", "ftp", "mailto", "magnet", "xmpp", "irc", "ircs", "matrix", "tel"},
)
MAX_HREF_CHARS = 4096

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?=\S)", re.IGNORECASE)
_MATRIX_TO = re.compile(r"https?://matrix\.to/#/([^/?]+)/?(?:\?.*)?", re.IGNORECASE)
_MATRIX_URI = re.compile(r"matrix:u(?:ser)?/([^/?]+)/?(?:\?.*)?", re.IGNORECASE)
_USER_ID = re.compile(r"@[^:\s<>\"]{0,250}:[A-Za-z0-9.\-\[\]:]{1,230}")


def safe_href(href: str) -> str | None:
    """The link as it may be passed on, or None when its scheme is not among ``SCHEMES``."""
    href = href.strip()
    if len(href) > MAX_HREF_CHARS or any(character.isspace() for character in href):
        return None
    scheme = _SCHEME.match(href)
    return href if scheme and scheme[1].lower() in SCHEMES else None


def mentioned_user(href: str) -> UserID | None:
    """The user whom a link names, if it does.

    Spec: https://spec.matrix.org/v1.11/appendices/#uris
    """
    if found := _MATRIX_TO.fullmatch(href):
        name = unquote(found[1])
    elif found := _MATRIX_URI.fullmatch(href):
        name = "@" + unquote(found[1])
    else:
        return None
    return UserID(name) if _USER_ID.fullmatch(name) and len(name) <= 255 else None


def user_link(user_id: UserID) -> str:
    """The link of a pill, the form every client knows."""
    return "https://matrix.to/#/" + quote(user_id, safe="@:", errors="replace")
