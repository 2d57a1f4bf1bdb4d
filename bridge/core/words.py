"""What the bridge itself says, in rooms and in remote conversations."""

from collections.abc import Callable

import structlog

from bridge.api.network import Login
from bridge.core.marks import notice_txn
from bridge.core.networks import Networks
from bridge.core.outbound import new_token
from bridge.core.ports import Homeserver, Sentence
from bridge.model.errors import HomeserverRefused, NotDelivered, Phrase, Uncertain
from bridge.model.ids import EventID, PartID, PortalKey, RoomID, Token
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import PlannedPart, Post, SayMessage, Speaker

log = structlog.get_logger(__name__)


class Words:
    """Sentences of the bridge; it speaks as its bot on Matrix and as its relay on a network."""

    def __init__(
        self,
        homeserver: Homeserver,
        networks: Networks,
        sentence: Sentence,
        make_token: Callable[[], Token] = new_token,
    ) -> None:
        self._homeserver = homeserver
        self._networks = networks
        self._sentence = sentence
        self._make_token = make_token

    async def in_room(
        self, room_id: RoomID, phrase: Phrase, *, occasion: str, reply_to: EventID | None = None
    ) -> None:
        """Say it in a room, once for each occasion.

        Raises ``HomeserverUnavailable``. Where the bot may not speak, that is logged.
        """
        body = TextBody(self._sentence(phrase), Tone.NOTICE)
        post = Post(body=body, reply_to=reply_to, mark="words")
        txn = notice_txn(room_id, f"{phrase.key} {occasion}")
        try:
            await self._homeserver.send(room_id, self._homeserver.bot, post, txn=txn)
        except HomeserverRefused as error:
            log.warning("bot may not speak", room_id=room_id, error=str(error))

    async def on_network(self, key: PortalKey, phrase: Phrase) -> None:
        """Say it in a remote conversation as the relay, as well as it can be done; kept nowhere."""
        connector = self._networks.get(key.network)
        relay = connector.relay() if connector else None
        if relay is None:
            return
        say = SayMessage(
            speaker=Speaker(self._homeserver.bot, relay.own_name or "", None),
            event_id=EventID(""),
            body=TextBody(self._sentence(phrase), Tone.NOTICE),
        )
        await self._write(relay, key, say)

    async def _write(self, relay: Login, key: PortalKey, say: SayMessage) -> None:
        try:
            parts = relay.plan(key.chat, say)
            for index, part in enumerate(parts):
                planned = PlannedPart(PartID(0), self._make_token(), part, index, len(parts))
                await relay.send(key.chat, planned)
        except (NotDelivered, Uncertain) as error:
            log.warning("sentence did not reach the network", network=key.network, error=str(error))
