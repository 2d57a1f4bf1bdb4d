"""What a server keeps of a channel, as remote events; whose lines are ours in it."""

from collections.abc import Collection, Iterable

from attrs import evolve

from bridge.model.ids import ChatID
from bridge.model.remote_events import RemoteEvent
from bridge.networks.irc.protocol.casemap import CaseMapping
from bridge.networks.irc.protocol.events import Message
from bridge.networks.irc.protocol.line import Source
from bridge.networks.irc.to_matrix import View, to_matrix


def is_ours(source: Source, nicks: Iterable[str], users: Collection[str], casemapping: CaseMapping) -> bool:
    """Whether a line of the past was said by a connection of ours.

    That connection is gone: it is known by one of the nicks that we go by, and a user name of ours. Who had
    our nick meanwhile under another user name is a person.
    """
    user = None if source.user is None else source.user.removeprefix("~").casefold()
    known = {name.removeprefix("~").casefold() for name in users}
    return any(casemapping.same(source.nick, nick) for nick in nicks) and (user is None or user in known)


def past_events(messages: Iterable[Message], chat: ChatID, view: View) -> tuple[RemoteEvent, ...]:
    """The events that other people's lines stand for; those without a time cannot be placed."""
    ours_is_out = evolve(view, is_own=lambda _: False)
    return tuple(
        event
        for message in messages
        if message.server_time is not None
        for event in to_matrix(evolve(message, is_echo=False), ours_is_out)
        if event.portal == view.portal(chat)
    )
