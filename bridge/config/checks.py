"""Questions that many options ask of their value; each returns what was wanted, or None."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?\Z")
_IPV6: Final = re.compile(r"\[?[0-9A-Fa-f:.]+\]?\Z")
_SERVER_NAME: Final = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?\Z")
_LOCALPART: Final = re.compile(r"[a-z0-9._=/+-]{1,64}\Z")
_MXID: Final = re.compile(r"@[!-9;-~]+:(.+)\Z")


def http_url(value: str) -> str | None:
    """A base address: http or https, a host, no user, query or fragment."""
    parts = _split(value)
    fine = (
        parts and parts.scheme in {"http", "https"} and not (parts.username or parts.query or parts.fragment)
    )
    return None if fine else "an address such as https://matrix.example.org"


def https_url(value: str) -> str | None:
    """Like ``http_url``, encrypted only."""
    fine = http_url(value) is None and value.startswith("https:")
    return None if fine else "an address such as https://matrix.example.org"


def host(value: str) -> str | None:
    """A host name or IP address, without port."""
    fine = _HOST.match(value) or (":" in value and _IPV6.match(value))
    return None if fine else "a host name or IP address"


def server_name(value: str) -> str | None:
    """A Matrix server name. Spec: https://spec.matrix.org/v1.11/appendices/#server-name"""
    return None if _SERVER_NAME.match(value) else "a server name such as example.org"


def mxid(value: str) -> str | None:
    """A Matrix user ID. Spec: https://spec.matrix.org/v1.11/appendices/#user-identifiers"""
    found = _MXID.match(value)
    fine = found and server_name(found.group(1)) is None and len(value.encode()) <= 255
    return None if fine else "a Matrix user ID such as @alice:example.org"


def localpart(value: str) -> str | None:
    """A name of ours before the colon, or its beginning; never empty.

    Spec: https://spec.matrix.org/v1.11/appendices/#user-identifiers
    """
    return None if _LOCALPART.match(value) else "small letters, digits and ._=/+- (1 to 64 of them)"


def one_word(value: str) -> str | None:
    """Something to see, without space."""
    fine = value and value.isprintable() and " " not in value
    return None if fine else "one word"


def one_line(value: str) -> str | None:
    """Text without line ends, NUL or other control characters."""
    return None if value.isprintable() else "text on one line, without control characters"


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or None when it has no host or a port that is none."""
    try:
        parts = urlsplit(value)
        return (
            parts if parts.hostname and parts.port != 0 and value.isprintable() and " " not in value else None
        )
    except ValueError:
        return None
