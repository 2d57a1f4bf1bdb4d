"""What happened in the demo chat, as remote events. Plain functions on plain values."""

from bridge.model.ids import ChatID, NetworkName, PortalKey
from bridge.model.messages import TextBody
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
from bridge.networks.demo.ids import make_message_id, make_user
from bridge.networks.demo.protocol.place import (
    Came,
    Edited,
    Happening,
    Reacted,
    Removed,
    Renamed,
    Said,
    TopicSet,
    Went,
)


def to_matrix(network: NetworkName, happening: Happening) -> RemoteEvent:
    """The event that stands for a happening."""
    portal = PortalKey(network, ChatID(happening.chat))
    sender = make_user(happening.nick)
    number = make_message_id(happening.number)
    match happening:
        case Said(text=text, tone=tone, reply_to=reply_to):
            return RemoteMessage(
                portal=portal,
                sender=sender,
                remote_id=number,
                body=TextBody(text, tone),
                reply_to=None if reply_to is None else make_message_id(reply_to),
            )
        case Edited(target=target, text=text, tone=tone):
            return RemoteEdit(
                portal=portal,
                sender=sender,
                remote_id=number,
                target=make_message_id(target),
                body=TextBody(text, tone),
            )
        case Reacted(target=target, key=key):
            return RemoteReaction(
                portal=portal, sender=sender, remote_id=number, target=make_message_id(target), key=key
            )
        case Removed(target=target):
            return RemoteRedaction(
                portal=portal, sender=sender, remote_id=number, target=make_message_id(target)
            )
        case TopicSet(topic=topic):
            return RemoteTopic(portal=portal, sender=sender, remote_id=number, topic=topic)
        case Came():
            return RemoteJoin(portal=portal, sender=sender, remote_id=number)
        case Went(by=by, reason=reason):
            return RemoteLeave(
                portal=portal,
                sender=make_user(by or happening.nick),
                remote_id=number,
                user=sender,
                reason=reason,
                kicked=by is not None,
            )
        case Renamed(previous=previous):
            return RemoteRename(portal=portal, sender=sender, remote_id=number, previous=make_user(previous))
