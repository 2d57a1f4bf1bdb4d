"""How a speaker's lines look on IRC: their own, or in the form of the relay.

A relayed line begins with ``<alice> `` (what alice says) or ``* alice `` (what she does), so nothing that a
client or a service acts upon (``!op``, ``/quit``) ever stands at its beginning. The form's name is already
unspoofable (``bridge.policy``); here it loses what would let it look like another line on IRC.
"""

from typing import Final

from attrs import frozen

from bridge.model.messages import Tone
from bridge.model.outgoing import Speaker
from bridge.networks.irc.parts import WriteKind
from bridge.text.characters import wash_line
from bridge.text.plain import shorten

MAX_NAME_GRAPHEMES: Final = 32
MAX_NAME_BYTES: Final = 80
"""A name of few but very long graphemes must leave room for words."""
MAX_FORM_BYTES: Final = 200
"""More than the longest form that ``bridge.policy`` makes: a name, and a Matrix ID in brackets."""

_UNSAFE: Final = str.maketrans(
    {"<": "‹", ">": "›", "\u200e": None, "\u200f": None, "\u061c": None}
    | dict.fromkeys(map(chr, range(0x2066, 0x206A)))
)


@frozen
class Voice:
    """``prefix`` stands before each line that is written as ``kind``."""

    kind: WriteKind
    prefix: str = ""


def voice_of(speaker: Speaker, tone: Tone) -> Voice:
    """How this speaker says something in this tone."""
    if speaker.relayed is None:
        return Voice(
            {Tone.TEXT: WriteKind.TEXT, Tone.NOTICE: WriteKind.NOTICE, Tone.EMOTE: WriteKind.ACTION}[tone]
        )
    name = relayed_name(speaker)
    if tone is Tone.EMOTE:
        return Voice(WriteKind.TEXT, f"* {name} ")
    return Voice(WriteKind.NOTICE if tone is Tone.NOTICE else WriteKind.TEXT, f"<{name}> ")


def relayed_name(speaker: Speaker) -> str:
    """The whole form under which a relay shows a speaker.

    It is not shortened: what ends in a Matrix ID must end in a whole one, or it could pass for another.
    """
    form = speaker.relayed or speaker.user_id
    shown = wash_line(form.translate(_UNSAFE))
    return shown if shown and len(shown.encode()) <= MAX_FORM_BYTES else safe_name(speaker.user_id) or "?"


def safe_name(name: str) -> str:
    """A name on one line, without codes, brackets or marks that turn the direction of writing."""
    short = shorten(wash_line(name.translate(_UNSAFE)), MAX_NAME_GRAPHEMES)
    return short.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip()
