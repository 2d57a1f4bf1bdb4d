"""What an action is: a thing a person can have done, by any door."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import EventID, RoomID, UserID
from bridge.policy.access import Action as Right


@frozen(kw_only=True)
class Caller:
    """Who wants it, and where. ``about`` is the event that the wish is a reply to."""

    user_id: UserID
    room_id: RoomID | None = None
    in_management_room: bool = False
    about: EventID | None = None
    local_admin: bool = False
    """Nobody on Matrix: whoever can open the control socket of the machine, and so may do everything."""
    door: str = "chat"
    """By which way the wish came: ``chat`` or ``shell``."""
    request: str = ""
    """Names the wish, the same each time it is tried: what must happen once is named after it."""


@frozen
class Argument:
    """One word an action takes; the last one may take the rest of the line."""

    name: str
    required: bool = True
    shown: str = ""
    """What stands in the usage, where that is not the name."""
    secret: bool = False
    """It is never written down, not even in the audit trail."""


@frozen(kw_only=True)
class Spec:
    """What a door must know to offer an action: its words, its right, its help (a message key)."""

    name: str
    right: Right
    help_key: str
    arguments: tuple[Argument, ...] = ()
    changes: bool = False
    """It changes something, where others only tell."""
    personal: bool = False
    """It is done for a person on Matrix: a shell must say for whom."""


Answer = Sequence[Phrase]

RAW: Final = "raw"
"""The key of a phrase for programs: a shell prints its ``text`` as it is."""


class Action(Protocol):
    """Does one thing. The door has looked at the right of ``spec`` before."""

    @property
    def spec(self) -> Spec: ...

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        """Raises ``Rejected`` with what is to be told, and ``Unavailable``."""
