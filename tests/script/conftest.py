"""A checkout that holds the scripts and little else, and a Python that installs nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from attrs import frozen

_ROOT = Path(__file__).parents[2]
_STAND_IN = """\
#!/bin/sh
echo "$*" >>"$CALLS"
case "$1 $2" in
-V*) echo Python 3.11.0 ;;
"-m venv")
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    ;;
esac
"""


@frozen
class Checkout:
    """A copy of ``script/`` and of what it reads."""

    root: Path

    @property
    def calls(self) -> list[str]:
        """What Python was asked to do."""
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, script: str, *words: str) -> "subprocess.CompletedProcess[str]":
        given = {"PYTHON": str(self.root / "python"), "CALLS": str(self.root / "calls")}
        return subprocess.run(
            [self.root / "script" / script, *words],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    shutil.copytree(_ROOT / "script", tmp_path / "script")
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    python = tmp_path / "python"
    python.write_text(_STAND_IN)
    python.chmod(0o755)
    return Checkout(tmp_path)
