"""What lets a program act for a person over HTTP."""

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import NewType

from attrs import frozen

from bridge.model.ids import UserID

TokenID = NewType("TokenID", str)


class Scope(Enum):
    """What a token may be used for; never more than its owner may do."""

    READ = "read"
    """See: status, lists, traces."""
    ACT = "act"
    """Do what changes something."""
    ADMIN = "admin"
    """Do what only admins of the bridge may."""


@frozen(kw_only=True)
class ApiToken:
    """A token without its secret. ``name`` is what its owner calls it."""

    id: TokenID
    owner: UserID
    name: str
    scopes: frozenset[Scope]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def allows(self, scopes: Collection[Scope]) -> bool:
        return self.scopes >= frozenset(scopes)


@frozen(kw_only=True)
class SignInCode:
    """A word that lets whoever brings it first sign in as its owner."""

    code_hash: str
    owner: UserID
    expires_at: datetime


@frozen(kw_only=True)
class KeptAnswer:
    """What was answered to a request that carried a name, for when it is sent again."""

    request_hash: str
    status: int
    body: bytes
