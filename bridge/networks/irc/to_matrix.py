"""What happened on IRC, as remote events. Plain functions on plain values.

Lines of our own connections give nothing: whose they are is known by the connection (`View.is_own`), never
by their text.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from attrs import frozen

from bridge.model.errors import InvalidInput
from bridge.model.ids import ChatID, LoginID, NetworkName, PortalKey, RemoteMessageID, RemoteUserID
from bridge.model.markup import Document
from bridge.model.messages import TextBody, Tone
from bridge.model.remote_events import (
    RemoteEvent,
    RemoteJoin,
    RemoteLeave,
    RemoteMessage,
    RemoteReaction,
    RemoteRename,
    RemoteTopic,
    RemoteUser,
)
from bridge.networks.irc.ids import (
    is_channel,
    make_chat_id,
    make_message_id,
    make_user,
    make_user_id,
    portal_key,
)
from bridge.networks.irc.protocol.events import (
    Event,
    Joined,
    Kicked,
    Message,
    MessageKind,
    NickChanged,
    Parted,
    Quit,
    TopicChanged,
)
from bridge.networks.irc.protocol.formatting import read_codes
from bridge.networks.irc.protocol.formatting_codes import strip_codes
from bridge.networks.irc.protocol.line import Source
from bridge.text.characters import wash_line

REPLY_TAG: Final = "+draft/reply"
REACT_TAG: Final = "+draft/react"
UNREACT_TAG: Final = "+draft/unreact"
MAX_REACTION_CHARS: Final = 100

_TONES: Final = {
    MessageKind.PRIVMSG: Tone.TEXT,
    MessageKind.NOTICE: Tone.NOTICE,
    MessageKind.ACTION: Tone.EMOTE,
}
_SPLIT: Final = re.compile(r"(?:[*\w-]+\.)+[*\w-]+ (?:[*\w-]+\.)+[*\w-]+")
_ADDRESSED: Final = re.compile(r"([^\s:,]+)[:,](?:\s|\Z)")


@frozen
class View:
    """One login's view of its network.

    Attributes:
        is_own: whether a nick is that of one of our own connections.
        names: the nicks in a chat.
    """

    network: NetworkName
    login: LoginID
    is_own: Callable[[str], bool]
    names: Callable[[ChatID], Collection[str]]

    def portal(self, chat: ChatID) -> PortalKey:
        return portal_key(self.network, chat, self.login)


def to_matrix(event: Event, view: View) -> tuple[RemoteEvent, ...]:
    """The remote events that an event of the session stands for; often none."""
    try:
        return tuple(_translate(event, view))
    except InvalidInput:
        # A server that names a channel as none can be named: nobody can have asked for it.
        return ()


def _translate(event: Event, view: View) -> Iterable[RemoteEvent]:
    def is_own(nick: str) -> bool:
        # Our nick may have changed since the event: then only the event itself knows.
        return view.is_own(nick) or getattr(event, "is_self", False)

    match event:
        case Message():
            return _message(event, view)
        case TopicChanged(channel=channel, topic=topic, setter=setter, is_new=True):
            sender = RemoteUser(make_user_id(setter or "*"), setter or "*")
            words = wash_line(strip_codes(topic))
            own = setter is not None and view.is_own(setter)
            portal = view.portal(make_chat_id(channel))
            return () if own else (RemoteTopic(portal=portal, sender=sender, topic=words),)
        case Joined(channel=channel, source=source, account=account) if not is_own(source.nick):
            portal = view.portal(make_chat_id(channel))
            sender = make_user(source, account)
            return (RemoteJoin(portal=portal, sender=sender, happened_at=event.server_time),)
        case Parted(channel=channel, source=source, reason=reason) if not is_own(source.nick):
            return (_leave(view, channel, source, source.nick, reason, event),)
        case Kicked(channel=channel, source=source, nick=nick, reason=reason) if not is_own(nick):
            return (_leave(view, channel, source, nick, reason, event),)
        case Quit(source=source, reason=reason, channels=channels) if not is_own(source.nick):
            return [_leave(view, channel, source, source.nick, reason, event) for channel in channels]
        case NickChanged(source=source, old=old, new=new, channels=channels) if not (
            is_own(old) or is_own(new)
        ):
            return [
                RemoteRename(
                    portal=view.portal(make_chat_id(channel)),
                    sender=make_user(Source(new, source.user, source.host)),
                    previous=make_user(Source(old, source.user, source.host)),
                    happened_at=event.server_time,
                )
                for channel in channels
            ]
        case _:
            return ()


def _message(message: Message, view: View) -> Iterable[RemoteEvent]:
    # A line to "@#channel" is for its operators alone; a room has no such corner.
    if message.is_echo or message.status or not message.source.nick or view.is_own(message.source.nick):
        return ()
    chat = make_chat_id(message.target)
    if not is_channel(chat):
        if message.source.host is None:
            return ()  # a server's word to us: no conversation
        chat = make_chat_id(message.source.nick)
    if message.kind is MessageKind.TAGMSG:
        return _reaction(message, view, chat)
    tone = _TONES.get(message.kind)
    text = Document() if tone is None else read_codes(message.text)
    if tone is None or not text.blocks:
        return ()
    return (
        RemoteMessage(
            portal=view.portal(chat),
            sender=make_user(message.source, message.account),
            remote_id=_id(message.msgid),
            happened_at=message.server_time,
            body=TextBody(text, tone),
            reply_to=_id(message.tags.get(REPLY_TAG)),
            mentions=_mentions(message.text, view.names(chat)),
        ),
    )


def _reaction(message: Message, view: View, chat: ChatID) -> Iterable[RemoteEvent]:
    target = _id(message.tags.get(REPLY_TAG))
    removed = UNREACT_TAG in message.tags
    key = wash_line(message.tags.get(UNREACT_TAG if removed else REACT_TAG, ""))[:MAX_REACTION_CHARS]
    if target is None or not key:
        return ()
    return (
        RemoteReaction(
            portal=view.portal(chat),
            sender=make_user(message.source, message.account),
            remote_id=_id(message.msgid),
            happened_at=message.server_time,
            target=target,
            key=key,
            removed=removed,
        ),
    )


def _leave(
    view: View, channel: str, source: Source, nick: str, reason: str, event: Parted | Kicked | Quit
) -> RemoteLeave:
    sender = make_user(source)
    kicked = isinstance(event, Kicked)
    return RemoteLeave(
        portal=view.portal(make_chat_id(channel)),
        sender=sender,
        user=make_user(Source(nick)) if kicked else sender,
        reason=wash_line(strip_codes(reason)) or None,
        kicked=kicked,
        split=_split(event) if isinstance(event, Quit) else None,
        happened_at=event.server_time,
    )


def _split(event: Quit) -> str | None:
    """The servers that lost each other. Servers without batches name them in the reason, and nothing else."""
    words = wash_line(strip_codes(event.reason))
    named = _SPLIT.fullmatch(words) is not None
    return words if named or (event.is_netsplit and words) else None


def _mentions(text: str, names: Collection[str]) -> tuple[RemoteUserID, ...]:
    """Whom the line is addressed to: ``bob: hello``. A nick elsewhere in a line may be a common word."""
    found = _ADDRESSED.match(strip_codes(text))
    if found is None:
        return ()
    user = make_user_id(found[1])
    return (user,) if user in {make_user_id(name) for name in names} else ()


def _id(msgid: str | None) -> RemoteMessageID | None:
    return make_message_id(msgid) if msgid else None
