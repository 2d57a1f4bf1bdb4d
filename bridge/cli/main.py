"""The ``trunkline`` command: gathers the subcommands."""

import click

from bridge.cli.config import config


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trunkline", prog_name="trunkline")
def main() -> None:
    """Join Matrix rooms with other chat networks, and lose no message."""


main.add_command(config)
