"""Tokens, codes and kept answers: what every store promises."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import evolve

from bridge.actions.tokens import TokenStore
from bridge.model.ids import UserID
from bridge.model.tokens import ApiToken, KeptAnswer, Scope, SignInCode, TokenID
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.storage.tokens import SqlTokens
from bridge.testing.tokens import FakeTokens
from tests.storage.builders import NOW
from tests.storage.conftest import FAKE, POSTGRES, SQLITE, place_for

ANN, BOB = UserID("@ann:example.org"), UserID("@bob:example.org")
TOKEN = ApiToken(
    id=TokenID("abcdefghij"),
    owner=ANN,
    name="my script",
    scopes=frozenset({Scope.READ, Scope.ACT}),
    made_at=NOW,
    expires_at=NOW + timedelta(days=1),
)
CODE = SignInCode(code_hash="c0de", owner=ANN, expires_at=NOW + timedelta(minutes=10))
ANSWER = KeptAnswer(request_hash="ab", status=200, body=b"{}")


@pytest_asyncio.fixture(params=[FAKE, SQLITE, POSTGRES])
async def tokens(request: pytest.FixtureRequest, tmp_path: Path, key: SecretKey) -> AsyncIterator[TokenStore]:
    if request.param == FAKE:
        yield FakeTokens()
        return
    store = await open_store(place_for(request.param, request, tmp_path), key)
    yield SqlTokens(store.engine)
    await store.close()


async def test_a_token_is_found_by_its_id_with_the_hash_of_its_secret(tokens: TokenStore) -> None:
    await tokens.put_token(TOKEN, "5ec7e7")

    assert await tokens.token(TOKEN.id) == (TOKEN, "5ec7e7")
    assert await tokens.token(TokenID("another")) is None


async def test_tokens_are_listed_by_their_owner_and_age(tokens: TokenStore) -> None:
    later = evolve(TOKEN, id=TokenID("aa"), made_at=NOW + timedelta(seconds=1))
    await tokens.put_token(later, "x")
    await tokens.put_token(TOKEN, "y")
    await tokens.put_token(evolve(TOKEN, id=TokenID("bobs"), owner=BOB), "z")

    assert await tokens.tokens_of(ANN) == [TOKEN, later]


async def test_the_last_use_is_remembered(tokens: TokenStore) -> None:
    await tokens.put_token(TOKEN, "x")

    await tokens.used(TOKEN.id, NOW + timedelta(hours=1))

    assert await tokens.tokens_of(ANN) == [evolve(TOKEN, used_at=NOW + timedelta(hours=1))]


async def test_a_token_that_was_taken_back_is_gone(tokens: TokenStore) -> None:
    await tokens.put_token(TOKEN, "x")

    assert await tokens.drop_token(TOKEN.id)
    assert not await tokens.drop_token(TOKEN.id)
    assert await tokens.token(TOKEN.id) is None


async def test_a_code_works_once(tokens: TokenStore) -> None:
    await tokens.put_code(CODE)

    assert await tokens.take_code("other", NOW) is None
    assert await tokens.take_code(CODE.code_hash, NOW) == ANN
    assert await tokens.take_code(CODE.code_hash, NOW) is None


async def test_a_code_that_is_too_old_does_not_work(tokens: TokenStore) -> None:
    await tokens.put_code(CODE)

    assert await tokens.take_code(CODE.code_hash, CODE.expires_at) is None


async def test_the_first_answer_to_a_name_is_kept(tokens: TokenStore) -> None:
    await tokens.keep_answer(TOKEN.id, "one", ANSWER, NOW)
    await tokens.keep_answer(TOKEN.id, "one", evolve(ANSWER, status=400), NOW)

    assert await tokens.kept_answer(TOKEN.id, "one") == ANSWER
    assert await tokens.kept_answer(TOKEN.id, "two") is None
    assert await tokens.kept_answer(TokenID("other"), "one") is None


async def test_what_is_over_is_dropped_and_nothing_else(tokens: TokenStore) -> None:
    await tokens.put_token(TOKEN, "x")
    await tokens.put_token(evolve(TOKEN, id=TokenID("old"), expires_at=NOW), "x")
    await tokens.put_code(CODE)
    await tokens.keep_answer(TOKEN.id, "old", ANSWER, NOW - timedelta(days=1))
    await tokens.keep_answer(TOKEN.id, "new", ANSWER, NOW - timedelta(hours=23))

    await tokens.drop_expired(NOW)

    assert await tokens.tokens_of(ANN) == [TOKEN]
    assert await tokens.take_code(CODE.code_hash, NOW) == ANN
    assert await tokens.kept_answer(TOKEN.id, "old") is None
    assert await tokens.kept_answer(TOKEN.id, "new") == ANSWER
