"""Signs in an event's content that another bridge or relay wrote it.

Keys are looked for, never prefixes as wide as ``com.beeper.`` or ``org.matrix.``: people's own clients write
such keys too (link previews, voice messages), and their messages must cross.
"""

from typing import Final

from bridge.matrix.ports import Json

_KEYS: Final = frozenset(
    {
        "fi.mau.double_puppet_source",
        "com.beeper.per_message_profile",
        "m.per_message_profile",
        "org.matrix.msc4144.per_message_profile",
    }
)
_PREFIXES: Final = (
    "com.beeper.bridge",
    "de.sorunome.mx-puppet",
    "fi.mau.bridge",
    "net.maunium.discord",
    "net.maunium.facebook",
    "net.maunium.hangouts",
    "net.maunium.instagram",
    "net.maunium.signal",
    "net.maunium.telegram",
    "net.maunium.twitter",
    "net.maunium.whatsapp",
    "org.matrix.appservice",
    "uk.half-shot.",
)


def says_foreign_bridge(content: Json) -> bool:
    """Whether the content carries another bridge's mark."""
    return any(key in _KEYS or key.startswith(_PREFIXES) for key in content)
