"""Reads PRIVMSG, NOTICE and TAGMSG as speech, and writes speech as lines.

CTCP: https://modern.ircdocs.horse/ctcp
"""

from collections.abc import Mapping

from bridge.networks.irc.protocol.events import Message, MessageKind
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Line, Source
from bridge.networks.irc.protocol.times import server_time

_CTCP = "\x01"
_COMMANDS = {
    MessageKind.PRIVMSG: "PRIVMSG",
    MessageKind.NOTICE: "NOTICE",
    MessageKind.ACTION: "PRIVMSG",
    MessageKind.CTCP: "PRIVMSG",
    MessageKind.CTCP_REPLY: "NOTICE",
    MessageKind.TAGMSG: "TAGMSG",
}


def parse_message(
    line: Line,
    isupport: ISupport,
    *,
    is_echo: bool,
    is_historical: bool = False,
    label: str | None = None,
    token: str | None = None,
) -> Message:
    """Read a PRIVMSG, NOTICE or TAGMSG."""
    addressed = line.param(0)
    target = isupport.without_status(addressed)
    kind, text = _kind_and_text(line)
    return Message(
        kind=kind,
        source=line.source or Source(""),
        target=target,
        text=text,
        status=addressed[: len(addressed) - len(target)],
        tags=line.tags,
        msgid=line.tags.get("msgid"),
        server_time=server_time(line),
        account=line.tags.get("account"),
        label=label,
        token=token,
        is_echo=is_echo,
        is_historical=is_historical,
    )


def make_message(kind: MessageKind, target: str, text: str, tags: Mapping[str, str]) -> Line:
    """Write speech as a line."""
    match kind:
        case MessageKind.TAGMSG:
            return Line("TAGMSG", (target,), tags=tags)
        case MessageKind.ACTION:
            body = f"{_CTCP}ACTION {text}{_CTCP}"
        case MessageKind.CTCP | MessageKind.CTCP_REPLY:
            body = f"{_CTCP}{text}{_CTCP}"
        case MessageKind.PRIVMSG | MessageKind.NOTICE:
            body = text
    return Line(_COMMANDS[kind], (target, body), tags=tags)


def command_of(kind: MessageKind) -> str:
    """Name the command that carries a kind of speech."""
    return _COMMANDS[kind]


def wrapping_bytes(kind: MessageKind) -> int:
    """Count the bytes that a kind of speech adds to its text."""
    match kind:
        case MessageKind.ACTION:
            return len(f"{_CTCP}ACTION {_CTCP}")
        case MessageKind.CTCP | MessageKind.CTCP_REPLY:
            return len(_CTCP) * 2
        case MessageKind.PRIVMSG | MessageKind.NOTICE | MessageKind.TAGMSG:
            return 0


def answer_ctcp(message: Message, version: str) -> Line | None:
    """Give the answer to a CTCP request that we answer at all."""
    command, _, argument = message.text.partition(" ")
    match command.upper():
        case "VERSION":
            reply = f"VERSION {version}"
        case "PING":
            reply = f"PING {argument[:100]}"
        case _:
            return None
    return make_message(MessageKind.CTCP_REPLY, message.source.nick, reply, {})


def _kind_and_text(line: Line) -> tuple[MessageKind, str]:
    text = line.param(1)
    if line.command == "TAGMSG":
        return MessageKind.TAGMSG, ""
    if not text.startswith(_CTCP) or len(text) == 1:
        return (MessageKind.NOTICE if line.command == "NOTICE" else MessageKind.PRIVMSG), text
    inner = text[1:].removesuffix(_CTCP)
    if line.command == "NOTICE":
        return MessageKind.CTCP_REPLY, inner
    command, _, argument = inner.partition(" ")
    if command.upper() == "ACTION":
        return MessageKind.ACTION, argument
    return MessageKind.CTCP, inner
