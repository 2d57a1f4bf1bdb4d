"""Tokens and codes in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import evolve

from bridge.model.ids import UserID
from bridge.model.tokens import ApiToken, KeptAnswer, SignInCode, TokenID


class FakeTokens:
    """Implements ``actions.tokens.TokenStore``."""

    def __init__(self) -> None:
        self._tokens: dict[TokenID, tuple[ApiToken, str]] = {}
        self._codes: dict[str, SignInCode] = {}
        self._answers: dict[tuple[TokenID, str], tuple[KeptAnswer, datetime]] = {}

    async def put_token(self, token: ApiToken, secret_hash: str) -> None:
        self._tokens[token.id] = (token, secret_hash)

    async def token(self, token_id: TokenID) -> tuple[ApiToken, str] | None:
        return self._tokens.get(token_id)

    async def tokens_of(self, owner: UserID) -> Sequence[ApiToken]:
        found = [token for token, _ in self._tokens.values() if token.owner == owner]
        return sorted(found, key=lambda token: (token.made_at, token.id))

    async def used(self, token_id: TokenID, at: datetime) -> None:
        if token_id in self._tokens:
            token, secret_hash = self._tokens[token_id]
            self._tokens[token_id] = (evolve(token, used_at=at), secret_hash)

    async def drop_token(self, token_id: TokenID) -> bool:
        return self._tokens.pop(token_id, None) is not None

    async def drop_expired(self, now: datetime) -> None:
        self._tokens = {key: kept for key, kept in self._tokens.items() if kept[0].expires_at > now}
        self._codes = {key: code for key, code in self._codes.items() if code.expires_at > now}
        newest = now - timedelta(days=1)
        self._answers = {key: kept for key, kept in self._answers.items() if kept[1] > newest}

    async def put_code(self, code: SignInCode) -> None:
        self._codes[code.code_hash] = code

    async def take_code(self, code_hash: str, now: datetime) -> UserID | None:
        code = self._codes.pop(code_hash, None)
        return code.owner if code is not None and code.expires_at > now else None

    async def kept_answer(self, token_id: TokenID, name: str) -> KeptAnswer | None:
        kept = self._answers.get((token_id, name))
        return kept[0] if kept else None

    async def keep_answer(self, token_id: TokenID, name: str, answer: KeptAnswer, at: datetime) -> None:
        self._answers.setdefault((token_id, name), (answer, at))
