"""What a network can do in a given conversation: one document for checks, help and state events."""

from enum import Enum

from attrs import frozen


class Support(Enum):
    """How well something crosses."""

    NATIVE = "native"
    READABLE = "readable"
    """As words that a person understands."""
    NONE = "none"


@frozen(kw_only=True)
class Capabilities:
    edits: Support = Support.NONE
    reactions: Support = Support.NONE
    redactions: Support = Support.NONE
    replies: Support = Support.NONE
    media: Support = Support.NONE
    topics: Support = Support.NONE
    formatting: Support = Support.NONE
    message_ids: bool = False
    confirms_sends: bool = False
    max_part_bytes: int | None = None
