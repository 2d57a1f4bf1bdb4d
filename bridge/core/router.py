"""Who wants an event: a pure decision on the event and on what the room is to us."""

from typing import TypeAlias

from attrs import frozen

from bridge.model.errors import Phrase
from bridge.model.ids import LaneID
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEncryptionOn,
    MatrixEvent,
    MatrixMembership,
    MatrixMessage,
    MatrixOther,
    MatrixTombstone,
    MatrixUnreadable,
    Membership,
)
from bridge.model.messages import TextBody
from bridge.model.namespace import Namespace
from bridge.model.portals import Portal
from bridge.policy.access import AccessRules, Level
from bridge.policy.loop_guard import LoopRules, NotCrossing, why_not_cross
from bridge.text.plain import to_plain


@frozen
class Ignore:
    """Nothing is to be done. ``why`` is for the log."""

    why: str


@frozen
class Cross:
    """To be said in these lanes."""

    lanes: tuple[LaneID, ...]


@frozen
class Command:
    """Words to the bridge itself."""


@frozen
class RoomChange:
    """Something about the room that the bridge must act on: invites, kicks, upgrades, encryption."""


@frozen
class Refuse:
    """Must not cross, and its sender is told why. Without ``keep`` its words are forgotten at once."""

    reason: Phrase
    keep: bool = True


Route: TypeAlias = Ignore | Cross | Command | RoomChange | Refuse


@frozen(kw_only=True)
class RoomView:
    """What a room is to us.

    ``portals`` are those that the event is for; ``left`` says that a portal was here before the event came.
    """

    portals: tuple[Portal, ...]
    management: bool
    left: bool = False


class Router:
    """Decides for each event who wants it."""

    def __init__(self, names: Namespace, access: AccessRules, loops: LoopRules, command_prefix: str) -> None:
        self._names = names
        self._access = access
        self._loops = loops
        self._prefix = command_prefix

    def route(self, event: MatrixEvent, room: RoomView, *, ping_pong: bool = False) -> Route:
        if isinstance(event, MatrixTombstone | MatrixEncryptionOn):
            return RoomChange()
        if isinstance(event, MatrixMembership):
            return self._membership(event, room)
        if self._names.is_ours(event.sender):
            return Ignore("our own")
        if isinstance(event, MatrixOther):
            return Ignore("not bridged")
        if self._access.level_of(event.sender) is Level.BLOCK:
            return Ignore("blocked")
        if isinstance(event, MatrixUnreadable):
            return self._unreadable(room)
        if isinstance(event, MatrixMessage) and (room.management or self._is_command(event)):
            return Command()
        if isinstance(event, MatrixEdit) and self._is_command(event):
            return Ignore("an edited command")
        return self._crossing(event, room, ping_pong=ping_pong)

    def _crossing(self, event: MatrixEvent, room: RoomView, *, ping_pong: bool) -> Route:
        if not room.portals and not (room.left and isinstance(event, MatrixMessage)):
            return Ignore("no portal")
        if isinstance(event, MatrixMessage | MatrixEdit):
            why = why_not_cross(event, self._loops, own_user=False, ping_pong=ping_pong)
            if why is not None:
                return self._kept_back(why)
        if not room.portals:
            return Refuse(Phrase.of("portal.moved"))
        return Cross(tuple(portal.lane for portal in room.portals))

    def _membership(self, event: MatrixMembership, room: RoomView) -> Route:
        if self._names.is_ours(event.user_id) and self._names.is_ours(event.sender):
            return Ignore("our own")
        if event.user_id == self._names.bot:
            return RoomChange()
        if not self._names.is_ghost(event.user_id):
            left = event.membership in (Membership.LEAVE, Membership.BAN)
            ours = bool(room.portals) or room.management
            return RoomChange() if left and ours else Ignore("a person's own")
        if event.membership is Membership.INVITE:
            return RoomChange()
        if not room.portals or not _was_put_out(event):
            return Ignore("a ghost's own")
        if self._access.level_of(event.sender) is Level.BLOCK:
            return Ignore("blocked")
        return Cross(tuple(portal.lane for portal in room.portals))

    def _is_command(self, event: MatrixMessage | MatrixEdit) -> bool:
        if not isinstance(event.body, TextBody):
            return False
        words = to_plain(event.body.text).lstrip().split(maxsplit=1)
        return bool(words) and words[0].casefold() == self._prefix.casefold()

    @staticmethod
    def _unreadable(room: RoomView) -> Route:
        if room.management:
            return Refuse(Phrase.of("bot.encrypted"))
        return Refuse(Phrase.of("portal.encrypted")) if room.portals else Ignore("encrypted")

    @staticmethod
    def _kept_back(why: NotCrossing) -> Route:
        if why is NotCrossing.PING_PONG:
            return Refuse(Phrase.of("message.ping_pong"))
        return Ignore(why.value)


def _was_put_out(event: MatrixMembership) -> bool:
    """Somebody who was in the room was kicked or banned; an invite taken back or a ban lifted is neither."""
    ended = event.membership in (Membership.LEAVE, Membership.BAN)
    return ended and event.previous in (None, Membership.JOIN)
