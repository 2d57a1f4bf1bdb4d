"""A pretend wire for sessions: a server that says what the test tells it to, and a clock turned by hand."""

from typing import Final

from bridge.networks.irc.protocol.events import Event
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.line import Line, parse_line
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.session import Session, SessionConfig
from bridge.networks.irc.protocol.stream import LineBuffer

UNLIMITED: Final = FloodLimits(burst=10, per_second=0)
ALL_CAPS: Final = (
    "account-tag batch cap-notify echo-message extended-join labeled-response message-tags multi-prefix "
    "server-time userhost-in-names"
)
ECHO_CAPS: Final = "echo-message message-tags server-time"


class Wire:
    """A session with the other end in the test's hands.

    Attributes:
        events: all that the session has told.
        sent: the lines that the session has written, as the server reads them.
    """

    def __init__(self, config: SessionConfig | None = None) -> None:
        self.session = Session(config or SessionConfig(Identity("tl"), flood=UNLIMITED))
        self.events: list[Event] = []
        self.sent: list[Line] = []
        self.now = 1000.0
        self._incoming = LineBuffer()

    def connect(self) -> None:
        self.session.connected(self.now)
        self.flush()

    def flush(self) -> list[Line]:
        """Carry over what the session wants to write; give it."""
        data = self.session.bytes_to_send(self.now)
        lines = [parse_line(raw) for raw in self._incoming.feed(data)]
        self.sent += lines
        return lines

    def hear(self, *lines: str) -> list[Event]:
        """Let the server say lines; give what the session told because of them."""
        events = self.session.receive("".join(f"{line}\r\n" for line in lines).encode(), self.now)
        self.events += events
        self.flush()
        return events

    def turn(self, seconds: float) -> list[Event]:
        """Turn the clock, waking the session whenever it wants to; give what it told."""
        end, events = self.now + seconds, []
        while (wakeup := self.session.next_wakeup(self.now)) is not None and wakeup <= end:
            self.now = max(self.now, wakeup)
            told = self.session.wake(self.now)
            self.flush()
            events += told
            if not told and self.session.next_wakeup(self.now) == wakeup:
                break
        self.now = end
        self.events += events
        return events

    def written(self, command: str) -> list[Line]:
        """The lines of one command that the session has written so far."""
        return [line for line in self.sent if line.command == command]


def registered(
    caps: str = "", isupport: str = "CASEMAPPING=ascii", nick: str = "tl", **config: object
) -> Wire:
    """A wire whose session has been welcomed by a server with these capabilities."""
    settings: dict[str, object] = {"identity": Identity(nick), "flood": UNLIMITED, **config}
    wire = Wire(SessionConfig(**settings))  # type: ignore[arg-type]  # the tests' own keywords
    wire.connect()
    wire.hear(f":irc.test CAP * LS :{caps}")
    requests = [line.param(1) for line in wire.written("CAP") if line.param(0) == "REQ"]
    wire.hear(*(f":irc.test CAP {nick} ACK :{request}" for request in requests))
    wire.hear(
        f":irc.test 001 {nick} :Welcome",
        f":irc.test 005 {nick} {isupport} :are supported by this server",
        f":irc.test 422 {nick} :No message of the day",
    )
    assert wire.session.is_registered
    return wire


def in_channel(
    caps: str = "", isupport: str = "CASEMAPPING=ascii", nick: str = "tl", **config: object
) -> Wire:
    """A wire whose session is in ``#a`` with bob and carol."""
    wire = registered(caps, isupport, nick, **config)
    wire.session.join("#a")
    wire.flush()
    wire.hear(
        f":{nick}!~u@host.test JOIN #a",
        f":irc.test 353 {nick} = #a :{nick} @bob +carol",
        f":irc.test 366 {nick} #a :End of NAMES",
    )
    wire.events.clear()
    return wire
