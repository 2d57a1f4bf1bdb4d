"""What a comparison with the homeserver's history is told by the store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import frozen

from bridge.core.ports import InboxStore
from bridge.core.reconcile_ports import ReconcileStore
from bridge.model.ids import EventID, InboxSeq
from bridge.storage.late import SqlLate
from bridge.storage.secrets import SecretKey
from bridge.storage.store import open_store
from bridge.testing.history import FakeReconcileStore
from bridge.testing.store import FakeStore
from tests.storage.builders import LATER, NOW, raw
from tests.storage.conftest import FAKE, POSTGRES, SQLITE, place_for


@frozen
class Both:
    inbox: InboxStore
    late: ReconcileStore


@pytest_asyncio.fixture(params=[FAKE, SQLITE, POSTGRES])
async def both(request: pytest.FixtureRequest, tmp_path: Path, key: SecretKey) -> AsyncIterator[Both]:
    if request.param == FAKE:
        fake = FakeStore()
        yield Both(fake.inbox, FakeReconcileStore(fake))
        return
    store = await open_store(place_for(request.param, request, tmp_path), key)
    yield Both(store.stores.inbox, SqlLate(store.engine))
    await store.close()


async def test_the_place_is_remembered(both: Both) -> None:
    assert await both.late.token() is None
    await both.late.put_token("s1")
    await both.late.put_token("s2")

    assert await both.late.token() == "s2"


async def test_only_what_was_never_stored_is_unknown(both: Both) -> None:
    await both.inbox.accept([raw("$open"), raw("$done"), raw("$" + "x" * 5000)], NOW)
    _, done, _ = await both.inbox.pending(InboxSeq(0), 10)
    await both.inbox.finish([done.seq])

    asked = [EventID(name) for name in ("$open", "$new", "$done", "$" + "x" * 5000, "$odd\ud800'\"")]
    assert await both.late.unknown(asked) == {"$new", "$odd\ud800'\""}
    assert await both.late.unknown([]) == set()


async def test_what_is_skipped_is_known_and_never_work(both: Both) -> None:
    await both.late.skip([raw("$a"), raw("$b")], NOW)

    assert await both.late.unknown([EventID("$a"), EventID("$b")]) == set()
    assert await both.inbox.accept([raw("$a"), raw("$c")], LATER) == 1
    assert [row.event_id for row in await both.inbox.pending(InboxSeq(0), 10)] == ["$c"]


async def test_what_waits_in_the_inbox_is_not_skipped(both: Both) -> None:
    await both.inbox.accept([raw("$a", body=b"1")], NOW)
    await both.late.skip([raw("$a")], LATER)

    assert [row.body for row in await both.inbox.pending(InboxSeq(0), 10)] == [b"1"]
