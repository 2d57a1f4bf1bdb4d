"""Words to the bridge in chat: found, checked, done, answered."""

from collections.abc import Callable, Sequence

import structlog

from bridge.actions.action import Action, Caller
from bridge.actions.registry import Actions
from bridge.commands.gate import Gate, Passage
from bridge.commands.parse import parse_arguments, strip_prefix, suggest, usage
from bridge.core.marks import notice_txn
from bridge.core.ports import Clock, Homeserver, Sentence
from bridge.model.errors import HomeserverRefused, NetworkUnavailable, Phrase, Rejected
from bridge.model.markup import Block, Document
from bridge.model.matrix_events import MatrixMessage
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import Post
from bridge.policy.access import AccessRules
from bridge.text.plain import shorten, to_plain

log = structlog.get_logger(__name__)

_NAME_CHARS = 40
"""So much of an unknown word is said back."""


class ChatDoor:
    """Implements ``core.ports.CommandDoor``."""

    def __init__(
        self,
        *,
        actions: Actions,
        access: AccessRules,
        homeserver: Homeserver,
        sentence: Sentence,
        prefix: str,
        is_network: Callable[[str], bool],
        clock: Clock,
    ) -> None:
        self._actions = actions
        self._access = access
        self._homeserver = homeserver
        self._sentence = sentence
        self._prefix = prefix
        self._is_network = is_network
        self._gate = Gate(clock)

    async def handle(self, event: MatrixMessage, *, in_management_room: bool, attempt: int) -> None:
        if not isinstance(event.body, TextBody) or event.body.tone is Tone.NOTICE:
            return
        passage = self._gate.passage(event.sender, event.event_id)
        if passage is Passage.NONE:
            log.info("command dropped", why="too many", user_id=event.sender)
            return
        if passage is Passage.WARNING:
            await self._say(event, [Phrase.of("command.too_many")])
            return
        words = strip_prefix(to_plain(event.body.text), self._prefix).split()
        caller = Caller(
            user_id=event.sender,
            room_id=event.room_id,
            in_management_room=in_management_room,
            about=event.reply_to,
            request=event.event_id,
        )
        answer = await self._answer(caller, words)
        if answer:
            await self._say(event, answer)

    async def _answer(self, caller: Caller, words: Sequence[str]) -> Sequence[Phrase]:
        name = words[0].casefold().lstrip("!/") if words else "help"
        if name == "help":
            return self._help(caller)
        action = self._actions.get(name)
        if action is None:
            return [self._unknown(name)]
        try:
            self._access.require(caller.user_id, action.spec.right)
            arguments = parse_arguments(action.spec, words[1:], self._is_network)
            return await action.run(caller, arguments)
        except (Rejected, NetworkUnavailable) as error:
            # A network may be away for days; the person is told now and asks again.
            return [error.reason]
        except HomeserverRefused as error:
            log.warning("action refused by the homeserver", action=name, error=str(error))
            return [error.reason]

    def _help(self, caller: Caller) -> Sequence[Phrase]:
        """Only what this person may do."""
        lines = [Phrase.of("help.intro", prefix=self._prefix)]
        for action in self._offered(caller):
            lines.append(Phrase.of("help.line", usage=usage(action.spec)))
            lines.append(Phrase.of(action.spec.help_key))
        return lines

    def _offered(self, caller: Caller) -> Sequence[Action]:
        return [each for each in self._actions.all() if self._access.may(caller.user_id, each.spec.right)]

    def _unknown(self, name: str) -> Phrase:
        name = shorten(name, _NAME_CHARS)
        close = suggest(name, ["help", *(each.spec.name for each in self._actions.all())])
        if close is not None:
            return Phrase.of("command.did_you_mean", name=name, meant=close)
        return Phrase.of("command.unknown", name=name)

    async def _say(self, event: MatrixMessage, answer: Sequence[Phrase]) -> None:
        blocks: list[Block] = []
        for phrase in answer:
            blocks += self._sentence(phrase).blocks
        post = Post(
            body=TextBody(Document(tuple(blocks)), Tone.NOTICE), reply_to=event.event_id, mark="words"
        )
        try:
            await self._homeserver.send(
                event.room_id, self._homeserver.bot, post, txn=notice_txn(event.event_id, "answer")
            )
        except HomeserverRefused as error:
            log.warning("bot may not answer", room_id=event.room_id, error=str(error))
