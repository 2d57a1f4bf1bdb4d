"""Which extensions the server offers, which are on, and the talk that turns them on.

Spec: https://ircv3.net/specs/extensions/capability-negotiation (version 302, with cap-notify)
"""

from collections.abc import Iterable

from bridge.networks.irc.protocol.line import Line

WANTED = frozenset(
    {
        "account-notify",
        "account-tag",
        "away-notify",
        "batch",
        "cap-notify",
        "chghost",
        "draft/chathistory",
        "echo-message",
        "extended-join",
        "invite-notify",
        "labeled-response",
        "message-tags",
        "multi-prefix",
        "server-time",
        "setname",
        "standard-replies",
        "userhost-in-names",
        "znc.in/playback",
    }
)
"""Asked for wherever they are offered; ``sasl`` joins them when there is something to say by it."""

MAX_OFFERED = 500
"""More capabilities than any server has; further ones are ignored."""
_REQUEST_BYTES = 400
"""How many bytes of names go into one request, so that the answer with our nick fits a line as well."""


class Capabilities:
    """One connection's negotiation.

    Attributes:
        offered: names with their values (empty where the server gave none).
        enabled: the names that are on.
    """

    def __init__(self, wanted: Iterable[str] = WANTED) -> None:
        self.offered: dict[str, str] = {}
        self.enabled: set[str] = set()
        self._wanted = frozenset(wanted)
        self._listed = False
        self._asked: set[str] = set()

    @property
    def is_settled(self) -> bool:
        """Say whether the list is complete and every request has been answered."""
        return self._listed and not self._asked

    def opening(self) -> Line:
        """Give the line that begins the negotiation."""
        return Line("CAP", ("LS", "302"))

    def receive(self, line: Line) -> list[Line]:
        """Take a CAP line; give the requests that it calls for."""
        verb, names = line.param(1).upper(), line.params[-1].split() if len(line.params) > 2 else []
        match verb:
            case "LS":
                self._offer(names)
                if line.param(2) == "*" and len(line.params) > 3:
                    return []
                self._listed = True
                return self._request(self.offered)
            case "NEW":
                self._offer(names)
                return self._request(name.partition("=")[0] for name in names)
            case "DEL":
                self._withdraw(names)
            case "ACK":
                self._acknowledge(names)
            case "NAK":
                return self._refused(names)
            case _:
                pass
        return []

    def abandon(self) -> None:
        """Take it that the server knows no capabilities (it answered 421 or went on without)."""
        self._listed = True
        self._asked.clear()

    def _offer(self, names: Iterable[str]) -> None:
        for item in names:
            name, _, value = item.partition("=")
            if name in self.offered or len(self.offered) < MAX_OFFERED:
                self.offered[name] = value

    def _withdraw(self, names: Iterable[str]) -> None:
        for name in names:
            self.offered.pop(name, None)
            self.enabled.discard(name)
            self._asked.discard(name)

    def _acknowledge(self, names: Iterable[str]) -> None:
        for item in names:
            name = item.lstrip("-~=")
            self._asked.discard(name)
            if item.startswith("-"):
                self.enabled.discard(name)
            elif name in self._wanted:
                self.enabled.add(name)

    def _refused(self, names: list[str]) -> list[Line]:
        """Ask for the names of a refused request one by one: a request is granted or refused as a whole."""
        refused = [name.lstrip("-~=") for name in names]
        if len(refused) > 1:
            return [Line("CAP", ("REQ", name)) for name in refused if name in self._asked]
        self._asked.difference_update(refused)
        return []

    def _request(self, names: Iterable[str]) -> list[Line]:
        wanted = sorted((set(names) & self._wanted) - self.enabled - self._asked)
        self._asked.update(wanted)
        requests: list[list[str]] = []
        room = 0
        for name in wanted:
            if len(name) + 1 > room:
                requests.append([])
                room = _REQUEST_BYTES
            requests[-1].append(name)
            room -= len(name) + 1
        return [Line("CAP", ("REQ", " ".join(request))) for request in requests]
