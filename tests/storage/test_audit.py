"""The audit trail in the database: only ever added to, and whoever changes it is found out."""

import asyncio
from functools import partial

import pytest

from bridge.core.audit import AuditStore, AuditTrail
from bridge.model.audit import FIRST, AuditNote
from bridge.policy.audit_chain import AuditChain, Break, Broken
from bridge.storage.audit import SqlAudit
from bridge.storage.engine import run
from bridge.storage.store import OpenStore
from bridge.testing.clock import HandClock

KEY = b"a" * 32
CHAIN = AuditChain(KEY)


@pytest.fixture
def audit(opened: OpenStore) -> SqlAudit:
    return SqlAudit(opened.engine)


@pytest.fixture
def trail(audit: SqlAudit) -> AuditTrail:
    store: AuditStore = audit
    return AuditTrail(store, KEY, HandClock())


async def written(trail: AuditTrail, count: int) -> None:
    for number in range(1, count + 1):
        await trail.record(
            "@ann:example.org", "action.join", f"!room{number}", chat=f"#chat{number}", tries=number
        )


async def spoil(opened: OpenStore, sql: str) -> None:
    await opened.engine.write(partial(run, sql))


async def test_lines_are_read_back_as_they_were_written(trail: AuditTrail, audit: SqlAudit) -> None:
    await written(trail, 3)

    lines = await audit.page(0, 10)

    assert [line.note.subject for line in lines] == ["!room1", "!room2", "!room3"]
    assert lines[2].note == AuditNote(
        at=HandClock().now(),
        actor="@ann:example.org",
        action="action.join",
        subject="!room3",
        data={"chat": "#chat3", "tries": 3},
    )
    assert lines[0].previous == FIRST
    assert [line.previous for line in lines[1:]] == [line.seal for line in lines[:2]]
    assert await audit.head() == lines[2].seal


async def test_pages_follow_each_other(trail: AuditTrail, audit: SqlAudit) -> None:
    await written(trail, 5)

    page = await audit.page(0, 2)
    rest = await audit.page(page[-1].seq, 10)

    assert [line.note.subject for line in (*page, *rest)] == [f"!room{number}" for number in range(1, 6)]
    assert [line.note.subject async for line in trail.lines(page[-1].seq)] == ["!room3", "!room4", "!room5"]


async def test_a_word_is_looked_for_everywhere(trail: AuditTrail) -> None:
    await trail.record("@Ann:example.org", "action.join", "!one", chat="#python")
    await trail.record("shell", "action.plumb", "!two", chat="#100%_sure")

    async def found(word: str) -> list[str]:
        return [line.note.subject for line in await trail.newest(10, word=word)]

    assert await found("ann") == ["!one"]
    assert await found("PYTHON") == ["!one"]
    assert await found("action.") == ["!two", "!one"]
    assert await found("100%_s") == ["!two"]
    assert await found("1_0") == []


async def test_an_untouched_trail_is_whole(trail: AuditTrail) -> None:
    assert await trail.verify() == (0, None)
    await written(trail, 4)
    assert await trail.verify() == (4, None)


async def test_lines_that_are_written_at_once_make_one_chain(trail: AuditTrail) -> None:
    await asyncio.gather(*(trail.record("shell", "action.status", f"{number}") for number in range(50)))

    assert await trail.verify() == (50, None)


async def test_strange_characters_are_kept_from_the_chain(trail: AuditTrail) -> None:
    await trail.record("@a\x00\ud800:x", "action.join", "line\nbreak", chat="\u202e\x00" + "x" * 2000)

    (line,) = await trail.newest(1)
    assert await trail.verify() == (1, None)
    assert line.note.subject == "line break"
    assert len(str(line.note.data["chat"])) == 500


@pytest.mark.parametrize(
    ("deed", "broken"),
    [
        ("UPDATE audit SET actor = '@eve:example.org' WHERE seq = 2", Broken(2, Break.CHANGED)),
        ("UPDATE audit SET at = at + 1 WHERE seq = 4", Broken(4, Break.CHANGED)),
        ("UPDATE audit SET data = '{}' WHERE seq = 1", Broken(1, Break.CHANGED)),
        ("DELETE FROM audit WHERE seq = 2", Broken(3, Break.MOVED)),
        ("DELETE FROM audit WHERE seq = 1", Broken(2, Break.MOVED)),
        ("UPDATE audit SET seq = 9 WHERE seq = 2", Broken(3, Break.MOVED)),
        ("DELETE FROM audit WHERE seq > 2", Broken(2, Break.CUT)),
        ("DELETE FROM audit", Broken(0, Break.CUT)),
    ],
)
async def test_whoever_writes_into_the_database_is_found_out(
    opened: OpenStore, trail: AuditTrail, deed: str, broken: Broken
) -> None:
    await written(trail, 4)

    await spoil(opened, deed)

    count, found = await trail.verify()
    assert found == broken
    assert count < 4


async def test_a_trail_of_another_key_is_not_believed(audit: SqlAudit) -> None:
    await written(AuditTrail(audit, b"b" * 32, HandClock()), 2)

    assert (await AuditTrail(audit, KEY, HandClock()).verify())[1] == Broken(1, Break.CHANGED)
