"""One IRC line: its value, the tolerant reader and the one strict writer.

Reading accepts what real servers send: any text encoding, repeated spaces, missing parts. Writing is the only
way by which text reaches a socket, and it raises rather than repairs: a carriage return, line feed or NUL in
any field is how one line becomes two commands.

Spec: https://modern.ircdocs.horse/#message-format and https://ircv3.net/specs/extensions/message-tags
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen

from bridge.networks.irc.protocol.tags import format_tags, is_valid_key, parse_tags

MAX_BODY_BYTES = 512
"""What a client may send without tags, CR LF included, unless the server announces another ``LINELEN``."""
MAX_CLIENT_TAGS_BYTES = 4096
"""What a client may send as tags, ``@`` and space included."""
MAX_PARAMS = 15

_NO_TAGS: Mapping[str, str] = MappingProxyType({})
_FORBIDDEN = re.compile(r"[\r\n\0]")
_COMMAND = re.compile(r"[A-Za-z]+|[0-9]{3}")
_SPACES = re.compile(r" +")


class InvalidLine(ValueError):
    """The bytes are no IRC line, or the line cannot be written as one."""


class LineTooLong(InvalidLine):
    """The line is valid but has more bytes than the server takes."""


@frozen
class Source:
    """Who sent a line: ``nick!user@host``, or a server name alone in ``nick``."""

    nick: str
    user: str | None = None
    host: str | None = None

    def __str__(self) -> str:
        user = "" if self.user is None else f"!{self.user}"
        host = "" if self.host is None else f"@{self.host}"
        return f"{self.nick}{user}{host}"


@frozen
class Line:
    """One line of IRC. The command is in upper case when it was read."""

    command: str
    params: tuple[str, ...] = ()
    source: Source | None = None
    tags: Mapping[str, str] = field(default=_NO_TAGS, hash=False)

    def param(self, index: int) -> str:
        """Give a parameter, or the empty text where the server sent fewer."""
        try:
            return self.params[index]
        except IndexError:
            return ""


def parse_source(text: str) -> Source:
    """Read ``nick!user@host``, ``nick@host`` or a bare name."""
    rest, at, host = text.partition("@")
    nick, bang, user = rest.partition("!")
    return Source(nick, user if bang else None, host if at else None)


def parse_line(data: bytes) -> Line:
    """Read one line without its line end; raises `InvalidLine` when there is no command in it."""
    rest = data.replace(b"\0", b"").lstrip(b" ")
    tags: Mapping[str, str] = _NO_TAGS
    source = None
    if rest.startswith(b"@"):
        head, _, rest = rest[1:].partition(b" ")
        tags = MappingProxyType(parse_tags(head.decode("utf-8", "replace")))
    text = _decode(rest).lstrip(" ")
    if text.startswith(":"):
        head_text, _, text = text[1:].partition(" ")
        source = parse_source(head_text)
    middle, colon, trailing = f" {text}".partition(" :")
    words = [word for word in _SPACES.split(middle) if word]
    if not words or not _COMMAND.fullmatch(words[0]):
        raise InvalidLine("no command in the line")
    params = (*words[1:], trailing) if colon else tuple(words[1:])
    return Line(words[0].upper(), params, source, tags)


def encode_line(
    line: Line, *, max_body_bytes: int | None = MAX_BODY_BYTES, max_tags_bytes: int = MAX_CLIENT_TAGS_BYTES
) -> bytes:
    """Write a line with its CR LF.

    Raises `InvalidLine` for CR, LF or NUL in any field, for a parameter that would be read as several or as
    another one, for a bad command, tag name or text that has no UTF-8 form; `LineTooLong` when the tags or
    the rest exceed their bounds (``max_body_bytes=None`` stands for no bound).
    """
    head = _encode(f"@{_checked_tags(line.tags)} ") if line.tags else b""
    if len(head) > max_tags_bytes:
        raise LineTooLong(f"{len(head)} bytes of tags, at most {max_tags_bytes}")
    source, command = _checked_source(line.source), _checked_command(line.command)
    body = _encode(f"{source}{command}{_checked_params(line.params)}\r\n")
    if max_body_bytes is not None and len(body) > max_body_bytes:
        raise LineTooLong(f"{len(body)} bytes, at most {max_body_bytes}")
    return head + body


def _decode(data: bytes) -> str:
    """Read text that claims no encoding: UTF-8, else what old clients send (Windows-1252), else Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        # A server that cuts by bytes (InspIRCd 3.15) may leave half a character at the end: what stands
        # before it shows whether the line was UTF-8 at all.
        if error.reason == "unexpected end of data" and not before.isascii():
            return before.decode("utf-8")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidLine("text with half of a surrogate pair") from error


def _refuse_line_ends(text: str, what: str) -> None:
    if _FORBIDDEN.search(text):
        raise InvalidLine(f"CR, LF or NUL in the {what}")


def _checked_tags(tags: Mapping[str, str]) -> str:
    for key, value in tags.items():
        if not is_valid_key(key):
            raise InvalidLine("bad tag name")
        # CR and LF have an escaped form in tag values, yet nothing of ours needs one there.
        _refuse_line_ends(value, "tag value")
    return format_tags(tags)


def _checked_source(source: Source | None) -> str:
    if source is None:
        return ""
    text = str(source)
    _refuse_line_ends(text, "source")
    if not source.nick or " " in text:
        raise InvalidLine("empty source or a space in it")
    return f":{text} "


def _checked_command(command: str) -> str:
    if not _COMMAND.fullmatch(command):
        raise InvalidLine("bad command")
    return command


def _checked_params(params: tuple[str, ...]) -> str:
    if len(params) > MAX_PARAMS:
        raise InvalidLine(f"{len(params)} parameters, at most {MAX_PARAMS}")
    for param in params:
        _refuse_line_ends(param, "parameter")
    if not params:
        return ""
    *middle, last = params
    for param in middle:
        if not param or " " in param or param.startswith(":"):
            raise InvalidLine("a parameter that is not the last is empty, has a space or begins with a colon")
    colon = ":" if not last or " " in last or last.startswith(":") else ""
    return "".join(f" {param}" for param in middle) + f" {colon}{last}"
