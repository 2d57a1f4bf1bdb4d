"""What a network is: the promise between Trunkline and a connector.

A connector implements ``Connector`` and ``Login``, and one small protocol for each further ability. Nobody
writes a stub that raises: what is not implemented is not offered, and help, checks and the console follow.

Everything here is plain data and awaitables. A connector runs on Trunkline's loop and must never block it.

A network is found through the entry point group ``trunkline.networks``, whose names are the ``type`` of a
section and whose values are a ``MakeConnector``. Beside that function its module holds ``SECTION``, the class
of the network's section (``bridge.config``), and ``SENTENCES``, its sentences by language and message key
(``{"en": {...}, "zh-Hans": {...}}``).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from bridge.keeper.promise import Keeper
from bridge.model.capabilities import Capabilities
from bridge.model.ids import ChatID, LoginID, NetworkName, RemoteUserID
from bridge.model.outgoing import Arrived, Part, PlannedPart, Say, Sent
from bridge.model.remote_events import RemoteEvent, RemoteUser
from bridge.model.statuses import CheckLine, LoginState, Settlement


@frozen(kw_only=True)
class ChatInfo:
    """A remote conversation as it is now.

    ``secret`` chats never enter a directory. ``members`` leaves out our own logins. ``seen_since`` is for a
    connection that was held over a restart of the bridge: nothing was missed from then on.
    """

    chat: ChatID
    name: str
    topic: str | None = None
    members: tuple[RemoteUser, ...] = ()
    secret: bool = False
    seen_since: datetime | None = None


@frozen(kw_only=True)
class ChatListing:
    chat: ChatID
    name: str
    topic: str | None
    member_count: int


@frozen(kw_only=True)
class ChatHistory:
    """What a network still knows of what was said in a conversation.

    Attributes:
        events: oldest first, each with ``happened_at``. Nothing of our own connections is among them.
        whole_since: nothing that was said from this moment on is missing in ``events``; None where the
            network does not let that be known.
    """

    events: tuple[RemoteEvent, ...] = ()
    whole_since: datetime | None = None


class Host(Protocol):
    """What a connector is given when it starts. Implemented by Trunkline."""

    async def emit(self, login: LoginID, event: RemoteEvent) -> None:
        """Hand over what ``login``'s connection saw, in the order in which it was seen.

        Returns when the event is stored (or not wanted). While the store refuses, this waits: the
        connector then stops reading its socket, but must go on answering pings. Where several logins see
        one conversation every one of them emits; only the elected observer's events are taken. Never
        emit a line of one of our own connections.
        """

    def login_changed(self, login: LoginID, state: LoginState) -> None:
        """Tell a new health of a login. Never blocks."""

    def sees(self, login: LoginID, info: ChatInfo) -> None:
        """``login`` sees this conversation from now on (joined, or joined again). Never blocks."""

    def sees_no_more(self, login: LoginID, chat: ChatID) -> None:
        """``login`` does not see this conversation from now on. Never blocks."""


@runtime_checkable
class Login(Protocol):
    """One account on the remote network. Every method must be implemented."""

    @property
    def id(self) -> LoginID: ...

    @property
    def state(self) -> LoginState: ...

    @property
    def own_name(self) -> str | None:
        """The name others know it by now; None while it is not connected."""

    def plan(self, chat: ChatID, say: Say) -> tuple[Part, ...]:
        """Cut what is to be said into the writes it takes, in order. Pure, quick, no waiting.

        An empty answer means that there is nothing to say on this network. Raises ``NotDelivered``
        (without ``retry_at``) for what can never be said here.
        """

    async def send(self, chat: ChatID, part: PlannedPart) -> Sent:
        """Write one part. The caller has stored ``part.token`` before.

        Must wait for the best evidence that the network gives. Raises ``NotDelivered`` when the part
        surely did not arrive (with ``retry_at`` if it may be sent again; while there is no connection
        this is raised at once), and ``Uncertain`` when it may or may not have. Raises nothing else.
        """

    async def settle(self, chat: ChatID, part: PlannedPart) -> Settlement | Arrived:
        """Find out what became of a part whose sending was interrupted, from evidence only.

        ``Arrived`` is ``Settlement.ARRIVED`` with the remote IDs; answer it where they are known, since
        an edit or a reaction finds its target by them.
        """

    async def join(self, chat: ChatID) -> ChatInfo:
        """Come into a conversation and stay in it over reconnects, or be there already.

        Raises ``NotAllowed`` when the network refuses, ``NetworkUnavailable`` without a connection (the
        wish is kept: ``Host.sees`` tells when it comes true).
        """

    async def leave(self, chat: ChatID, reason: str | None = None) -> None:
        """Leave a conversation, and forget the wish to be in it. Never raises."""

    def names(self, chat: ChatID) -> Collection[str]:
        """The names of the people in a conversation, as far as they are known now."""


class Connector(Protocol):
    """One configured network. Every method must be implemented; none may block the loop."""

    @property
    def network(self) -> NetworkName: ...

    @property
    def protocol_id(self) -> str:
        """What kind of network this is: ``irc``."""

    @property
    def display_name(self) -> str: ...

    async def start(self, host: Host) -> None:
        """Begin to connect, without waiting for it. Raises ``Misconfigured``."""

    async def stop(self) -> None:
        """End all connections within 5 seconds."""

    def relay(self) -> Login | None:
        """The login that speaks for people without one of their own, if there is such."""

    def logins(self) -> Sequence[Login]: ...

    def capabilities(self, chat: ChatID | None = None) -> Capabilities: ...

    def parse_chat(self, text: str) -> ChatID:
        """What a person typed, as a chat. Raises ``InvalidInput`` with what was wanted."""

    def chat_name(self, chat: ChatID) -> str:
        """How people write this chat: ``#python``."""

    def chat_slug(self, chat: ChatID) -> str:
        """A short form for room aliases: lower case, of ``[a-z0-9._=/+#-]``, read back by ``parse_slug``."""

    def parse_slug(self, slug: str) -> ChatID:
        """Raises ``InvalidInput``."""

    def ghost_slug(self, user: RemoteUserID) -> str:
        """A short form for ghosts' user IDs: of ``[a-z0-9._=/+-]``, different for different users."""

    async def check(self) -> Sequence[CheckLine]:
        """For ``doctor``: try each server by connecting to it. Called without ``start``; at most 20 s."""


class Clock(Protocol):
    """The only source of time for a connector."""

    def now(self) -> datetime:
        """The aware UTC time."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    async def sleep(self, seconds: float) -> None: ...


class MakeConnector(Protocol):
    """What an entry point of ``trunkline.networks`` names."""

    def __call__(self, name: NetworkName, config: Any, *, clock: Clock, random: Random) -> Connector:
        """Make a connector out of a value of the module's ``SECTION``. Does no I/O; must not wait.

        Raises ``Misconfigured``. ``random`` is for jitter, never for secrets.
        """


@frozen
class Addressed:
    """What an address says about a network: a name to call it by, and options of its section as written."""

    name: str
    options: Mapping[str, Any]


@runtime_checkable
class ReadsAddresses(Protocol):
    """May be implemented by a ``SECTION`` class (not by its values), for networks that have addresses."""

    def from_address(self, address: str) -> Addressed | None:
        """A class method. What an address such as ``irc://host/#chat`` says; None if it is of another kind.

        Called by ``trunkline init``. Raises ``InvalidInput``.
        """


@runtime_checkable
class KeepsConnections(Protocol):
    """May be implemented by a ``Connector`` whose connections can be held over a restart of the bridge."""

    def use_keeper(self, keeper: Keeper) -> None:
        """Have connections made and held by ``keeper``. Called before all else, or not at all.

        The names they are held under begin with the network's own name and a colon.
        A connector that is stopped while ``keeper.holds_on`` leaves its connections with the keeper, gives
        what is on its way no fate, and finds it by ``Login.settle`` when it comes again.
        """


@runtime_checkable
class ConfiguresChats(Protocol):
    """May be implemented by a ``Connector`` whose section names conversations that get a room at start."""

    def configured_chats(self) -> Sequence[ChatID]: ...


@runtime_checkable
class ListsChats(Protocol):
    """May be implemented by a ``Login`` whose network has a directory."""

    async def list_chats(self, query: str | None, limit: int) -> Sequence[ChatListing]:
        """Public chats only; secret and keyed ones must never appear. At most 30 s."""


@runtime_checkable
class KnowsPower(Protocol):
    """May be implemented by a ``Login`` that can tell who runs a remote conversation."""

    def runs_chat(self, chat: ChatID, user: RemoteUserID) -> bool:
        """Whether this person may decide for the conversation (an operator, say)."""

    def login_runs_chat(self, chat: ChatID) -> bool:
        """Whether the login itself may."""


@runtime_checkable
class KeepsHistory(Protocol):
    """May be implemented by a ``Login`` whose network can tell what was said while we were not there."""

    async def history(self, chat: ChatID, since: datetime, limit: int) -> ChatHistory | None:
        """What was said in ``chat`` from ``since`` on, at most the newest ``limit`` events of it.

        Called when ``Host.sees`` told that nobody saw the chat before; meanwhile ``Host.emit`` does not
        return for this chat, so the answer must not wait for anything that is emitted. It may reach back
        further than ``since`` (a server's clock is not ours), and what is known from before may be in it
        again. An event that is emitted as well, because it was said while this was on its way, must have a
        remote ID in both places, or be left out here.

        Returns None where the network keeps none, or does not answer: to nobody of those who wait for a
        history, for 30 s. Raises ``NetworkUnavailable`` when the connection is lost meanwhile.
        """
