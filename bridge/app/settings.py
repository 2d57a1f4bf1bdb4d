"""All sections together: what a configuration of Trunkline may say, and reading one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bridge.config import Loaded, Move, PluginGroup, Schema, load
from bridge.core.config import BridgeConfig
from bridge.egress import EgressConfig
from bridge.keeper.config import KeeperConfig
from bridge.matrix.config import AppserviceConfig, HomeserverConfig
from bridge.model.namespace import Namespace
from bridge.plugins.find import find_networks
from bridge.policy.retention import RetentionConfig
from bridge.storage.config import DatabaseConfig
from bridge.telemetry import LoggingConfig
from bridge.web.config import PublicConfig

SECTIONS: Final = (
    HomeserverConfig,
    AppserviceConfig,
    PublicConfig,
    DatabaseConfig,
    BridgeConfig,
    RetentionConfig,
    EgressConfig,
    KeeperConfig,
    LoggingConfig,
)
MOVES: Final[tuple[Move, ...]] = ()
"""Options that had another name or place in an earlier version, oldest first."""
DEFAULT_PATH: Final = Path("config.yaml")
CONFIG_VARIABLE: Final = "TRUNKLINE_CONFIG"


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


def namespace_of(loaded: Loaded) -> Namespace:
    """The names of our users and rooms. Raises ``ConfigInvalid``."""
    section = loaded.section(BridgeConfig)
    return Namespace(
        loaded.section(HomeserverConfig).domain,
        bot_localpart=section.bot_localpart,
        user_prefix=section.user_prefix,
        alias_prefix=section.alias_prefix,
    )


def installed_networks() -> Mapping[str, type]:
    """The section class of every installed network by its ``type``; one that cannot be loaded is left out."""
    return find_networks().sections
