"""All sections together: what a configuration of Trunkline may say, and reading one."""

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from bridge.config import Loaded, Move, PluginGroup, Schema, load
from bridge.core.config import BridgeConfig
from bridge.egress import EgressConfig
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.storage.config import DatabaseConfig
from bridge.telemetry import LoggingConfig, get_log
from bridge.web.config import PublicConfig

SECTIONS: Final = (
    HomeserverConfig,
    AppserviceConfig,
    PublicConfig,
    DatabaseConfig,
    BridgeConfig,
    EgressConfig,
    LoggingConfig,
)
MOVES: Final[tuple[Move, ...]] = ()
"""Options that had another name or place in an earlier version, oldest first."""
DEFAULT_PATH: Final = Path("config.yaml")
CONFIG_VARIABLE: Final = "TRUNKLINE_CONFIG"

_log = get_log(__name__)


def schema(networks: Mapping[str, type] | None = None) -> Schema:
    """What may stand in a configuration.

    Args:
        networks: the section class of each ``type`` of network; those that are installed unless given.
    """
    kinds = installed_networks() if networks is None else networks
    group = PluginGroup(
        "networks",
        "The networks to bridge, each under a name of your choice; `type` says what it speaks.",
        kinds,
        {"irc": "libera", "demo": "demo"},
    )
    return Schema(SECTIONS, [group], MOVES)


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Loaded:
    """Read a configuration; mistakes are in the result."""
    return load(schema(), path, os.environ if environment is None else environment)


def installed_networks() -> Mapping[str, type]:
    """The section class of every installed network by its ``type``; one that cannot be loaded is left out."""
    found: dict[str, type] = {}
    for point in sorted(entry_points(group="trunkline.networks"), key=lambda point: point.name):
        try:
            module = __import__(point.module, fromlist=["SECTION"])
            found[point.name] = module.SECTION
        except (ImportError, AttributeError) as error:
            _log.warning("network cannot be loaded", network=point.name, reason=error)
    return found
