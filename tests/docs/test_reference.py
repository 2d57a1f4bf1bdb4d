"""The reference says what the code says."""

from pathlib import Path

import pytest

from bridge.app.settings import schema
from bridge.config.declare import options_of, section_info
from bridge.telemetry import Metrics
from tests.docs.reference import chat, sentences
from tests.docs.reference.pages import FOLDER, MADE, ROOT


@pytest.mark.parametrize("path", MADE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_made_from_the_code_is_up_to_date(path: Path) -> None:
    written = path.read_text("utf-8") if path.exists() else ""
    assert written == MADE[path](), "run script/reference"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert set(FOLDER.iterdir()) == {path for path in MADE if path.parent == FOLDER}


def test_every_option_of_every_section_is_in_the_reference() -> None:
    text = (FOLDER / "configuration.md").read_text("utf-8")
    one = schema()
    core = {f"{section_info(cls).name}.{option}" for cls in one.sections for option in options_of(cls)}
    networks = {
        f"{group.name}.NAME.{option}"
        for group in one.groups
        for cls in group.kinds.values()
        for option in options_of(cls)
    }
    assert {path for path in core | networks if f"`{path}`" not in text} == set()


def test_every_metric_is_in_the_reference() -> None:
    text = (FOLDER / "metrics.md").read_text("utf-8")
    assert {one.name for one in Metrics().described if f"`{one.name}`" not in text} == set()


def test_every_command_is_in_the_reference() -> None:
    text = (FOLDER / "commands.md").read_text("utf-8")
    assert {"join", "leave", "list", "plumb", "retry", "status", "unplumb"} <= set(chat.specs())
    assert {name for name in chat.specs() if f"## {name}\n" not in text} == set()


def test_every_sentence_is_in_the_reference() -> None:
    text = (FOLDER / "sentences.md").read_text("utf-8")
    keys = {key for _, table in sentences.tables() for key in table["en"]}
    assert {key for key in keys if f"`{key}`" not in text} == set()
