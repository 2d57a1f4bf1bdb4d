"""A connection that breaks around a commit: nothing is lost, nothing is stored twice."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from bridge.model.errors import StoreUnavailable
from bridge.model.ids import ArrivalSeq, InboxSeq, LaneID
from bridge.storage.secrets import SecretKey
from bridge.storage.store import OpenStore, open_store
from tests.storage.builders import NOW, arrival, message, plan, portal, raw
from tests.storage.lossy import Break, LossyProxy

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def proxy(postgres_url: str) -> AsyncIterator[LossyProxy]:
    parts = urlsplit(postgres_url)
    assert parts.hostname
    assert parts.port
    async with LossyProxy(parts.hostname, parts.port) as proxy:
        yield proxy


@pytest_asyncio.fixture
async def behind_proxy(proxy: LossyProxy, postgres_url: str, key: SecretKey) -> AsyncIterator[OpenStore]:
    near = urlsplit(postgres_url)._replace(netloc=f"trunkline@127.0.0.1:{proxy.port}")
    store = await open_store(near.geturl(), key)
    yield store
    await store.close()


@pytest_asyncio.fixture
async def lane(behind_proxy: OpenStore) -> LaneID:
    return (await behind_proxy.stores.portals.create_portal(portal())).lane


@pytest.mark.parametrize("how", Break)
async def test_a_line_without_an_id_is_stored_once(
    how: Break, proxy: LossyProxy, behind_proxy: OpenStore, lane: LaneID
) -> None:
    arrivals = behind_proxy.stores.arrivals
    proxy.next_commit = how
    (row,) = await arrivals.add([arrival(lane, "once")])
    stored = await arrivals.pending(lane, ArrivalSeq(0), 9)

    assert proxy.breaks == 1
    assert list(stored) == [row]
    assert stored[0].event == message("once")


@pytest.mark.parametrize("how", Break)
async def test_a_pushed_event_counts_as_new_once(
    how: Break, proxy: LossyProxy, behind_proxy: OpenStore
) -> None:
    inbox = behind_proxy.stores.inbox
    proxy.next_commit = how

    assert await inbox.accept([raw("$a"), raw("$b")], NOW) == 2
    assert len(await inbox.pending(InboxSeq(0), 9)) == 2


@pytest.mark.parametrize("how", Break)
async def test_a_plan_can_be_made_again(
    how: Break, proxy: LossyProxy, behind_proxy: OpenStore, lane: LaneID
) -> None:
    ledger = behind_proxy.stores.ledger
    proxy.next_commit = how
    with pytest.raises(StoreUnavailable):
        await ledger.plan(plan(lane), inbox_seq=None, at=NOW)
    rows = await ledger.plan(plan(lane), inbox_seq=None, at=NOW)

    assert list(await ledger.open_parts()) == list(rows)
    assert len(rows) == 3
