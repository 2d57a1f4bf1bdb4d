"""Writes down the life of the bridge itself: its starts, its stops, and what was changed in its settings."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

import orjson

from bridge.api.audit import Audit
from bridge.config import Loaded
from bridge.storage.meta import MetaStore

BRIDGE: Final = "bridge"
_SEEN: Final = "settings_seen"
_MOST: Final = 50
"""So many changed options are written down one by one."""


async def note_start(audit: Audit, meta: MetaStore, loaded: Loaded) -> None:
    """Raises ``StoreUnavailable``."""
    await audit.record(BRIDGE, "bridge.started", version=version("trunkline"))
    now = {one.path: one.shown for one in loaded.effective}
    stored = await meta.get(_SEEN)
    if stored is not None:
        for path, change in _changes(orjson.loads(stored), now).items():
            await audit.record(BRIDGE, "config.changed", path, change=change)
    # Behind the lines: whoever is killed in between writes them once more, and none is missing.
    await meta.put(_SEEN, orjson.dumps(now).decode())


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Mapping[str, str]:
    """What is told of each option that differs. A secret is masked in both, and shows no change."""
    paths = [path for path in sorted(before.keys() | now.keys()) if before.get(path) != now.get(path)]
    told = {path: f"{before.get(path, '-')} -> {now.get(path, '-')}" for path in paths[:_MOST]}
    return told if len(paths) <= _MOST else told | {"*": f"{len(paths) - _MOST} more"}
