"""The section ``database``."""

from pathlib import Path

import pytest

from bridge.config import ConfigInvalid, Schema, load
from bridge.storage.config import DatabaseConfig


def read(folder: Path, text: str) -> DatabaseConfig:
    path = folder / "config.yaml"
    path.write_text(text)
    loaded = load(Schema([DatabaseConfig]), path, {"TRUNKLINE_DATABASE__PASSWORD": "tea"})
    loaded.require_core()
    return loaded.section(DatabaseConfig)


def test_without_a_word_it_is_a_file(tmp_path: Path) -> None:
    assert read(tmp_path, "").url == "sqlite:///trunkline.db"


def test_the_password_stands_apart_and_does_not_print(tmp_path: Path) -> None:
    section = read(tmp_path, "database:\n  url: postgresql://trunkline@localhost/trunkline\n")

    assert section.password
    assert section.password.reveal() == "tea"
    assert "tea" not in repr(section)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:tea@localhost/trunkline",
        "postgresql://a@localhost/trunkline?password=tea",
        "postgresql://[",
        "mysql://localhost/trunkline",
        "sqlite:///",
    ],
)
def test_other_urls_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigInvalid, match="password in `password`"):
        read(tmp_path, f"database:\n  url: '{url}'\n")
