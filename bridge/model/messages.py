"""What a message is made of, the same for both sides."""

from enum import Enum
from typing import TypeAlias

from attrs import frozen

from bridge.model.ids import MxcURI
from bridge.model.markup import Document


class Tone(Enum):
    """How a text is said."""

    TEXT = "text"
    NOTICE = "notice"
    """Said by a program; must not be answered by programs."""
    EMOTE = "emote"
    """What its sender does: ``/me``."""


class MediaKind(Enum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"


@frozen
class TextBody:
    text: Document
    tone: Tone = Tone.TEXT


@frozen
class MediaBody:
    """A file, by its place on the homeserver (``mxc``) or on the open web (``url``); one is set."""

    kind: MediaKind
    filename: str
    mxc: MxcURI | None = None
    url: str | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    caption: Document | None = None


@frozen
class LocationBody:
    description: str
    geo_uri: str
    """RFC 5870."""


Body: TypeAlias = TextBody | MediaBody | LocationBody
