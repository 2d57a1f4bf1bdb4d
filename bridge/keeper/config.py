"""The ``keeper`` section."""

from bridge.config import option, section


@section(
    "keeper", "Holding connections to networks over a restart of the bridge, by a small process of its own."
)
class KeeperConfig:
    enabled: bool = option(
        "Hold connections, so that a restart or a crash of the bridge loses no line and nobody is seen to "
        "leave. Switched off, connections end with the bridge.",
        default=True,
    )
    linger_s: int = option(
        "How long connections are held while no bridge is there; then they say goodbye.",
        default=300,
        at_least=1,
        at_most=86_400,
    )
