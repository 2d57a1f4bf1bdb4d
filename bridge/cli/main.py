"""The ``trunkline`` command: gathers the subcommands."""

import click

from bridge.cli.ask import ask_commands
from bridge.cli.config import config
from bridge.cli.doctor import doctor
from bridge.cli.init import init
from bridge.cli.run import run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trunkline", prog_name="trunkline")
def main() -> None:
    """Join Matrix rooms with other chat networks, and lose no message."""


main.add_command(init)
main.add_command(run)
main.add_command(doctor)
main.add_command(config)
for _command in ask_commands():
    main.add_command(_command)
