"""What a session knows, as a value that can be written down: a later life of the connection goes on from it.

A session that is made from a snapshot and then given what came and went since behaves as the first one would
have. Not in it are lines that wait to be written (they never left), half a line (its bytes are given again),
open batches (no snapshot is taken while there are any), and times, which begin anew.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import orjson
from attrs import field, frozen
from cattrs import Converter
from cattrs.errors import BaseValidationError

from bridge.networks.irc.protocol.casemap import CaseMapping, NameMap
from bridge.networks.irc.protocol.channels import Channel, Roster
from bridge.networks.irc.protocol.events import Member
from bridge.networks.irc.protocol.fates import Evidence, InFlight
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.outbox import Pace
from bridge.networks.irc.protocol.own import Own


class BadSnapshot(ValueError):
    """It was not written by us, or by a version whose snapshots we cannot read."""


@frozen(kw_only=True)
class ChannelState:
    """A `Channel` with its members as a list."""

    name: str
    members: tuple[Member, ...] = ()
    topic: str = ""
    topic_setter: str | None = None
    topic_set_at: datetime | None = None
    modes: dict[str, str | None] = field(factory=dict)
    is_complete: bool = False
    modes_told: bool = False
    joined_at: datetime | None = None


@frozen(kw_only=True)
class SessionState:
    """All that outlives a process. ``naming`` has the members named so far, ``asked`` commands by target."""

    own: Own
    leftover: str | None = None
    missed_nick: bool = False
    account: str | None = None
    isupport: dict[str, str] = field(factory=dict)
    offered: dict[str, str] = field(factory=dict)
    enabled: tuple[str, ...] = ()
    channels: tuple[ChannelState, ...] = ()
    naming: dict[str, tuple[Member, ...]] = field(factory=dict)
    joining: tuple[str, ...] = ()
    asked: dict[str, int] = field(factory=dict)
    in_flight: tuple[InFlight, ...] = ()
    pace: Pace = field(factory=Pace)
    nonsense: int = 0


def state_of_channel(channel: Channel) -> ChannelState:
    """What is known of a channel, as it is now."""
    return ChannelState(
        name=channel.name,
        members=tuple(channel.members.values()),
        topic=channel.topic,
        topic_setter=channel.topic_setter,
        topic_set_at=channel.topic_set_at,
        modes=dict(channel.modes),
        is_complete=channel.is_complete,
        modes_told=channel.modes_told,
        joined_at=channel.joined_at,
    )


def make_roster(state: SessionState, isupport: ISupport) -> Roster:
    """The roster that a state tells of."""
    mapping = isupport.casemapping
    roster = Roster(state.own, isupport)
    roster.leftover = state.leftover
    for one in state.channels:
        roster.channels[one.name] = Channel(
            one.name,
            _by_nick(one.members, mapping),
            one.topic,
            one.topic_setter,
            one.topic_set_at,
            dict(one.modes),
            one.is_complete,
            one.modes_told,
            one.joined_at,
        )
    for name, members in state.naming.items():
        roster.naming[name] = _by_nick(members, mapping)
    return roster


def encode_state(state: SessionState) -> Mapping[str, Any]:
    """As plain values for JSON; `decode_state` reads them back."""
    written: Mapping[str, Any] = _converter.unstructure(state)
    return written


def decode_state(written: object) -> SessionState:
    """Raises `BadSnapshot`."""
    try:
        return _converter.structure(written, SessionState)
    except (BaseValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadSnapshot(repr(error)) from error


def dump(values: Mapping[str, Any]) -> bytes:
    """Plain values as bytes."""
    return orjson.dumps(values)


def load(data: bytes) -> Mapping[str, Any]:
    """Raises `BadSnapshot`."""
    try:
        values = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadSnapshot("no JSON") from error
    if not isinstance(values, dict):
        raise BadSnapshot("no object")
    return values


def _by_nick(members: tuple[Member, ...], mapping: CaseMapping) -> NameMap[Member]:
    named: NameMap[Member] = NameMap(mapping)
    for member in members:
        named[member.nick] = member
    return named


def _read_evidence(name: object, _kind: object) -> Evidence:
    return Evidence[str(name)]


_converter = Converter(omit_if_default=True, forbid_extra_keys=False)
_converter.register_unstructure_hook(Enum, lambda value: value.name)
_converter.register_structure_hook(Evidence, _read_evidence)
_converter.register_unstructure_hook(datetime, lambda value: value.timestamp())
_converter.register_structure_hook(datetime, lambda value, _: datetime.fromtimestamp(value, UTC))
