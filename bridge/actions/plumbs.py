"""Actions that join an existing room to a remote conversation, with a word of both sides."""

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.rights import Rights
from bridge.actions.which import Which
from bridge.api.network import ChatInfo, Connector, KnowsPower, Login
from bridge.core.networks import Networks
from bridge.core.portals import Portals
from bridge.core.ports import Approval, Clock, Homeserver, RoomStore, Tasks
from bridge.core.rooms import Rooms
from bridge.core.upgrade import power_levels
from bridge.core.words import Words
from bridge.model.errors import (
    HomeserverRefused,
    InvalidInput,
    NetworkUnavailable,
    NotAllowed,
    Phrase,
    Rejected,
    Unavailable,
)
from bridge.model.ids import ChatID, PortalKey, RoomID, UserID
from bridge.model.messages import TextBody
from bridge.model.remote_events import RemoteEvent, RemoteMessage
from bridge.policy.access import Action as Right
from bridge.policy.plumbing import may_plumb, may_unplumb
from bridge.policy.verdict import Refused, Verdict
from bridge.text.plain import to_plain

log = structlog.get_logger(__name__)

_VALID: Final = timedelta(minutes=30)
_WORD: Final = re.compile(r"(?:\S+[:,]\s+)?!?approve ([a-z2-7]{8})\s*", re.IGNORECASE)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


class Plumb:
    """Joins the room in which it is said to a remote conversation.

    On Matrix the caller needs the power to change the room; on the network either our relay runs the
    conversation, or somebody who does gives their word there with a code that we say.
    """

    spec = specs.PLUMB

    def __init__(
        self,
        *,
        which: Which,
        rooms: Rooms,
        portals: Portals,
        homeserver: Homeserver,
        store: RoomStore,
        words: Words,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._which = which
        self._rooms = rooms
        self._portals = portals
        self._homeserver = homeserver
        self._store = store
        self._words = words
        self._clock = clock
        self._tasks = tasks
        self._wishes: Counter[PortalKey] = Counter()
        """How many wishes for a conversation have not run out."""

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        connector, chat = self._which.chat(arguments)
        key = PortalKey(connector.network, chat)
        known = self._portals.by_key(key)
        if known is not None and known.room_id == caller.room_id:
            return [Phrase.of("plumb.done", chat=known.name)]
        room_id = self._room(caller)
        if known is not None:
            raise NotAllowed(Phrase.of("plumb.taken", chat=connector.chat_name(chat)))
        _require(await plumb_verdict(self._homeserver, room_id, caller.user_id))
        relay = connector.relay()
        if relay is None:
            raise NotAllowed(Phrase.of("network.no_relay", network=connector.network))
        info = await self._join(relay, chat)
        if isinstance(relay, KnowsPower) and relay.login_runs_chat(chat):
            await self._rooms.plumb(connector, info, room_id, caller.user_id)
            return [Phrase.of("plumb.done", chat=info.name)]
        if not isinstance(relay, KnowsPower):
            await relay.leave(chat)
            raise NotAllowed(Phrase.of("plumb.network"))
        await self._ask(key, room_id, caller.user_id, relay)
        return [Phrase.of("plumb.asked", chat=info.name, minutes=_VALID.seconds // 60)]

    async def _join(self, relay: Login, chat: ChatID) -> ChatInfo:
        try:
            return await relay.join(chat)
        except NetworkUnavailable:
            await relay.leave(chat)  # the wish that is told to have failed must not come true later
            raise

    def _room(self, caller: Caller) -> RoomID:
        if caller.room_id is None or caller.in_management_room:
            raise InvalidInput(Phrase.of("plumb.where"))
        if self._portals.in_room(caller.room_id):
            raise NotAllowed(Phrase.of("plumb.room_taken"))
        return caller.room_id

    async def _ask(self, key: PortalKey, room_id: RoomID, user_id: UserID, relay: Login) -> None:
        code = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        approval = Approval(
            code_hash=_hash(code),
            key=key,
            room_id=room_id,
            asked_by=user_id,
            expires_at=self._clock.now() + _VALID,
        )
        await self._store.put_approval(approval)
        self._wishes[key] += 1
        self._tasks.spawn("plumb wish runs out", self._run_out(key, relay))
        await self._words.on_network(key, Phrase.of("plumb.ask_operator", user=user_id, code=code))

    async def _run_out(self, key: PortalKey, relay: Login) -> None:
        await self._clock.sleep(_VALID.total_seconds())
        self._wishes[key] -= 1
        if self._wishes[key]:
            return  # somebody else's answer is still awaited there
        del self._wishes[key]
        if self._portals.by_key(key) is None:
            await relay.leave(key.chat)


class Approvals:
    """Hears the word of those who run a remote conversation. Implements ``core.ports.RemoteWords``."""

    def __init__(
        self,
        *,
        networks: Networks,
        portals: Portals,
        rooms: Rooms,
        homeserver: Homeserver,
        store: RoomStore,
        words: Words,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._networks = networks
        self._portals = portals
        self._rooms = rooms
        self._homeserver = homeserver
        self._store = store
        self._words = words
        self._clock = clock
        self._tasks = tasks

    async def handle(self, event: RemoteEvent) -> bool:
        """Whether these were words to the bridge. What follows from them is done beside the caller.

        The caller reads the network's connection: whoever waits here for an answer on it waits for ever.
        """
        if not isinstance(event, RemoteMessage) or not isinstance(event.body, TextBody):
            return False
        if self._portals.by_key(event.portal) is not None:
            return False  # nobody waits for a word here: it is chat
        said = _WORD.fullmatch(to_plain(event.body.text))
        connector = self._networks.get(event.portal.network)
        relay = connector.relay() if connector else None
        if said is None or connector is None or relay is None or not isinstance(relay, KnowsPower):
            return False
        runs_chat = relay.runs_chat(event.portal.chat, event.sender.id)
        self._tasks.spawn("approval", self._heard(connector, event.portal, said[1].lower(), runs_chat))
        return True

    async def _heard(self, connector: Connector, key: PortalKey, code: str, runs_chat: bool) -> None:
        if not runs_chat:
            await self._words.on_network(key, Phrase.of("plumb.not_operator"))
            return
        approval = None
        try:
            approval = await self._store.take_approval(_hash(code), key, self._clock.now())
            if approval is None:
                await self._words.on_network(key, Phrase.of("plumb.unknown_code"))
                return
            await self._approved(connector, approval)
        except Unavailable as error:
            log.info("approval failed for now", reason=str(error))
            if approval is not None:
                await self._store.put_approval(approval)
            await self._words.on_network(key, error.reason)

    async def _approved(self, connector: Connector, approval: Approval) -> None:
        """Both sides are looked at once more: much may have changed since the wish."""
        relay = connector.relay()
        assert relay is not None
        try:
            _require(await plumb_verdict(self._homeserver, approval.room_id, approval.asked_by))
            info = await relay.join(approval.key.chat)
            portal = await self._rooms.plumb(connector, info, approval.room_id, approval.asked_by)
        except (Rejected, HomeserverRefused) as error:
            log.info("approved plumb refused", reason=str(error))
            await self._words.on_network(approval.key, error.reason)
            await self._words.in_room(approval.room_id, error.reason, occasion=approval.code_hash)
            return
        await self._words.on_network(approval.key, Phrase.of("plumb.done_there"))
        done = Phrase.of("plumb.done", chat=portal.name)
        await self._words.in_room(approval.room_id, done, occasion=approval.code_hash)


class Unplumb:
    """Ends the portal of the room in which it is said."""

    spec = specs.UNPLUMB

    def __init__(self, which: Which, rooms: Rooms, homeserver: Homeserver, rights: Rights) -> None:
        self._which = which
        self._rooms = rooms
        self._homeserver = homeserver
        self._rights = rights

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        portal = self._which.portal_here(caller)
        power = power_levels(await self._homeserver.power(portal.room_id))
        admin = self._rights.may(caller, Right.MANAGE)
        _require(may_unplumb(caller.user_id, power=power, admin=admin))
        done = Phrase.of("unplumb.done", chat=portal.name)
        await self._rooms.close(portal, done)
        # The room was told; whoever asked elsewhere has not heard it.
        return [] if caller.door == "chat" else [done]


async def plumb_verdict(homeserver: Homeserver, room_id: RoomID, user_id: UserID) -> Verdict:
    """The Matrix side's word on a plumb; the network's is asked apart."""
    return may_plumb(
        user_id,
        power=power_levels(await homeserver.power(room_id)),
        joined=await homeserver.is_joined(room_id, user_id),
        encrypted=await homeserver.is_encrypted(room_id),
        network_approved=True,
    )


def _require(verdict: Verdict) -> None:
    if isinstance(verdict, Refused):
        raise NotAllowed(verdict.reason)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
