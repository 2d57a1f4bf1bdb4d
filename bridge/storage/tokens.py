"""Tokens, codes to sign in with, and answers that are kept for requests that are sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bridge.model.ids import UserID
from bridge.model.tokens import ApiToken, KeptAnswer, Scope, SignInCode, TokenID
from bridge.storage.engine import Engine, Row, Script, first, run
from bridge.storage.values import clean, from_micros, maybe_micros, maybe_time, name, to_micros

ANSWERS_KEPT: Final = timedelta(days=1)

_COLUMNS: Final = "id, owner, name, scopes, made_at, expires_at, used_at"
_PUT: Final = f"INSERT INTO api_tokens ({_COLUMNS}, secret_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # ours
_GET: Final = f"SELECT {_COLUMNS}, secret_hash FROM api_tokens WHERE id = ?"  # noqa: S608  # ours
_OF: Final = f"SELECT {_COLUMNS} FROM api_tokens WHERE owner = ? ORDER BY made_at, id"  # noqa: S608  # ours
_USED: Final = "UPDATE api_tokens SET used_at = ? WHERE id = ?"
_DROP: Final = "DELETE FROM api_tokens WHERE id = ? RETURNING id"
_EXPIRED: Final = (
    "DELETE FROM api_tokens WHERE expires_at <= ?",
    "DELETE FROM sign_in_codes WHERE expires_at <= ?",
)
_OLD_ANSWERS: Final = "DELETE FROM api_answers WHERE at <= ?"
_PUT_CODE: Final = "INSERT INTO sign_in_codes (code_hash, owner, expires_at) VALUES (?, ?, ?)"
_TAKE_CODE: Final = "DELETE FROM sign_in_codes WHERE code_hash = ? RETURNING owner, expires_at"
_ANSWER: Final = "SELECT request_hash, status, body FROM api_answers WHERE token = ? AND name = ?"
_KEEP: Final = """
    INSERT INTO api_answers (token, name, request_hash, status, body, at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (token, name) DO NOTHING
"""


class SqlTokens:
    """Implements ``actions.tokens.TokenStore`` on either engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def put_token(self, token: ApiToken, secret_hash: str) -> None:
        values = (
            token.id,
            clean(token.owner),
            clean(token.name),
            " ".join(sorted(scope.value for scope in token.scopes)),
            to_micros(token.made_at),
            to_micros(token.expires_at),
            maybe_micros(token.used_at),
            secret_hash,
        )
        await self._engine.write(partial(run, _PUT, *values))

    async def token(self, token_id: TokenID) -> tuple[ApiToken, str] | None:
        row = await self._engine.read(partial(first, _GET, name(token_id)))
        return None if row is None else (_token(row), str(row[-1]))

    async def tokens_of(self, owner: UserID) -> Sequence[ApiToken]:
        return [_token(row) for row in await self._engine.read(partial(run, _OF, clean(owner)))]

    async def used(self, token_id: TokenID, at: datetime) -> None:
        await self._engine.write(partial(run, _USED, to_micros(at), token_id))

    async def drop_token(self, token_id: TokenID) -> bool:
        return bool(await self._engine.write(partial(run, _DROP, name(token_id))))

    async def drop_expired(self, now: datetime) -> None:
        await self._engine.write(partial(_drop_expired, now))

    async def put_code(self, code: SignInCode) -> None:
        values = (code.code_hash, clean(code.owner), to_micros(code.expires_at))
        await self._engine.write(partial(run, _PUT_CODE, *values))

    async def take_code(self, code_hash: str, now: datetime) -> UserID | None:
        rows = await self._engine.write(partial(run, _TAKE_CODE, code_hash))
        return UserID(rows[0][0]) if rows and rows[0][1] > to_micros(now) else None

    async def kept_answer(self, token_id: TokenID, name: str) -> KeptAnswer | None:
        row = await self._engine.read(partial(first, _ANSWER, token_id, clean(name)))
        if row is None:
            return None
        return KeptAnswer(request_hash=row[0], status=row[1], body=bytes(row[2]))

    async def keep_answer(self, token_id: TokenID, name: str, answer: KeptAnswer, at: datetime) -> None:
        values = (token_id, clean(name), answer.request_hash, answer.status, answer.body, to_micros(at))
        await self._engine.write(partial(run, _KEEP, *values))


def _drop_expired(now: datetime) -> Script[None]:
    for sql in _EXPIRED:
        yield from run(sql, to_micros(now))
    yield from run(_OLD_ANSWERS, to_micros(now - ANSWERS_KEPT))


def _token(row: Row) -> ApiToken:
    token_id, owner, title, scopes, made_at, expires_at, used_at, *_ = row
    return ApiToken(
        id=TokenID(token_id),
        owner=UserID(owner),
        name=title,
        scopes=frozenset(Scope(word) for word in scopes.split()),
        made_at=from_micros(made_at),
        expires_at=from_micros(expires_at),
        used_at=maybe_time(used_at),
    )
