"""Parts as the ledger keeps them: what one write to IRC is, to and from a flat object of strings."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from bridge.model.outgoing import Part

_TAG: Final = "tag:"
_SHOWN: Final = 40


class WriteKind(Enum):
    """The sorts of writes; the values are what the ledger holds."""

    TEXT = "text"
    NOTICE = "notice"
    ACTION = "action"
    TOPIC = "topic"
    KICK = "kick"


@frozen
class Write:
    """One write. ``user`` is who is to be kicked; ``text`` the line, the topic or the reason."""

    kind: WriteKind
    target: str
    text: str
    user: str = ""
    tags: Mapping[str, str] = field(factory=lambda: MappingProxyType({}), hash=False)


def make_part(write: Write) -> Part:
    """A write as a part; `read_part` reads it back."""
    payload = {"kind": write.kind.value, "target": write.target, "text": write.text}
    if write.user:
        payload["user"] = write.user
    payload |= {f"{_TAG}{key}": value for key, value in write.tags.items()}
    return Part(payload, f"{write.kind.value} to {write.target[:_SHOWN]}")


def read_part(part: Part) -> Write:
    """Raises ``KeyError`` or ``ValueError`` for what `make_part` never made."""
    payload = part.payload
    tags = {key.removeprefix(_TAG): value for key, value in payload.items() if key.startswith(_TAG)}
    return Write(
        WriteKind(payload["kind"]),
        payload["target"],
        payload["text"],
        payload.get("user", ""),
        MappingProxyType(tags),
    )
