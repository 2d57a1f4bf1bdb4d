"""Until when each network was listened to."""

from datetime import timedelta

from bridge.core.ports import Stores
from bridge.model.ids import NetworkName
from tests.storage.builders import NOW

LIBERA, OFTC = NetworkName("libera"), NetworkName("oftc")


async def test_the_latest_note_of_each_network_is_read_back(stores: Stores) -> None:
    await stores.watches.note_watched(LIBERA, NOW)
    await stores.watches.note_watched(OFTC, NOW)
    await stores.watches.note_watched(LIBERA, NOW + timedelta(microseconds=1))

    assert await stores.watches.watched_until(LIBERA) == NOW + timedelta(microseconds=1)
    assert await stores.watches.watched_until(OFTC) == NOW


async def test_a_network_that_was_never_listened_to_has_no_note(stores: Stores) -> None:
    assert await stores.watches.watched_until(LIBERA) is None
