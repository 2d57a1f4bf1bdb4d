"""The networks of a configuration, ready for their supervisor."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Final

from bridge.api.network import Connector, Host, KeepsConnections
from bridge.config.load import PluginSection
from bridge.core.ports import Clock, Tasks
from bridge.keeper.promise import Keeper
from bridge.model.errors import Phrase
from bridge.model.ids import NetworkName
from bridge.plugins.find import Found
from bridge.plugins.supervise import Configured, Supervisor

GROUP: Final = "networks"
"""The key of the networks' sections in the configuration: ``loaded.plugins[GROUP]``."""


def configured_networks(
    sections: Mapping[str, PluginSection],
    found: Found,
    *,
    clock: Clock,
    random: Random,
    keeper: Keeper | None = None,
) -> Sequence[Configured[Connector]]:
    """What each section asks for; one with mistakes stops only its own network.

    ``keeper`` holds the connections of those that can have them held.
    """
    return [_configured(section, found, clock, random, keeper) for section in sections.values()]


def supervise_networks(
    host: Host,
    *,
    clock: Clock,
    tasks: Tasks,
    jitter: Callable[[], float],
    on_starting: Callable[[Connector], None],
    on_started: Callable[[Connector], None],
    on_stopped: Callable[[Connector], None],
) -> Supervisor[Connector]:
    """A supervisor whose plug-ins are networks that report to ``host``.

    A connector may report to the host from within its ``start``: make it known in ``on_starting``.
    """

    async def start(connector: Connector) -> None:
        await connector.start(host)

    return Supervisor(
        start,
        clock=clock,
        tasks=tasks,
        jitter=jitter,
        on_starting=on_starting,
        on_started=on_started,
        on_stopped=on_stopped,
    )


def _configured(
    section: PluginSection, found: Found, clock: Clock, random: Random, keeper: Keeper | None
) -> Configured[Connector]:
    kind = found.kinds.get(section.kind or "")
    if section.value is None or kind is None:
        return Configured(section.name, Phrase.of("plugins.bad_section", name=section.name))
    make = partial(kind.make, NetworkName(section.name), section.value, clock=clock, random=random)
    return Configured(section.name, make if keeper is None else partial(_make_held, make, keeper))


def _make_held(make: Callable[[], Connector], keeper: Keeper) -> Connector:
    connector = make()
    if isinstance(connector, KeepsConnections):
        connector.use_keeper(keeper)
    return connector
