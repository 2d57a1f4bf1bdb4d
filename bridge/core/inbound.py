"""Takes one arrival to Matrix: ghost, membership, content, send, and the pair of IDs.

Repeating it at any point repeats nothing: the transaction ID is the same each time, and the homeserver gives
the same event back.
"""

from typing import assert_never

from attrs import evolve, frozen

from bridge.core.evidence import Evidence
from bridge.core.ghosts import Ghosts
from bridge.core.marks import arrival_txn, mark_of, reaction_name
from bridge.core.ports import Arrival, ArrivalResult, Homeserver, MapStore
from bridge.core.work import RoomReplaced, TargetUnderWay, UnderWay
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.ids import EventID, RemoteMessageID, UserID
from bridge.model.messages import Body, MediaBody, TextBody
from bridge.model.outgoing import GhostProfile, Outgoing, Post, PostReaction, PostRedaction, PostTopic
from bridge.model.portals import Direction, Mapped, Portal, PortalState
from bridge.model.remote_events import (
    RemoteEdit,
    RemoteEvent,
    RemoteJoin,
    RemoteLeave,
    RemoteMessage,
    RemoteReaction,
    RemoteRedaction,
    RemoteRename,
    RemoteTopic,
)
from bridge.model.statuses import PartState
from bridge.text.plain import excerpt


@frozen
class _Send:
    """One request to come, by whom; ``maps`` says whether its event stands for the remote one."""

    sender: UserID
    outgoing: Outgoing
    maps: bool = True


class Inbound:
    """The way of arrivals into rooms."""

    def __init__(
        self,
        homeserver: Homeserver,
        ghosts: Ghosts,
        messages: MapStore,
        under_way: UnderWay,
        evidence: Evidence,
    ) -> None:
        self._evidence = evidence
        self._homeserver = homeserver
        self._ghosts = ghosts
        self._messages = messages
        self._under_way = under_way

    async def deliver(
        self, portal: Portal, arrival: Arrival, *, patient: bool = True, begun: bool = False
    ) -> ArrivalResult:
        """Bring one arrival to its end, whatever that is. Returns that end, which is not stored yet.

        ``begun`` says that an earlier try of its sending may have taken effect.

        Raises ``HomeserverUnavailable`` and ``StoreUnavailable``; then it is to be repeated. Raises
        ``RoomReplaced`` for what cannot get into a room that was replaced, and while ``patient``
        ``TargetUnderWay`` for what may speak about a line that we are writing now.
        """
        if portal.state is not PortalState.ACTIVE:
            return _refused(arrival, Phrase.of(portal.stop_key or "portal.stopped"))
        if await self._homeserver.is_encrypted(portal.room_id):
            # Never clear text into an encrypted room, not even before the portal is stopped for it.
            return _refused(arrival, Phrase.of("portal.encrypted"))
        try:
            mapped = await self._act(portal, arrival, patient=patient, begun=begun)
        except HomeserverRefused as error:
            if await self._is_replaced(portal):
                # The portal is about to follow, or to be stopped; until then nothing gets into the old room.
                raise RoomReplaced(error.reason) from error
            return _refused(arrival, error.reason)
        return ArrivalResult(seq=arrival.seq, state=PartState.CONFIRMED, mapped=mapped)

    async def _is_replaced(self, portal: Portal) -> bool:
        try:
            return await self._homeserver.tombstone(portal.room_id) is not None
        except HomeserverRefused:
            return False

    async def _act(
        self, portal: Portal, arrival: Arrival, *, patient: bool, begun: bool
    ) -> tuple[Mapped, ...]:
        event = arrival.event
        if isinstance(event, RemoteLeave):
            await self._leave(portal, arrival, event)
            return ()
        if isinstance(event, RemoteJoin | RemoteRename):
            return ()
        target = await self._target(portal, event, patient=patient)
        send = await self._send_of(portal, arrival, target)
        if send is None:
            return ()
        event_id = await self._evidence.event_of(portal, arrival) if begun else None
        if event_id is None:
            event_id = await self._send(portal, arrival, send)
        if not send.maps:
            return ()
        pair = self._pair(portal, arrival, event_id)
        if isinstance(event, RemoteReaction):
            return (pair, evolve(pair, remote_id=reaction_name(arrival.ghost, event), part=1))
        return (pair,)

    async def _send(self, portal: Portal, arrival: Arrival, send: _Send) -> EventID:
        if send.sender != self._homeserver.bot:
            await self.bring_in(portal, send.sender)
        at = arrival.event.happened_at
        return await self._homeserver.send(
            portal.room_id, send.sender, send.outgoing, txn=arrival_txn(arrival), at=at
        )

    async def bring_in(self, portal: Portal, user_id: UserID) -> None:
        """Have a ghost registered, named and in the room."""
        ghost = await self._ghosts.by_user(user_id)
        assert ghost is not None, "a ghost is stored before its first arrival is"
        await self._homeserver.ensure_ghost(user_id, GhostProfile(display_name=ghost.display_name))
        await self._ghosts.registered(ghost)
        await self._homeserver.ensure_joined(user_id, portal.room_id)

    async def _send_of(self, portal: Portal, arrival: Arrival, target: EventID | None) -> _Send | None:
        """What to send; ``target`` is what the event speaks about, if that is known."""
        event = arrival.event
        mark = mark_of(arrival)
        match event:
            case RemoteMessage(body=body):
                mentions = await self._mentions(portal, event)
                post = Post(body=body, reply_to=target, mentions=mentions, mark=mark, late=event.late)
                return _Send(arrival.ghost, post)
            case RemoteEdit(body=body):
                # Without its target an edit is still something that was said.
                return _Send(arrival.ghost, Post(body=body, edit_of=target, mark=mark), maps=target is None)
            case RemoteReaction(removed=True):
                return await self._taken_back(portal, arrival, event)
            case RemoteReaction():
                if target is None:
                    return None
                return _Send(arrival.ghost, PostReaction(target=target, key=event.key, mark=mark))
            case RemoteRedaction():
                return await self._redaction(arrival, event, target) if target else None
            case RemoteTopic(topic=topic):
                return _Send(self._homeserver.bot, PostTopic(topic=topic), maps=False)
            case RemoteJoin() | RemoteLeave() | RemoteRename():
                return None
        assert_never(event)

    async def _redaction(self, arrival: Arrival, event: RemoteRedaction, target: EventID) -> _Send:
        pairs = await self._messages.by_event(target)
        own = any(pair.sender == arrival.ghost for pair in pairs)
        sender = arrival.ghost if own else self._homeserver.bot
        return _Send(sender, PostRedaction(target=target, reason=event.reason), maps=False)

    async def _taken_back(self, portal: Portal, arrival: Arrival, event: RemoteReaction) -> _Send | None:
        """A reaction is taken back by naming what it was; its own ID is not told again."""
        pairs = await self._messages.by_remote(portal.lane, reaction_name(arrival.ghost, event))
        if not pairs:
            return None
        return _Send(arrival.ghost, PostRedaction(target=pairs[-1].event_id), maps=False)

    async def _target(self, portal: Portal, event: RemoteEvent, *, patient: bool) -> EventID | None:
        remote_id = target_of(event)
        if remote_id is None:
            return None
        pairs = await self._messages.by_remote(portal.lane, remote_id)
        if not pairs and patient and self._under_way.may_be_ours(portal.lane):
            raise TargetUnderWay(Phrase.of("message.target_under_way"))
        return pairs[0].event_id if pairs else None

    async def _mentions(self, portal: Portal, event: RemoteMessage) -> tuple[UserID, ...]:
        ghosts = [await self._ghosts.known(portal.key.network, user) for user in event.mentions]
        return tuple(ghost.user_id for ghost in ghosts if ghost is not None)

    async def _leave(self, portal: Portal, arrival: Arrival, event: RemoteLeave) -> None:
        ghost = await self._ghosts.known(portal.key.network, event.user.id)
        if ghost is not None and await self._homeserver.is_joined(portal.room_id, ghost.user_id):
            await self._homeserver.leave(ghost.user_id, portal.room_id, event.reason)

    @staticmethod
    def _pair(portal: Portal, arrival: Arrival, event_id: EventID) -> Mapped:
        event = arrival.event
        return Mapped(
            lane=portal.lane,
            event_id=event_id,
            remote_id=event.remote_id,
            part=0,
            direction=Direction.TO_MATRIX,
            sender=arrival.ghost,
            author=event.sender.name,
            author_id=event.sender.id,
            excerpt=_excerpt(event.body) if isinstance(event, RemoteMessage | RemoteEdit) else None,
        )


def target_of(event: RemoteEvent) -> RemoteMessageID | None:
    """The message that an event speaks about, whose ID on Matrix it needs."""
    match event:
        case RemoteMessage(reply_to=reply_to):
            return reply_to
        case RemoteEdit(target=target) | RemoteReaction(target=target) | RemoteRedaction(target=target):
            return target
        case _:
            return None


def _refused(arrival: Arrival, reason: Phrase) -> ArrivalResult:
    return ArrivalResult(seq=arrival.seq, state=PartState.REFUSED, reason=reason)


def _excerpt(body: Body) -> str | None:
    match body:
        case TextBody(text=text):
            return excerpt(text)
        case MediaBody(filename=filename):
            return filename[:80]
        case _:
            return None
