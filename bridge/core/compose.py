"""From a Matrix event to what is to be said on the network: the speaker, the target, the words."""

from datetime import datetime
from typing import assert_never

from bridge.api.network import Login
from bridge.core.ghosts import Ghosts
from bridge.core.ports import Homeserver, MapStore, MediaLinks
from bridge.core.work import TargetUnderWay, UnderWay
from bridge.model.errors import Phrase
from bridge.model.ids import EventID, UserID
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEncryptionOn,
    MatrixEvent,
    MatrixMembership,
    MatrixMessage,
    MatrixOther,
    MatrixReaction,
    MatrixRedaction,
    MatrixTombstone,
    MatrixTopic,
    MatrixUnreadable,
)
from bridge.model.messages import Body, MediaBody
from bridge.model.outgoing import (
    Say,
    SayEdit,
    SayKick,
    SayMessage,
    SayReaction,
    SayRedaction,
    SayTopic,
    Speaker,
    Target,
)
from bridge.model.portals import Portal
from bridge.policy.relay_names import relay_form


class Composer:
    """Gathers what a network needs to know to say an event in its own way."""

    def __init__(
        self,
        homeserver: Homeserver,
        messages: MapStore,
        ghosts: Ghosts,
        media: MediaLinks,
        under_way: UnderWay,
    ) -> None:
        self._homeserver = homeserver
        self._messages = messages
        self._ghosts = ghosts
        self._media = media
        self._under_way = under_way

    async def compose(
        self,
        portal: Portal,
        login: Login,
        event: MatrixEvent,
        *,
        said_at: datetime | None = None,
        patient: bool = True,
    ) -> Say | None:
        """What to say, or None when there is nothing to say of this event; ``said_at`` if that is late.

        Raises ``TargetUnderWay`` while ``patient`` and the event's target may still get its ID (without
        patience too for what is no line of its own), and what the homeserver raises.
        """
        who = await self._speaker(portal, login, event.sender)
        match event:
            case MatrixMessage(event_id=event_id, body=body):
                reply = await self._target(portal, event.reply_to, patient) if event.reply_to else None
                return SayMessage(
                    speaker=who,
                    event_id=event_id,
                    body=body,
                    media_url=self._link(body),
                    reply_to=reply,
                    said_at=said_at,
                )
            case MatrixEdit(event_id=event_id, body=body):
                edited = await self._awaited(portal, event.target, patient) or Target()
                return SayEdit(
                    speaker=who, event_id=event_id, target=edited, body=body, media_url=self._link(body)
                )
            case MatrixReaction(event_id=event_id, key=key):
                target = await self._awaited(portal, event.target, patient)
                if target is None:
                    return None
                return SayReaction(speaker=who, event_id=event_id, target=target, key=key)
            case MatrixRedaction(event_id=event_id, reason=reason):
                gone = await self._awaited(portal, event.target, patient)
                if gone is None:
                    return None
                return SayRedaction(speaker=who, event_id=event_id, target=gone, reason=reason)
            case MatrixTopic(event_id=event_id, topic=topic):
                return SayTopic(speaker=who, event_id=event_id, topic=topic)
            case MatrixMembership(event_id=event_id):
                ghost = await self._ghosts.by_user(event.user_id)
                if ghost is None:
                    return None
                user = self._ghosts.goes_by(ghost)
                return SayKick(speaker=who, event_id=event_id, user=user, reason=event.reason)
            case MatrixTombstone() | MatrixEncryptionOn() | MatrixUnreadable() | MatrixOther():
                return None
        assert_never(event)

    async def _speaker(self, portal: Portal, login: Login, user_id: UserID) -> Speaker:
        name = await self._homeserver.display_name(portal.room_id, user_id)
        names = await self._homeserver.member_names(portal.room_id)
        others = [each for other, each in names.items() if other != user_id]
        others += login.names(portal.key.chat)
        return Speaker(user_id, name, relay_form(name, user_id, others))

    def _link(self, body: Body) -> str | None:
        if not isinstance(body, MediaBody):
            return None
        return body.url or (body.mxc and self._media.link(body.mxc, body.filename, body.mime_type))

    async def _awaited(self, portal: Portal, event_id: EventID, patient: bool) -> Target | None:
        """What means nothing without its target waits as long as that is on its way itself."""
        will_settle = self._under_way.will_settle(portal.lane, event_id)
        return await self._target(portal, event_id, patient or will_settle)

    async def _target(self, portal: Portal, event_id: EventID, patient: bool) -> Target | None:
        """The earlier message meant, or None when we never bridged it."""
        pairs = [pair for pair in await self._messages.by_event(event_id) if pair.lane == portal.lane]
        if not pairs:
            if patient and self._under_way.may_hold(portal.lane, event_id):
                raise TargetUnderWay(Phrase.of("message.target_under_way"))
            return None
        first = pairs[0]
        return Target(
            remote_ids=tuple(pair.remote_id for pair in pairs if pair.remote_id is not None),
            author=first.author,
            author_id=first.author_id,
            excerpt=first.excerpt,
        )
