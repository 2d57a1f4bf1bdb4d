"""Takes up a connection where an earlier life of the bridge left it: replays what came and went since.

Its bytes and writes are told to a session in the order in which the earlier life had them. What follows from
them was done and told then, as far as ``seen`` and ``taken`` go; from there on it is done and told now.
"""

from collections.abc import Iterable, Sequence

from attrs import frozen

from bridge.networks.irc.protocol.events import Event
from bridge.networks.irc.protocol.line import InvalidLine, parse_line
from bridge.networks.irc.protocol.session import Session


@frozen
class Gone:
    """A line that was written when the bytes up to ``at`` had been looked at."""

    at: int
    data: bytes
    token: str


@frozen
class Happened:
    """The events of the line that ends at ``offset``."""

    offset: int
    events: Sequence[Event]


def replay(session: Session, data: bytes, gone: Iterable[Gone], now: float) -> list[Happened]:
    """Bring a session to where the earlier life was; gives what happened, line by line.

    Args:
        session: made from the snapshot.
        data: the bytes from the snapshot's offset as far as the earlier life had looked.
        gone: what it wrote since the snapshot, in order.
    """
    start = fed = session.consumed
    happened: list[Happened] = []
    for one in gone:
        part = data[fed - start : max(fed, one.at) - start]
        fed += len(part)
        happened += _fed(session, part, now)
        try:
            line = parse_line(one.data.rstrip(b"\r\n"))
        except InvalidLine:
            continue
        session.wrote(line, one.token, now)
    happened += _fed(session, data[fed - start :], now)
    session.forget_waiting()
    return happened


def _fed(session: Session, data: bytes, now: float) -> list[Happened]:
    return [Happened(offset, events) for offset, events in session.receive_lines(data, now)]
