"""Words to the bridge in chat: found, checked, done, answered."""

from collections.abc import Sequence

import structlog

from bridge.actions.action import Caller
from bridge.commands.answers import Answers
from bridge.commands.gate import Gate, Passage
from bridge.commands.parse import strip_prefix, suggest, usage
from bridge.core.marks import notice_txn
from bridge.core.ports import Clock, Homeserver, Sentence
from bridge.model.errors import HomeserverRefused, Phrase
from bridge.model.markup import Block, Document
from bridge.model.matrix_events import MatrixMessage
from bridge.model.messages import TextBody, Tone
from bridge.model.outgoing import Post
from bridge.text.plain import shorten, to_plain

log = structlog.get_logger(__name__)

_NAME_CHARS = 40
"""So much of an unknown word is said back."""


class ChatDoor:
    """Implements ``core.ports.CommandDoor``."""

    def __init__(
        self, *, answers: Answers, homeserver: Homeserver, sentence: Sentence, prefix: str, clock: Clock
    ) -> None:
        self._answers = answers
        self._homeserver = homeserver
        self._sentence = sentence
        self._prefix = prefix
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
        action = self._answers.get(name)
        if action is None:
            return [self._unknown(name)]
        return (await self._answers.answer(action, caller, words[1:])).answer

    def _help(self, caller: Caller) -> Sequence[Phrase]:
        """Only what this person may do."""
        lines = [Phrase.of("help.intro", prefix=self._prefix)]
        for action in self._answers.offered(caller):
            lines.append(Phrase.of("help.line", usage=usage(action.spec)))
            lines.append(Phrase.of(action.spec.help_key))
        return lines

    def _unknown(self, name: str) -> Phrase:
        name = shorten(name, _NAME_CHARS)
        close = suggest(name, ["help", *self._answers.names()])
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
