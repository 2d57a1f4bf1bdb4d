"""What is written down of who did what, and who may read it."""

from typing import NoReturn

import pytest
from attrs import evolve

from bridge.model.errors import Phrase, StoreUnavailable
from bridge.model.ids import UserID
from bridge.model.portals import Portal
from bridge.testing.audit import FakeAudit
from tests.core.world import ADMIN, ALICE, World


async def ask(world: World, portal: Portal, text: str, who: UserID = ADMIN) -> str:
    """Say it in the portal, and give the answer."""
    await world.say(portal.room_id, who, f"!trunkline {text}")
    return world.texts(portal)[-1].replace("`", "")


def audit_of(world: World) -> FakeAudit:
    store = world.heart.outside.audit._store
    assert isinstance(store, FakeAudit)
    return store


def deeds(world: World) -> list[tuple[str, str, str]]:
    notes = [line.note for line in audit_of(world).lines]
    return [(note.actor, note.action, str(note.data["outcome"])) for note in notes]


async def test_what_people_have_done_is_written_down(world: World) -> None:
    portal = await world.portal()

    await ask(world, portal, "dead list", ALICE)
    await ask(world, portal, "status")

    assert deeds(world) == [(ALICE, "action.dead", "allowed"), (ADMIN, "action.status", "allowed")]
    note = audit_of(world).lines[0].note
    assert note.subject == portal.room_id
    assert note.data == {"what": "list", "door": "chat", "outcome": "allowed"}


async def test_what_people_may_not_do_is_written_down_as_well(world: World) -> None:
    portal = await world.portal()

    await ask(world, portal, "audit list", ALICE)

    assert deeds(world) == [(ALICE, "action.audit", "refused")]
    assert audit_of(world).lines[0].note.data["why"] == "access.not_allowed"


async def test_what_fails_is_written_down_with_its_reason(world: World) -> None:
    portal = await world.portal()

    await ask(world, portal, "dead show m99")

    assert [outcome for _, _, outcome in deeds(world)] == ["allowed", "failed"]
    assert audit_of(world).lines[1].note.data["why"] == "dead.no_such"


async def test_words_that_are_no_wish_are_not_written_down(world: World) -> None:
    portal = await world.portal()

    await ask(world, portal, "nonsense")
    await ask(world, portal, "status of what and more")

    assert deeds(world) == []


async def test_nothing_is_done_that_cannot_be_written_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = await world.portal()

    async def away(*_: object) -> NoReturn:
        raise StoreUnavailable(Phrase.of("storage.unavailable", error="gone"))

    with monkeypatch.context() as patched:
        patched.setattr(FakeAudit, "append", away)
        await world.say(portal.room_id, ADMIN, "!trunkline unplumb")
        assert world.heart.portals.in_room(portal.room_id)
    await world.turn(30)

    assert deeds(world)[0] == (ADMIN, "action.unplumb", "allowed")


async def test_an_admin_reads_the_newest_lines(world: World) -> None:
    portal = await world.portal()
    await ask(world, portal, "status")

    said = (await ask(world, portal, "audit list")).splitlines()

    assert said[0].startswith("2 ")
    assert f"{ADMIN} action.audit ({portal.room_id}, door chat, outcome allowed, what list)" in said[0]
    assert any("action.status" in line for line in said)


async def test_an_admin_looks_for_a_word(world: World) -> None:
    portal = await world.portal()
    await ask(world, portal, "trace $one", ALICE)
    await ask(world, portal, "status")

    assert "action.trace" in await ask(world, portal, "audit search $one")
    assert "action.status" not in await ask(world, portal, "audit search $one")


async def test_a_changed_line_is_told(world: World) -> None:
    portal = await world.portal()
    await ask(world, portal, "status")
    assert await ask(world, portal, "audit verify") == "All 2 lines are as they were written."

    store = audit_of(world)
    store.lines[0] = evolve(store.lines[0], note=evolve(store.lines[0].note, actor=ALICE))

    assert (await ask(world, portal, "audit verify")).startswith("Line 1 was changed after it was written;")


async def test_the_whole_trail_is_no_answer_for_a_chat(world: World) -> None:
    portal = await world.portal()

    assert "works in a shell only" in await ask(world, portal, "audit export")


async def test_what_audit_takes_is_told(world: World) -> None:
    portal = await world.portal()

    assert (await ask(world, portal, "audit erase")).startswith("Say audit list")
    assert (await ask(world, portal, "audit search")).startswith("Say audit list")
