"""Names of files from strangers, made fit for a link, a header and a disk."""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

MAX_BYTES: Final = 80
"""In UTF-8. Links are said on networks with short lines, and three characters stand for each such byte."""
_MAX_EXTENSION_BYTES: Final = 10
_EMPTY: Final = "file"

KEPT_TYPES: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/quicktime": ".mov",
    "application/pdf": ".pdf",
}
"""Types that no browser takes for a page or a script, with the usual end of a name."""


def safe_filename(name: str, mime_type: str | None = None) -> str:
    """The last part of a path, of letters, digits, ``.``, ``_`` and ``-`` only, at most 80 bytes.

    A name without an extension gets the one of its type.
    """
    last = next((part for part in reversed(re.split(r"[/\\]", name)) if part.strip(". ")), "")
    spelt = unicodedata.normalize("NFC", last)
    kept = "".join(sign if _is_plain(sign) else "_" for sign in spelt if not _is_hidden(sign))
    stem, dot, extension = kept.strip("._").rpartition(".")
    if not dot or len(extension.encode()) > _MAX_EXTENSION_BYTES:
        stem, extension = kept.strip("._"), ""
    ending = f".{extension}" if extension else KEPT_TYPES.get((mime_type or "").lower(), "")
    room = MAX_BYTES - len(ending.encode())
    return (stem.encode()[:room].decode(errors="ignore") or _EMPTY) + ending


def disposition(kind: str, filename: str) -> str:
    """A Content-Disposition for a name from ``safe_filename``. RFC 6266, section 4.

    Args:
        kind: ``inline`` or ``attachment``.
    """
    plain = "".join(sign if sign.isascii() and _is_plain(sign) else "_" for sign in filename)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _is_plain(sign: str) -> bool:
    """Letters with their marks, digits and three signs; no lone surrogates, quotes or line ends."""
    return sign in "._-" or unicodedata.category(sign)[0] in "LMN"


def _is_hidden(sign: str) -> bool:
    """Controls and format signs; among them those that turn ``gpj.exe`` around for the eye."""
    return unicodedata.category(sign) in {"Cc", "Cf"}
