"""Links to files on the homeserver that anybody may open for a time, and nobody can make but us.

A link is ``/media/v1/<server>/<media ID>/<expiry>.<signature>/<filename>``. The signature covers all the
other parts. The filename is signed too: it would else be a way to say anything under our address. Links are
checked without any store, so they outlive restarts, and only a new key takes them back before their time.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final
from urllib.parse import quote

from attrs import frozen

from bridge.core.ports import Clock
from bridge.model.errors import Phrase, Rejected
from bridge.model.ids import MxcURI
from bridge.web.filenames import safe_filename

PREFIX: Final = "/media/v1"
MIN_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 16
"""Half of the hash, the least that RFC 2104 (section 5) advises; it keeps links short."""
_SERVER: Final = r"[A-Za-z0-9.:\[\]-]{1,255}"
_ID: Final = r"[A-Za-z0-9_=.~-]{1,255}"
_MXC: Final = re.compile(rf"mxc://(?P<server>{_SERVER})/(?P<id>{_ID})")
_TICKET: Final = re.compile(r"(?P<expiry>[0-9]{1,11})\.(?P<signature>[A-Za-z0-9_-]{22})")


class UnknownLink(Rejected):
    """Not one of our links, or changed on its way."""


class ExpiredLink(Rejected):
    """One of our links, whose time is over."""


@frozen
class OpenLink:
    """A link that was found right; ``left_s`` is how long it still holds."""

    mxc: MxcURI
    filename: str
    left_s: int


class MediaLinks:
    """Implements ``bridge.core.ports.MediaLinks``.

    Args:
        public_url: the address of the public listener as the world sees it; without it there are no links.
        key: at least 32 secret bytes, for this purpose alone.
    """

    def __init__(self, public_url: str | None, key: bytes, *, lifetime_s: float, clock: Clock) -> None:
        assert len(key) >= MIN_KEY_BYTES, "the key is too short"
        self._base = None if public_url is None else public_url.rstrip("/") + PREFIX
        self._key = key
        self._lifetime_s = lifetime_s
        self._clock = clock

    def link(self, mxc: MxcURI, filename: str, mime_type: str | None) -> str | None:
        """A link that opens the file from now on; None without a public address or for no mxc URI."""
        found = _MXC.fullmatch(mxc)
        if self._base is None or found is None or not _is_name(found["server"], found["id"]):
            return None
        server, media_id = found["server"], found["id"]
        name = safe_filename(filename, mime_type)
        expiry = str(int(self._now_s() + self._lifetime_s))
        ticket = f"{expiry}.{self._signature(server, media_id, expiry, name)}"
        return f"{self._base}/{quote(server, safe=':')}/{media_id}/{ticket}/{quote(name)}"

    def check(self, server: str, media_id: str, ticket: str, filename: str) -> OpenLink:
        """The file that the parts of a path name. Raises ``UnknownLink`` and ``ExpiredLink``."""
        found = _TICKET.fullmatch(ticket)
        mxc = f"mxc://{server}/{media_id}"
        if found is None or _MXC.fullmatch(mxc) is None or not _is_name(server, media_id):
            raise UnknownLink(Phrase.of("web.media.unknown"))
        wanted = self._signature(server, media_id, found["expiry"], filename)
        if not hmac.compare_digest(wanted.encode(), found["signature"].encode()):
            raise UnknownLink(Phrase.of("web.media.unknown"))
        left_s = int(found["expiry"]) - int(self._now_s())
        if left_s <= 0:
            raise ExpiredLink(Phrase.of("web.media.expired"))
        return OpenLink(MxcURI(mxc), filename, left_s)

    def _signature(self, server: str, media_id: str, expiry: str, filename: str) -> str:
        # None of the first parts can hold a NUL, and the name comes last: no two links sign the same text.
        signed = "\0".join(("media v1", server, media_id, expiry, filename))
        digest = hmac.digest(self._key, signed.encode(errors="surrogatepass"), "sha256")
        return urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode().rstrip("=")

    def _now_s(self) -> float:
        return self._clock.now().timestamp()


def _is_name(*parts: str) -> bool:
    """Whether none of the parts is made of dots alone, which would climb in a path."""
    return all(part.strip(".") for part in parts)
