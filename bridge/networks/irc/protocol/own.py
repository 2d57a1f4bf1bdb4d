"""What the server puts before our lines, and how many bytes it leaves for text."""

from attrs import frozen

from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Source


@frozen
class Own:
    """Our nick, and our user and host as the server last showed them to others (None: not seen yet)."""

    nick: str
    user: str | None = None
    host: str | None = None

    def seen_as(self, source: Source) -> "Own":
        """Give what is known after the server sent a line as ours."""
        return Own(source.nick, source.user or self.user, source.host or self.host)

    def prefix_bytes(self, isupport: ISupport) -> int:
        """Count ``:nick!user@host``; where ours are not known, with the longest that the server allows."""
        user = isupport.user_length + 1 if self.user is None else _size(self.user)
        host = isupport.host_length if self.host is None else _size(self.host)
        return len(":!@") + _size(self.nick) + user + host


def text_bytes(own: Own, isupport: ISupport, *, command: str, target: str) -> int:
    """Count the bytes of text that arrive whole: a line less what the server puts around the text."""
    around = own.prefix_bytes(isupport) + _size(f" {command} {target} :\r\n")
    return isupport.line_bytes - around


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
