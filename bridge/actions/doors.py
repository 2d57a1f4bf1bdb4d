"""The actions for coming in from outside: a code to sign in with, and the tokens that programs have."""

from collections.abc import Mapping

from bridge.actions import specs
from bridge.actions.action import Answer, Caller
from bridge.actions.tokens import CODE_LIFE, Tokens
from bridge.actions.trace import said
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.tokens import TokenID
from bridge.text.plain import shorten

_WORD_CHARS = 40


class SignIn:
    """Gives the caller a code. Only where nobody else reads it.

    ``link`` is where to bring it, None where the world cannot reach the bridge.
    """

    spec = specs.SIGNIN

    def __init__(self, tokens: Tokens, link: str | None) -> None:
        self._tokens = tokens
        self._link = link

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        # Over HTTP a token would turn into one with more scopes.
        if caller.door == "http" or (caller.door == "chat" and not caller.in_management_room):
            raise InvalidInput(Phrase.of("signin.where"))
        code = await self._tokens.make_code(caller.user_id)
        minutes = int(CODE_LIFE.total_seconds() // 60)
        answer = [Phrase.of("signin.code", code=code, minutes=minutes)]
        return answer if self._link is None else [*answer, Phrase.of("signin.link", link=self._link)]


class TokenWords:
    """Lists the caller's tokens, and revokes them."""

    spec = specs.TOKENS

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def run(self, caller: Caller, arguments: Mapping[str, str]) -> Answer:
        match arguments.get("what", "list").casefold(), arguments.get("token"):
            case "list", None:
                return await self._list(caller)
            case "revoke", str(word):
                name = shorten(word, _WORD_CHARS)
                if not await self._tokens.revoke(caller.user_id, TokenID(word)):
                    raise InvalidInput(Phrase.of("token.no_such", id=name))
                return [Phrase.of("token.revoked", id=name)]
        raise InvalidInput(Phrase.of("token.usage"))

    async def _list(self, caller: Caller) -> Answer:
        lines = [
            Phrase.of(
                "token.line",
                id=token.id,
                name=token.name,
                scopes=", ".join(sorted(scope.value for scope in token.scopes)),
                until=said(token.expires_at),
                used="-" if token.used_at is None else said(token.used_at),
            )
            for token in await self._tokens.of(caller.user_id)
        ]
        return lines or [Phrase.of("token.none")]
