"""Makes the people, channels and rooms of one test, under names that no other test has."""

import asyncio
import secrets
from contextlib import suppress
from urllib.error import HTTPError

from attrs import frozen

from bridge.testing.irc_client import IrcClient, IrcLine
from bridge.testing.matrix_client import MatrixEvent, MatrixUser
from tests.e2e.stack import BOT, RELAY_NICK, Stack

STATUS_TYPE = "com.beeper.message_send_status"


@frozen
class Meeting:
    """A channel and its room, with Ann on IRC and Alice on Matrix in them. Ann runs the channel."""

    network: str
    channel: str
    room: str
    ann: IrcClient
    alice: MatrixUser

    def ghost(self, client: IrcClient) -> str:
        return ghost_id(self.network, client.nick)

    @property
    def alice_name(self) -> str:
        return self.alice.user_id[1:].partition(":")[0]


def ghost_id(network: str, nick: str) -> str:
    return f"@_trunkline_{network}_{nick.lower()}:localhost"


class Talkers:
    """Whoever was made here is gone after ``close``."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.ending = secrets.token_hex(3)
        self._users: list[MatrixUser] = []
        self._clients: list[IrcClient] = []

    @property
    def channel(self) -> str:
        return f"#t{self.ending}"

    async def user(self, name: str, *, admin: bool = False) -> MatrixUser:
        localpart = f"{name}-{self.ending}"
        await self.stack.synapse.register_user(localpart, admin=admin)
        return await self._log_in(localpart)

    async def known(self, localpart: str) -> MatrixUser:
        """Somebody whom the configuration knows by name; the same for all tests."""
        with suppress(HTTPError):
            await self.stack.synapse.register_user(localpart)
        return await self._log_in(localpart)

    async def irc(self, nick: str, network: str, *, caps: tuple[str, ...] = ()) -> IrcClient:
        client = await self.stack.waiting_room.take(network)
        self._clients.append(client)
        await _become(client, f"{nick}{self.ending}")
        if caps:
            client.send(f"CAP REQ :{' '.join(caps)}")
            await client.wait_for("CAP", what="the answer to CAP REQ")
        return client

    async def joined(self, nick: str, network: str, *, caps: tuple[str, ...] = ()) -> IrcClient:
        client = await self.irc(nick, network, caps=caps)
        await client.join(self.channel)
        return client

    def alias(self, network: str, channel: str | None = None) -> str:
        slug = (channel or self.channel).removeprefix("#")
        return f"#_trunkline_{network}_{slug}:{self.stack.place.domain}"

    async def portal(self, user: MatrixUser, network: str, channel: str | None = None) -> str:
        """The room of a channel, with the user in it."""
        return await user.join(self.alias(network, channel))

    async def meet(self, network: str, *, caps: tuple[str, ...] = ()) -> Meeting:
        ann, alice = await asyncio.gather(self.joined("ann", network, caps=caps), self.user("alice"))
        room = await self.portal(alice, network)
        return Meeting(network, self.channel, room, ann, alice)

    async def plumbed(self, network: str, **options: object) -> Meeting:
        """A room of Alice's own, plumbed to a channel that our relay runs together with Ann."""
        ann, alice = await asyncio.gather(self.joined("ann", network), self.user("alice"))
        room = await alice.create_room(preset="public_chat", name="her own", **options)
        await self.bring_bot(alice, room)
        code = await self.ask_to_plumb(alice, room, ann, network)
        ann.say(self.channel, f"approve {code}")
        await alice.wait_for_message("is now joined to", room_id=room)
        ann.send(f"MODE {self.channel} +o {RELAY_NICK}")
        ann.say(self.channel, "the relay has power")
        await alice.wait_for_message("the relay has power", room_id=room)
        return Meeting(network, self.channel, room, ann, alice)

    async def ask_to_plumb(self, user: MatrixUser, room: str, ann: IrcClient, network: str) -> str:
        """Ask for a plumb that somebody in the channel must agree to; returns the code to say there."""
        await user.say(room, f"!trunkline plumb {network} {self.channel}")
        await user.wait_for_message("must agree now", room_id=room)
        question = await ann.wait_for_text("approve", command="NOTICE")
        return question.text.rsplit(" ", 1)[1]

    async def bring_bot(self, user: MatrixUser, room: str) -> None:
        await user.invite(room, BOT)
        await user.wait_for(
            lambda event: (
                event.room_id == room
                and event.type == "m.room.member"
                and event.state_key == BOT
                and event.content.get("membership") == "join"
            ),
            what="the bot's coming",
        )

    async def management_room(self, user: MatrixUser, **options: object) -> str:
        room = await user.create_room(is_direct=True, invite=[BOT], preset="trusted_private_chat", **options)
        await user.wait_for_message("Hello!", room_id=room)
        return room

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
        for user in self._users:
            await user.close()

    async def _log_in(self, localpart: str) -> MatrixUser:
        synapse = self.stack.synapse
        user = MatrixUser(synapse.url, synapse.user_id(localpart))
        self._users.append(user)
        return await user.login()


async def _become(client: IrcClient, nick: str) -> None:
    since = client.mark()
    client.send(f"NICK {nick}")
    await client.wait_for(lambda line: line.command == "NICK" and line.text == nick, since=since)
    client.nick = nick


async def ask(user: MatrixUser, room: str, words: str) -> MatrixEvent:
    """Say words to the bridge and return its answer to them."""
    event_id = await user.say(room, words)
    return await answer_to(user, event_id)


async def answer_to(user: MatrixUser, event_id: str) -> MatrixEvent:
    return await user.wait_for(
        lambda event: (
            event.sender == BOT
            and event.type == "m.room.message"
            and event.relates_to.get("m.in_reply_to", {}).get("event_id") == event_id
        ),
        what="the bridge's answer",
    )


async def status_of(user: MatrixUser, event_id: str) -> MatrixEvent:
    return await user.wait_for(
        lambda event: event.type == STATUS_TYPE and event.relates_to.get("event_id") == event_id,
        what="the status of a message",
    )


async def read_receipt(user: MatrixUser, room: str, event_id: str) -> MatrixEvent:
    """Wait for the bot's read receipt on an event."""
    return await user.wait_for(
        lambda event: (
            event.room_id == room
            and event.type == "m.receipt"
            and BOT in event.content.get(event_id, {}).get("m.read", {})
        ),
        what="the bot's receipt",
    )


async def membership(user: MatrixUser, room: str, of: str, wanted: str, *, since: int = 0) -> MatrixEvent:
    """Wait until somebody's membership is this."""
    return await user.wait_for(
        lambda event: (
            event.room_id == room
            and event.type == "m.room.member"
            and event.state_key == of
            and event.content.get("membership") == wanted
        ),
        since=since,
        what=f"{wanted} of {of}",
    )


async def heard(client: IrcClient, command: str, text: str, *, since: int = 0) -> IrcLine:
    return await client.wait_for_text(text, command=command, since=since)
