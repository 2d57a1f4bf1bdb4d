"""Actions over HTTP: the same as in chat and shell, with the same refusals."""

import asyncio

import pytest

from bridge.actions import specs
from bridge.actions.action import Spec
from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.ids import UserID
from bridge.model.tokens import KeptAnswer, Scope, TokenID
from bridge.testing.audit import FakeAudit
from bridge.testing.tokens import FakeTokens
from tests.core.world import ADMIN, ALICE
from tests.web.api.conftest import Door, texts, told

STRANGER = UserID("@stranger:example.org")
FOREIGNER = UserID("@somebody:elsewhere.example")


async def test_an_action_is_answered_with_keys_values_and_sentences(door: Door) -> None:
    response = await door.post("/actions/status", headers=await door.token())

    status, body = await told(response)
    assert status == 200
    assert body == {
        "answer": [
            {
                "key": "status.connected",
                "values": {"network": "demo", "name": "bridge", "count": 0},
                "text": "demo: connected as bridge.",
            }
        ]
    }


async def test_sentences_come_in_the_language_of_the_client(door: Door) -> None:
    headers = await door.token() | {"Accept-Language": "zh-CN,en;q=0.5"}

    _, body = await told(await door.post("/actions/dead", headers=headers))

    assert texts(body) == ["没有失败并等待您处理的内容。"]


async def test_arguments_are_given_by_name(door: Door) -> None:
    headers = await door.token()

    _, body = await told(await door.post("/actions/join", {"chat": "~lobby"}, headers))

    assert body["answer"][0]["key"].startswith("join.")
    assert [portal.name for portal in door.world.heart.portals.all()] == ["~lobby"]


async def test_a_room_stands_for_the_place_where_it_is_said(door: Door) -> None:
    portal = await door.world.portal()

    body = {"room_id": portal.room_id}
    _, answer = await told(await door.post("/actions/status", body, await door.token()))

    assert texts(answer)[0] == "This room is joined to ~lobby on demo."


async def test_nobody_asks_about_a_room_that_they_are_not_in(door: Door) -> None:
    portal = await door.world.portal()

    body = {"room_id": portal.room_id}
    stranger = await door.token(STRANGER)
    answers = [
        await told(await door.post("/actions/status", body, stranger)),
        await told(await door.post("/actions/status", {"room_id": "!nowhere:x"}, stranger)),
    ]

    assert answers == [(403, "http.not_in_room")] * 2


@pytest.mark.parametrize("spec", specs.ALL, ids=lambda spec: spec.name)
async def test_what_a_person_may_not_do_is_refused_here_too(door: Door, spec: Spec) -> None:
    """Whoever is only relayed gets the same refusal as at the other doors."""
    needed = {each.name: "~lobby" for each in spec.arguments if each.required}

    may = await told(await door.post(f"/actions/{spec.name}", needed, await door.token(FOREIGNER)))
    offered = await told(await door.get("/actions", await door.token(FOREIGNER)))

    is_offered = spec.name in {action["name"] for action in offered[1]["actions"]}
    assert (may != (403, "access.not_allowed")) == is_offered


async def test_every_action_is_offered_to_an_admin(door: Door) -> None:
    _, body = await told(await door.get("/actions", await door.token(ADMIN)))

    assert [action["name"] for action in body["actions"]] == [spec.name for spec in specs.ALL]


async def test_what_is_missing_is_named(door: Door) -> None:
    response = await door.post("/actions/join", {}, await door.token())

    error = (await response.json())["error"]
    assert (response.status, error["code"], error["values"]["field"]) == (400, "http.field", "chat")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"chat": "~lobby", "colour": "red"}, "http.unknown_field"),
        ({"chat": 7}, "http.field"),
        ({"chat": ""}, "http.field"),
        ({"chat": "x" * 1001}, "http.field"),
        ({"chat": "~lobby", "room_id": None}, "http.field"),
    ],
)
async def test_what_is_not_as_described_is_refused(door: Door, body: object, code: str) -> None:
    assert await told(await door.post("/actions/join", body, await door.token())) == (400, code)


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b"\xff", b'"x"'])
async def test_a_body_that_is_no_object_is_refused(door: Door, body: bytes) -> None:
    headers = await door.token()

    response = await door.client.post("/api/v1/actions/status", data=body, headers=headers)

    assert await told(response) == (400, "http.no_json")


async def test_a_body_without_end_is_refused(door: Door) -> None:
    body = {"chat": "x" * 70_000}

    assert await told(await door.post("/actions/join", body, await door.token())) == (413, "http.too_long")


async def test_what_is_away_is_told_with_a_time_to_ask_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await door.token()

    async def away(*_: object) -> None:
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="gone"))

    monkeypatch.setattr(FakeAudit, "append", away)
    response = await door.post("/actions/status", headers=headers)

    assert await told(response) == (503, "storage.unavailable")
    assert response.headers["Retry-After"] == "5"


async def test_a_fault_of_ours_tells_no_details(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await door.token()
    monkeypatch.setattr(type(door.world.heart.deeds), "get", lambda *_: 1 / 0)

    response = await door.post("/actions/status", headers=headers)

    assert response.status == 500
    assert "division" not in await response.text()


async def test_an_action_that_is_not_there_is_told(door: Door) -> None:
    assert await told(await door.post("/actions/fly", headers=await door.token())) == (
        404,
        "http.no_such_path",
    )
    assert await told(await door.post("/actions/fly")) == (401, "http.no_token")


async def test_paths_and_methods_that_are_not_there_have_the_same_shape(door: Door) -> None:
    assert await told(await door.get("/nothing")) == (404, "http.no_such_path")
    response = await door.client.delete("/api/v1/me")
    assert await told(response) == (405, "http.method")
    assert response.headers["Allow"] == "GET"


async def test_who_did_it_is_written_down_with_the_door(door: Door) -> None:
    await door.post("/actions/status", headers=await door.token())

    note = door.audit.lines[-1].note
    assert (note.actor, note.action, note.data["door"]) == (ALICE, "action.status", "http")


# ------------------------------------------------------------------------------------ sent again


async def test_a_request_that_is_sent_again_is_done_once(door: Door) -> None:
    headers = await door.token() | {"Idempotency-Key": "one"}
    first = await door.post("/actions/join", {"chat": "~lobby"}, headers)
    again = await door.post("/actions/join", {"chat": "~lobby"}, headers)

    assert await first.json() == await again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [line.note.action for line in door.audit.lines].count("action.join") == 1


async def test_a_request_that_comes_again_while_its_answer_is_kept_is_not_done_twice(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one asked the store before the first was done, and had its answer read to it after."""
    read, go_on = asyncio.Event(), asyncio.Event()
    kept_answer = FakeTokens.kept_answer
    slow = iter([True])

    async def slowly(self: FakeTokens, token_id: TokenID, name: str) -> KeptAnswer | None:
        kept = await kept_answer(self, token_id, name)
        if next(slow, False):
            read.set()
            await go_on.wait()
        return kept

    monkeypatch.setattr(FakeTokens, "kept_answer", slowly)
    headers = await door.token() | {"Idempotency-Key": "one"}
    first = asyncio.create_task(door.post("/actions/join", {"chat": "~lobby"}, headers))
    await read.wait()
    second = await door.post("/actions/join", {"chat": "~lobby"}, headers)
    go_on.set()

    assert sorted([(await first).status, second.status]) == [200, 409]
    assert [line.note.action for line in door.audit.lines].count("action.join") == 1


async def test_a_name_stands_for_one_request(door: Door) -> None:
    headers = await door.token() | {"Idempotency-Key": "one"}
    await door.post("/actions/status", headers=headers)

    assert await told(await door.post("/actions/dead", headers=headers)) == (422, "http.same_name")
    others = await door.token() | {"Idempotency-Key": "one"}
    assert (await door.post("/actions/dead", headers=others)).status == 200


async def test_what_failed_may_be_tried_again_under_its_name(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await door.token() | {"Idempotency-Key": "one"}

    async def away(*_: object) -> None:
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="gone"))

    with monkeypatch.context() as patched:
        patched.setattr(FakeAudit, "append", away)
        assert (await door.post("/actions/status", headers=headers)).status == 503
    assert (await door.post("/actions/status", headers=headers)).status == 200


async def test_a_name_that_is_none_is_refused(door: Door) -> None:
    headers = await door.token() | {"Idempotency-Key": "two words"}

    assert await told(await door.post("/actions/status", headers=headers)) == (400, "http.field")


# ---------------------------------------------------------------------------------------- scopes


async def test_a_token_does_no_more_than_its_scopes(door: Door) -> None:
    reader = await door.token(ADMIN, (Scope.READ,))
    actor = await door.token(ADMIN, (Scope.READ, Scope.ACT))

    assert (await door.post("/actions/status", headers=reader)).status == 200
    assert await told(await door.post("/actions/join", {"chat": "~lobby"}, reader)) == (403, "http.scope")
    assert await told(await door.post("/actions/audit", headers=actor)) == (403, "http.scope")


async def test_no_token_gets_a_code_for_one_with_more_scopes(door: Door) -> None:
    headers = await door.token(ALICE, (Scope.READ, Scope.ACT))

    assert await told(await door.post("/actions/signin", headers=headers)) == (400, "signin.where")
