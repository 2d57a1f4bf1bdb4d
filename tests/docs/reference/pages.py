"""Which reference pages there are, and what each is made from."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from bridge.telemetry.alerts import render_rules
from bridge.telemetry.dashboard import render_dashboard
from tests.docs.reference import chat, contract, http, irc, sentences, settings, shell, states

ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = ROOT / "docs" / "reference"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "configuration.md": settings.configuration_page,
    "metrics.md": settings.metrics_page,
    "commands.md": chat.commands_page,
    "command-line.md": shell.command_line_page,
    "irc.md": irc.irc_page,
    "states.md": states.states_page,
    "sentences.md": sentences.sentences_page,
    "http.md": http.http_page,
    "network-contract.md": contract.contract_page,
}
"""File name to the function that makes its text."""

MADE: Final[Mapping[Path, Callable[[], str]]] = {
    **{FOLDER / name: make for name, make in PAGES.items()},
    FOLDER / "openapi.json": http.openapi_document,
    ROOT / "docker" / "monitoring" / "alerts.json": render_rules,
    ROOT / "docker" / "monitoring" / "dashboard.json": render_dashboard,
    ROOT / "config.example.yaml": settings.example,
}
"""Every file of the project that is made from the code."""
