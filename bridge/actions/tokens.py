"""Tokens for programs, and the codes that people sign in with: made, checked, listed, taken back.

A secret is shown once and kept as its hash. A token's text names its row (``tl_<id>_<secret>``), so that it
is found without comparing secrets, and secrets are compared in constant time.
"""

import hmac
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import choice, token_urlsafe
from typing import Final, Protocol

from attrs import frozen

from bridge.api.audit import Audit
from bridge.core.ports import Clock
from bridge.model.errors import InvalidInput, Phrase
from bridge.model.ids import UserID
from bridge.model.tokens import ApiToken, KeptAnswer, Scope, SignInCode, TokenID
from bridge.text.characters import wash_line
from bridge.text.plain import shorten

CODE_LIFE: Final = timedelta(minutes=10)
MAX_DAYS: Final = 365
MAX_TOKENS: Final = 50
"""So many may one person have at a time."""
_NAME_CHARS: Final = 60
_USED_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a token is known."""
_ID_CHARS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_CODE_CHARS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_GROUPS: Final = 4
_TEXT: Final = re.compile(r"tl_(?P<id>[a-z0-9]{10})_(?P<secret>[A-Za-z0-9_-]{43})")


class TokenStore(Protocol):
    """Raises ``StoreUnavailable`` throughout."""

    async def put_token(self, token: ApiToken, secret_hash: str) -> None: ...

    async def token(self, token_id: TokenID) -> tuple[ApiToken, str] | None:
        """The token and the hash of its secret."""

    async def tokens_of(self, owner: UserID) -> Sequence[ApiToken]:
        """The oldest first."""

    async def used(self, token_id: TokenID, at: datetime) -> None: ...

    async def drop_token(self, token_id: TokenID) -> bool:
        """Returns whether there was one."""

    async def drop_expired(self, now: datetime) -> None:
        """Tokens, codes, and answers of more than a day."""

    async def put_code(self, code: SignInCode) -> None: ...

    async def take_code(self, code_hash: str, now: datetime) -> UserID | None:
        """Find and remove it in one transaction; an expired one is not returned."""

    async def kept_answer(self, token_id: TokenID, name: str) -> KeptAnswer | None: ...

    async def keep_answer(self, token_id: TokenID, name: str, answer: KeptAnswer, at: datetime) -> None: ...


@frozen
class Issued:
    """A new token with its secret text, which is never seen again."""

    token: ApiToken
    text: str

    def __repr__(self) -> str:
        return f"Issued({self.token!r}, ***)"


class Tokens:
    """Everything about tokens. Raises ``StoreUnavailable`` throughout."""

    def __init__(self, store: TokenStore, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock

    async def issue(
        self, owner: UserID, name: str, scopes: Collection[Scope], *, life: timedelta, how: str
    ) -> Issued:
        """Make one. ``how`` is the way its owner was recognized. Raises ``InvalidInput``."""
        name = shorten(wash_line(name), _NAME_CHARS)
        if not name or not scopes or not timedelta() < life <= timedelta(days=MAX_DAYS):
            raise InvalidInput(Phrase.of("token.malformed", days=MAX_DAYS))
        now = self._clock.now()
        await self._store.drop_expired(now)
        if len(await self._store.tokens_of(owner)) >= MAX_TOKENS:
            raise InvalidInput(Phrase.of("token.too_many", limit=MAX_TOKENS))
        token = ApiToken(
            id=TokenID("".join(choice(_ID_CHARS) for _ in range(10))),
            owner=owner,
            name=name,
            scopes=frozenset(scopes),
            made_at=now,
            expires_at=now + life,
        )
        secret = token_urlsafe(32)
        words = " ".join(sorted(scope.value for scope in scopes))
        await self._audit.record(owner, "token.made", token.id, name=name, scopes=words, how=how)
        await self._store.put_token(token, _hash(secret))
        return Issued(token, f"tl_{token.id}_{secret}")

    async def check(self, text: str) -> ApiToken | None:
        """The token of this text; None if there is none, or it has expired."""
        match = _TEXT.fullmatch(text)
        kept = await self._store.token(TokenID(match["id"])) if match else None
        # The same work whether there is such a row or not.
        token, secret_hash = kept or (None, _hash(""))
        is_right = hmac.compare_digest(secret_hash, _hash(match["secret"] if match else "-"))
        now = self._clock.now()
        if token is None or not is_right or token.expires_at <= now:
            return None
        if token.used_at is None or now - token.used_at >= _USED_EVERY:
            await self._store.used(token.id, now)
        return token

    async def of(self, owner: UserID) -> Sequence[ApiToken]:
        now = self._clock.now()
        return [token for token in await self._store.tokens_of(owner) if token.expires_at > now]

    async def revoke(self, owner: UserID, token_id: TokenID) -> bool:
        """Returns whether the owner had such a token."""
        kept = await self._store.token(token_id)
        if kept is None or kept[0].owner != owner:
            return False
        await self._audit.record(owner, "token.revoked", token_id)
        return await self._store.drop_token(token_id)

    async def make_code(self, owner: UserID) -> str:
        """A code that lets whoever brings it first sign in as this person, within ten minutes."""
        groups = ["".join(choice(_CODE_CHARS) for _ in range(4)) for _ in range(_CODE_GROUPS)]
        now = self._clock.now()
        code = SignInCode(code_hash=_hash("".join(groups)), owner=owner, expires_at=now + CODE_LIFE)
        await self._store.drop_expired(now)
        await self._store.put_code(code)
        return "-".join(groups)

    async def redeem(self, code: str) -> UserID | None:
        """Whose code this is; it is used up."""
        plain = code.replace("-", "").replace(" ", "").upper()
        return await self._store.take_code(_hash(plain), self._clock.now())


def _hash(secret: str) -> str:
    # What is hashed has 80 bits of chance and more: no slow hash is needed.
    return sha256(secret.encode(errors="replace")).hexdigest()
