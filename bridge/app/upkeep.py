"""What goes on beside the work for as long as the bridge runs: forgetting, changing, watching the store."""

from bridge.config import Loaded
from bridge.core.ports import Clock, Tasks
from bridge.core.upkeep import Upkeep
from bridge.core.upkeep_ports import UpkeepStore
from bridge.policy.retention import RetentionConfig
from bridge.storage.migrations.online import OnlineMigrations
from bridge.storage.store import OpenStore
from bridge.telemetry.metrics import Metrics


def start_upkeep(loaded: Loaded, store: OpenStore, *, metrics: Metrics, clock: Clock, tasks: Tasks) -> None:
    """Begin all of it."""
    port: UpkeepStore = store.stores.upkeep
    upkeep = Upkeep(port, loaded.section(RetentionConfig), metrics, clock)
    tasks.spawn("upkeep", upkeep.run())
    changes = OnlineMigrations(
        store.engine,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        show=lambda step, share: metrics.migration_progress.set(share, step=step),
    )
    tasks.spawn("changes of the database", changes.run())
