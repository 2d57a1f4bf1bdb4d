"""Tokens and codes: what is shown once, what is kept, and who is let in."""

from datetime import timedelta

import pytest

from bridge.actions.tokens import MAX_DAYS, MAX_TOKENS, Tokens
from bridge.core.audit import AuditTrail
from bridge.model.errors import InvalidInput
from bridge.model.ids import UserID
from bridge.model.tokens import Scope, TokenID
from bridge.testing.audit import FakeAudit
from bridge.testing.clock import HandClock
from bridge.testing.tokens import FakeTokens

ANN, BOB = UserID("@ann:example.org"), UserID("@bob:example.org")
DAY = timedelta(days=1)


class Desk:
    """Tokens with what they stand on."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.audit = FakeAudit()
        self.store = FakeTokens()
        self.tokens = Tokens(self.store, AuditTrail(self.audit, b"k" * 32, self.clock), self.clock)

    async def issue(self, owner: UserID = ANN, life: timedelta = DAY) -> tuple[TokenID, str]:
        issued = await self.tokens.issue(owner, "my script", {Scope.READ}, life=life, how="code")
        return issued.token.id, issued.text


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_text_of_a_token_lets_its_owner_in(desk: Desk) -> None:
    _, text = await desk.issue()

    token = await desk.tokens.check(text)

    assert token is not None
    assert (token.owner, token.name, token.scopes) == (ANN, "my script", frozenset({Scope.READ}))


async def test_another_secret_does_not(desk: Desk) -> None:
    _, text = await desk.issue()

    assert await desk.tokens.check(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert await desk.tokens.check(text.replace("tl_", "tl_x")) is None
    assert await desk.tokens.check("") is None
    assert await desk.tokens.check("tl_\ud800_x") is None


async def test_an_expired_token_does_not(desk: Desk) -> None:
    _, text = await desk.issue()

    await desk.clock.turn(DAY.total_seconds())

    assert await desk.tokens.check(text) is None
    assert await desk.tokens.of(ANN) == []


async def test_a_revoked_token_does_not(desk: Desk) -> None:
    token_id, text = await desk.issue()

    assert not await desk.tokens.revoke(BOB, token_id)
    assert await desk.tokens.revoke(ANN, token_id)
    assert await desk.tokens.check(text) is None
    assert not await desk.tokens.revoke(ANN, token_id)


async def test_the_secret_is_nowhere_but_in_the_text(desk: Desk) -> None:
    issued = await desk.tokens.issue(ANN, "my script", {Scope.READ}, life=DAY, how="code")
    secret = issued.text.split("_", 2)[2]

    assert secret not in f"{issued} {vars(desk.store)} {desk.audit.lines}"


async def test_making_and_revoking_is_written_down(desk: Desk) -> None:
    token_id, _ = await desk.issue()
    await desk.tokens.revoke(ANN, token_id)

    notes = [(line.note.actor, line.note.action, line.note.subject) for line in desk.audit.lines]
    assert notes == [(ANN, "token.made", token_id), (ANN, "token.revoked", token_id)]


@pytest.mark.parametrize("life", [timedelta(), timedelta(days=-1), timedelta(days=MAX_DAYS, seconds=1)])
async def test_a_life_without_end_is_refused(desk: Desk, life: timedelta) -> None:
    with pytest.raises(InvalidInput):
        await desk.issue(life=life)


async def test_nobody_has_more_than_so_many(desk: Desk) -> None:
    for _ in range(MAX_TOKENS):
        await desk.issue()

    with pytest.raises(InvalidInput):
        await desk.issue()
    await desk.issue(BOB)
    await desk.clock.turn(DAY.total_seconds())
    await desk.issue()


async def test_a_code_signs_in_once_however_it_is_typed(desk: Desk) -> None:
    code = await desk.tokens.make_code(ANN)

    assert await desk.tokens.redeem("AAAA-BBBB-CCCC-DDDD") is None
    assert await desk.tokens.redeem(code.replace("-", " ").lower()) == ANN
    assert await desk.tokens.redeem(code) is None


async def test_a_code_does_not_wait_for_ever(desk: Desk) -> None:
    code = await desk.tokens.make_code(ANN)

    await desk.clock.turn(600)

    assert await desk.tokens.redeem(code) is None


async def test_the_last_use_is_known_to_the_minute(desk: Desk) -> None:
    _, text = await desk.issue()
    await desk.tokens.check(text)
    first = desk.clock.now()
    await desk.clock.turn(59)
    await desk.tokens.check(text)

    assert [token.used_at for token in await desk.tokens.of(ANN)] == [first]
    await desk.clock.turn(1)
    await desk.tokens.check(text)
    assert [token.used_at for token in await desk.tokens.of(ANN)] == [desk.clock.now()]
