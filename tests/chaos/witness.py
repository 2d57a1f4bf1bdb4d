"""Writes into the book what the clients on both sides read."""

from attrs import define, field

from bridge.testing.irc_client import IrcLine
from bridge.testing.matrix_client import MatrixEvent
from tests.chaos.bridges import Bridge
from tests.chaos.irc_person import IrcPerson
from tests.chaos.record import Book, Coming, Place, Seen, Side, Told
from tests.chaos.speech import Token, tokens_of

_SPOKEN = ("PRIVMSG", "NOTICE")


@define
class Witness:
    """Args: ``rooms``: what each is joined to; ``messages``: the IRC server's IDs of what was said."""

    book: Book
    bridge: Bridge
    rooms: dict[str, Place] = field(factory=dict)
    messages: dict[Token, str] = field(factory=dict)
    events: dict[Token, str] = field(factory=dict)

    # IRC.

    def deaf(self, person: IrcPerson, line: IrcLine) -> None:
        """Who speaks needs not listen."""

    def ear(self, person: IrcPerson, line: IrcLine) -> None:
        """Take a line as one who stands in all channels of a server and says nothing."""
        if line.command in _SPOKEN and line.target.startswith("#"):
            self._spoken(Place(person.network, line.target), line)
        elif line.command == "TAGMSG":
            self._hear(Place(person.network, line.target), tokens_of(line.tags.get("+draft/react", "")), "")
        else:
            self._moved(person.network, line)

    def forget(self, network: str, person: IrcPerson) -> None:
        """The server ended, and with it every connection."""
        for place in self._places(network):
            for nick in self._here(place):
                self._came(place, nick, here=False)

    def _spoken(self, place: Place, line: IrcLine) -> None:
        self._hear(place, tokens_of(line.text), line.tags.get("msgid", ""))

    def _hear(self, place: Place, tokens: list[Token], message_id: str) -> None:
        for token in tokens:
            said = self.book.said.get(token)
            if said is None or said.side is Side.MATRIX:
                self.book.seen.append(Seen(token, Side.IRC, place, self.book.clock()))
                continue
            if not said.accepted:
                self.book.accept(token, "")
            self.messages[token] = message_id

    def _moved(self, network: str, line: IrcLine) -> None:
        nick = line.source
        if line.command == "353":
            for name in line.text.split():
                if self.bridge.is_own_nick(name.lstrip("@%+&~").partition("!")[0]):
                    self._came(
                        Place(network, line.params[2]), name.lstrip("@%+&~").partition("!")[0], here=True
                    )
        elif line.command == "KICK" and self.bridge.is_own_nick(line.params[1]):
            self._came(Place(network, line.target), line.params[1], here=False)
        elif not self.bridge.is_own_nick(nick):
            return
        elif line.command == "JOIN":
            self._came(Place(network, line.target), nick, here=True)
        elif line.command == "PART":
            self._came(Place(network, line.target), nick, here=False)
        elif line.command in ("QUIT", "NICK"):
            for place in self._places(network):
                if nick in self._here(place):
                    self._came(place, nick, here=False)
                    if line.command == "NICK":
                        self._came(place, line.text, here=True)

    def _came(self, place: Place, nick: str, *, here: bool) -> None:
        if (nick in self._here(place)) is not here:
            self.book.comings.append(Coming(place, nick, here, self.book.clock()))

    def _places(self, network: str) -> set[Place]:
        return {one.place for one in self.book.comings if one.place.network == network}

    def _here(self, place: Place) -> set[str]:
        here: set[str] = set()
        for one in self.book.comings:
            if one.place == place:
                (here.add if one.here else here.discard)(one.nick)
        return here

    def is_in(self, place: Place) -> bool:
        """Whether a connection of the bridge is in a channel."""
        return bool(self._here(place))

    # Matrix.

    def matrix_deaf(self, event: MatrixEvent) -> None:
        """Only one of the people on Matrix is asked what she saw."""

    def matrix(self, event: MatrixEvent) -> None:
        place = self.rooms.get(event.room_id)
        if place is None:
            return
        now = self.book.clock()
        for token in self._tokens(event):
            said = self.book.said.get(token)
            if said is None or said.side is Side.IRC:
                self.book.seen.append(Seen(token, Side.MATRIX, place, now))
            self.events[token] = event.event_id
        if self.bridge.tells_gap(event):
            self.book.gap_notices.append((place, now))
        for event_id, fate in self.bridge.told(event):
            self.book.told.append(Told(event_id or self._oldest_missing(place), fate, now))

    def _tokens(self, event: MatrixEvent) -> list[Token]:
        if event.type == "m.reaction":
            return tokens_of(str(event.relates_to.get("key", "")))
        if event.type == "m.room.redaction":
            return tokens_of(str(event.content.get("reason", "")))
        # Sentences of the bridge may quote what they are about.
        return [] if self.bridge.told(event) else tokens_of(event.body)

    def _oldest_missing(self, place: Place) -> str:
        told = {one.event_id for one in self.book.told}
        for said in self.book.said.values():
            waits = said.accepted and said.side is Side.MATRIX and said.place == place
            if waits and said.event_id not in told and not self.book.has_seen(said.token):
                return said.event_id
        return ""
