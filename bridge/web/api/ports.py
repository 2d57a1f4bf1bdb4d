"""What the HTTP door needs of the rooms beside and below it."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bridge.model.errors import Phrase
from bridge.model.ids import RoomID, UserID

Sentences: TypeAlias = Callable[[Phrase, str], str]
"""The sentence of a phrase in a language, as bare text."""

CheckOpenID: TypeAlias = Callable[[str], Awaitable[UserID | None]]
"""Whose OpenID token of our homeserver this is; None if it is nobody's. Raises ``HomeserverUnavailable``."""

IsInRoom: TypeAlias = Callable[[UserID, RoomID], Awaitable[bool]]
"""Whether a person is in a room now. Raises ``HomeserverUnavailable`` and ``HomeserverRefused``."""
