"""A client as the server knows it, and how a line reaches it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from bridge.networks.irc.protocol.line import Line, Source, encode_line
from bridge.playground.ircd.capabilities import visible_tags
from bridge.playground.ircd.labels import LabelledAnswer

if TYPE_CHECKING:
    from bridge.playground.ircd.channel import Channel

MAX_TAGS_BYTES = 8191
MAX_BODY_BYTES = 512


@define(eq=False)
class Client:
    """One connection and the person behind it.

    Attributes:
        write: puts bytes on the wire; never waits.
        close: ends the connection, with the reason the others are told.
        capabilities: what this client has asked for.
        negotiating: CAP LS or CAP REQ came, and CAP END has not.
        answer: collects what a labelled command makes us say, while it is carried out.
    """

    host: str
    write: Callable[[bytes], None]
    close: Callable[[str], None]
    nick: str = ""
    user: str = ""
    real_name: str = ""
    password: str | None = None
    account: str | None = None
    away: str | None = None
    invisible: bool = False
    registered: bool = False
    negotiating: bool = False
    cap_version: int = 301
    capabilities: set[str] = field(factory=set)
    channels: set["Channel"] = field(factory=set)
    sasl_text: str | None = None
    connected_at: datetime = field(factory=lambda: datetime.now(UTC))
    spoke_at: datetime = field(factory=lambda: datetime.now(UTC))
    answer: LabelledAnswer | None = None

    @property
    def source(self) -> Source:
        return Source(self.nick, self.user, self.host)

    @property
    def mask(self) -> str:
        """``nick!user@host``."""
        return str(self.source)

    @property
    def called(self) -> str:
        """The nick, or the star that stands for it before there is one."""
        return self.nick or "*"

    def has(self, capability: str) -> bool:
        return capability in self.capabilities

    def line(self, command: str, *params: str, tags: Mapping[str, str] | None = None) -> Line:
        """Return a line that comes from this client, with the tags that say more about it."""
        account = {"account": self.account} if self.account else {}
        return Line(command, params, self.source, {"time": server_time(), **account, **(tags or {})})

    def send(self, line: Line) -> None:
        """Deliver a line, less the tags that this client has not asked for."""
        if self.answer is not None:
            self.answer.lines.append(line)
        else:
            self.write(self._encoded(line))

    def finish_answer(self, server_name: str) -> None:
        """Deliver what a labelled command has collected."""
        answer, self.answer = self.answer, None
        if answer is not None:
            for line in answer.finished(server_name, batches=self.has("batch")):
                self.send(line)

    def _encoded(self, line: Line) -> bytes:
        tags = visible_tags({"time": server_time(), **line.tags}, self.capabilities)
        data = encode_line(evolve(line, tags=tags), max_body_bytes=None, max_tags_bytes=MAX_TAGS_BYTES)
        head, space, body = data.partition(b" ") if tags else (b"", b"", data)
        if len(body) > MAX_BODY_BYTES:
            # Real servers cut by bytes, in the middle of a character too.
            body = body[: MAX_BODY_BYTES - 2] + b"\r\n"
        return head + space + body


def server_time() -> str:
    """Return now, as the ``time`` tag writes it.

    Spec: https://ircv3.net/specs/extensions/server-time
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
