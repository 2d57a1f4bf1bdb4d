"""What was done, said and seen, with times: values, and the book that gathers them."""

from collections.abc import Callable
from enum import Enum
from time import monotonic

from attrs import evolve, field, frozen

from tests.chaos.speech import Token


@frozen(order=True)
class Place:
    """A channel of a network, or the room joined to it."""

    network: str
    channel: str

    def __str__(self) -> str:
        return f"{self.network}{self.channel}"


class Side(Enum):
    MATRIX = "matrix"
    IRC = "irc"


class Fate(Enum):
    """What the sender was told of a message."""

    UNCERTAIN = "uncertain"
    REFUSED = "refused"


@frozen
class Said:
    """``accepted``: the homeserver gave an event ID, or another IRC client heard the line."""

    token: Token
    side: Side
    place: Place
    kind: str
    at: float
    event_id: str = ""
    accepted: bool = False


@frozen
class Seen:
    """A token as a client on the other side read it."""

    token: Token
    side: Side
    place: Place
    at: float


@frozen
class Told:
    """A sender was told what became of a message."""

    event_id: str
    fate: Fate
    at: float


@frozen
class Coming:
    """A connection of the bridge came into a channel or left it, as another IRC client saw it."""

    place: Place
    nick: str
    here: bool
    at: float


@frozen
class Deed:
    """Something that the harness did.

    Attributes:
        breaks: the networks whose connection it ends.
        stalls: the bridge can take nothing from then on.
        resumes: what stalled it is over.
    """

    words: str
    at: float
    breaks: tuple[str, ...] = ()
    stalls: bool = False
    resumes: bool = False


@frozen
class Book:
    """Everything of one stretch; ``clock`` counts seconds and is never turned back."""

    clock: Callable[[], float] = monotonic
    deeds: list[Deed] = field(factory=list)
    said: dict[Token, Said] = field(factory=dict)
    seen: list[Seen] = field(factory=list)
    told: list[Told] = field(factory=list)
    comings: list[Coming] = field(factory=list)
    gap_notices: list[tuple[Place, float]] = field(factory=list)
    """Where the bridge said that it had been away, and when it said so."""

    def did(
        self, words: str, *, breaks: tuple[str, ...] = (), stalls: bool = False, resumes: bool = False
    ) -> None:
        self.deeds.append(Deed(words, self.clock(), breaks, stalls, resumes))

    def has_seen(self, token: Token) -> bool:
        """Whether it arrived on the side where it was not said."""
        return any(one.token == token for one in self.seen)

    def accept(self, token: Token, event_id: str) -> None:
        """The homeserver has it, or somebody else heard it."""
        self.said[token] = evolve(self.said[token], accepted=True, event_id=event_id)
