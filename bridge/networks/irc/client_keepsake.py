"""What is left with the keeper of a connection, and going on from it after a restart.

A keepsake that another version wrote, or that belongs to a connection which the settings no longer want, is
of no use: then the connection is made anew.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from attrs import evolve, frozen

from bridge.keeper.promise import Manners
from bridge.keeper.promise import Resumed as Past
from bridge.networks.irc.client_settings import ClientSettings
from bridge.networks.irc.client_settled import SettledLines
from bridge.networks.irc.protocol.flood import FloodLimits
from bridge.networks.irc.protocol.line import Line, encode_line
from bridge.networks.irc.protocol.resuming import Gone, Happened, replay
from bridge.networks.irc.protocol.session import Session
from bridge.networks.irc.protocol.snapshot import (
    BadSnapshot,
    SessionState,
    decode_state,
    dump,
    encode_state,
    load,
)

VERSION: Final = 1
GOODBYE: Final = "Trunkline stays away"

log = structlog.get_logger(__name__)


@frozen
class TakenUp:
    """A connection at the point where the earlier life left it.

    Attributes:
        since: when the server welcomed it.
        happened: what may not have been taken by anybody yet.
        unread: bytes that nobody has looked at yet.
    """

    session: Session
    flood: FloodLimits
    since: datetime
    happened: tuple[Happened, ...]
    unread: bytes


def manners(settings: ClientSettings) -> Manners:
    """How a connection of these settings is kept alive without us: PING is answered by PONG."""
    nick = settings.session.identity.nick
    return Manners(
        ask=rb"(?:@\S+ +)?(?::\S+ +)?PING(?: +(.*))?",
        answer=b"PONG \\1\r\n",
        sign=encode_line(Line("PONG", (nick,))),
        farewell=encode_line(Line("QUIT", (GOODBYE,))),
    )


def make_keepsake(
    state: SessionState,
    settled: SettledLines,
    settings: ClientSettings,
    *,
    flood: FloodLimits,
    since: datetime,
) -> bytes:
    """All that a later life needs of a connection that was welcomed at ``since``."""
    return dump(
        {
            "version": VERSION,
            "wish": _wish(settings),
            "since": since.timestamp(),
            "flood": [flood.burst, flood.per_second, flood.barriers_cost],
            "settled": settled.written_down(),
            "session": encode_state(state),
        }
    )


def take_up(past: Past, settings: ClientSettings, settled: SettledLines, now: float) -> TakenUp | None:
    """Go on where the earlier life left a connection; None where that cannot be."""
    if past.snapshot is None:
        log.info("held connection was not welcomed yet")
        return None
    try:
        return _take_up(past, load(past.snapshot), settings, settled, now)
    except (BadSnapshot, KeyError, TypeError, ValueError) as error:
        log.warning("held connection cannot be taken up", error=repr(error))
        return None


def _take_up(
    past: Past, kept: Mapping[str, Any], settings: ClientSettings, settled: SettledLines, now: float
) -> TakenUp | None:
    if kept["version"] != VERSION or kept["wish"] != _wish(settings):
        log.info("held connection is not the one that is wanted")
        return None
    burst, per_second, barriers_cost = kept["flood"]
    slowed = FloodLimits(int(burst), float(per_second), bool(barriers_cost))
    flood = slowed if slowed.barriers_cost else settings.session.flood
    config = evolve(settings.session, flood=flood)
    session = Session.resumed(config, decode_state(kept["session"]), past.offset, now)
    settled.resume(kept["settled"])
    since = datetime.fromtimestamp(kept["since"], UTC)
    gone = [Gone(write.at, line.data, line.token) for write in past.past for line in write.lines]
    for one in gone:
        if one.token:
            settled.said(one.token)
    looked_at = past.data[: past.seen - past.offset]
    happened = replay(session, looked_at, gone, now)
    for one_line in happened:
        for event in one_line.events:
            settled.note(event)
    for channel in session.channels.values():
        channel.held_since = since
    untaken = tuple(one_line for one_line in happened if one_line.offset > past.taken)
    return TakenUp(session, flood, since, untaken, past.data[past.seen - past.offset :])


def _wish(settings: ClientSettings) -> list[Any]:
    """What a connection must have been made with to be the one that is wanted now."""
    who = settings.session.identity
    return [
        settings.host,
        settings.port,
        settings.tls,
        settings.tls_verify,
        who.nick,
        who.user,
        who.realname,
        who.sasl is not None,
    ]
