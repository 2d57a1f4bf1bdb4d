"""What a Matrix message says: the content of ``m.room.message`` and ``m.sticker`` as a ``Body``."""

import re
from typing import Final

from bridge.matrix.content import HTML_FORMAT
from bridge.matrix.ports import Json
from bridge.matrix.shapes import count_of, name_of, object_of, text_of
from bridge.model.ids import MxcURI
from bridge.model.markup import Document
from bridge.model.messages import Body, LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.text.characters import wash, wash_line
from bridge.text.html_in import from_html

_TONES: Final = {"m.notice": Tone.NOTICE, "m.emote": Tone.EMOTE}
_MEDIA: Final = {
    "m.image": MediaKind.IMAGE,
    "m.video": MediaKind.VIDEO,
    "m.audio": MediaKind.AUDIO,
    "m.file": MediaKind.FILE,
    "m.sticker": MediaKind.STICKER,
}
_MXC: Final = re.compile(r"mxc://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9_=.~-]+")
_MIME: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
MAX_FILENAME_CHARS: Final = 255


def body_of(content: Json, *, is_reply: bool = False, is_sticker: bool = False) -> Body | None:
    """The body of a message; None when there is none.

    A message type that nobody here knows is taken for text: that is what its ``body`` is for.
    """
    msgtype = "m.sticker" if is_sticker else text_of(content, "msgtype")
    if msgtype is None:
        return None
    if msgtype in _MEDIA:
        return _media(content, _MEDIA[msgtype])
    text = _text(content, is_reply=is_reply)
    if msgtype == "m.location":
        return _location(content) or (TextBody(text) if text else None)
    return None if text is None else TextBody(text, _TONES.get(msgtype, Tone.TEXT))


def _text(content: Json, *, is_reply: bool) -> Document | None:
    html = text_of(content, "formatted_body")
    if html is not None and content.get("format") == HTML_FORMAT:
        document = from_html(html)
        if document.blocks:
            return document
    plain = text_of(content, "body")
    if plain is None:
        return None
    plain = wash(plain)
    return Document.of(without_fallback(plain) if is_reply else plain)


def without_fallback(body: str) -> str:
    """A reply's text without the quoted lines that older clients put before it.

    Spec: https://spec.matrix.org/v1.11/client-server-api/#fallbacks-for-rich-replies
    """
    if not body.startswith(("> <", "> * <")):
        return body
    lines = body.split("\n")
    quoted = next((number for number, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    rest = lines[quoted:]
    return "\n".join(rest[1:] if rest and not rest[0] else rest)


def _media(content: Json, kind: MediaKind) -> Body | None:
    body, filename = text_of(content, "body"), text_of(content, "filename")
    name = wash_line(filename or body or "")[:MAX_FILENAME_CHARS] or kind.value
    mxc = name_of(content, "url")
    if mxc is None or not _MXC.fullmatch(mxc):
        # Without an address (or with an encrypted file in a room that is not) only the name can cross.
        return TextBody(Document.of(wash(body))) if body else None
    # MSC2530: with a file name beside it, and another one, the body is what the sender says about the file.
    captioned = filename is not None and body is not None and filename != body
    info = object_of(content, "info")
    mime_type = name_of(info, "mimetype")
    return MediaBody(
        kind=kind,
        filename=name,
        mxc=MxcURI(mxc),
        mime_type=mime_type if mime_type and _MIME.fullmatch(mime_type) else None,
        size_bytes=count_of(info, "size"),
        caption=_text(content, is_reply=False) if captioned else None,
    )


def _location(content: Json) -> LocationBody | None:
    geo_uri = name_of(content, "geo_uri")
    if geo_uri is None or not geo_uri.startswith("geo:"):
        return None
    return LocationBody(wash(text_of(content, "body") or ""), geo_uri)
