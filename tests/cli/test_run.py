"""``trunkline run``: mistakes are told together, signals end it with 0."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from attrs import define, field
from click.testing import CliRunner, Result

from bridge.app.init import Wishes, write_folder
from bridge.cli.main import main
from bridge.cli.run import until_told
from bridge.testing.servers.ports import free_port


def _run(path: Path, *words: str) -> Result:
    return CliRunner(env={"LANG": "C.UTF-8"}).invoke(main, ["run", "--config", str(path), *words])


async def _start(path: Path) -> asyncio.subprocess.Process:
    """As a program of its own: it sets up the log and the signals of its whole process."""
    command = [sys.executable, "-m", "bridge", "run", "--config", str(path), "--language", "en"]
    return await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _folder(folder: Path) -> Path:
    """A data folder whose homeserver is not there."""
    wishes = Wishes(
        data=folder,
        homeserver=f"http://127.0.0.1:{free_port()}",
        domain="example.org",
        port=free_port(),
        more={"public": {"port": free_port()}},
    )
    return write_folder(wishes).config


def test_every_mistake_is_told_at_once_and_nothing_starts(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("homeserver: {url: nowhere, domain: example.org}\nlogging: {levle: info}\n")
    result = _run(path)
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = sorted(result.stderr.splitlines())
    assert first.startswith(f"{path}:1: homeserver.url: ")
    assert second == f"{path}:2: logging.levle: no such option; did you mean level?"


def test_mistakes_are_told_in_the_language_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("homeserver: {url: 'http://a', domain: example.org, levle: 1}\n")
    result = _run(path, "--language", "zh-Hans")
    assert result.exit_code == 1
    assert "no such option" not in result.stderr


def test_a_missing_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = _run(tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert "the file cannot be read" in result.stderr


async def test_a_template_for_a_registration_is_refused_in_one_sentence(tmp_path: Path) -> None:
    config = _folder(tmp_path)
    template = Path(__file__).parents[2] / "registration.yaml"
    (tmp_path / "registration.yaml").write_text(template.read_text())
    process = await _start(config)
    _, written = await process.communicate()
    assert process.returncode == 1
    assert written.startswith(b"`as_token` in the registration is still a placeholder.")
    assert written.count(b"\n") == 1


def test_the_configuration_is_found_in_the_folder_that_init_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRUNKLINE_CONFIG", raising=False)
    (tmp_path / "trunkline-data").mkdir()
    (tmp_path / "trunkline-data" / "config.yaml").write_text("homeserver: {url: nowhere, domain: a.org}\n")
    result = CliRunner().invoke(main, ["run"])
    assert result.exit_code == 1
    assert result.stderr.startswith("trunkline-data/config.yaml:1: homeserver.url: ")


@define
class _Bridge:
    """Notes what is asked of it; its start may be made to last."""

    lasting: bool = False
    deeds: list[str] = field(factory=list)
    begun: asyncio.Event = field(factory=asyncio.Event)

    async def start(self) -> None:
        self.deeds.append("start")
        self.begun.set()
        if self.lasting:
            try:
                await asyncio.Event().wait()
            finally:
                self.deeds.append("given up")

    async def stop(self, *, for_good: bool) -> None:
        self.deeds.append("stop for good" if for_good else "stop")


@pytest.mark.parametrize(("number", "deed"), [(signal.SIGTERM, "stop"), (signal.SIGINT, "stop for good")])
async def test_a_signal_stops_what_runs(number: signal.Signals, deed: str) -> None:
    bridge = _Bridge()
    running = asyncio.create_task(until_told(lambda: bridge))
    await bridge.begun.wait()
    os.kill(os.getpid(), number)
    await running
    assert bridge.deeds == ["start", deed]


async def test_a_signal_gives_up_a_start_that_lasts() -> None:
    bridge = _Bridge(lasting=True)
    running = asyncio.create_task(until_told(lambda: bridge))
    await bridge.begun.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    assert bridge.deeds == ["start", "given up"]


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bridge as a program of its own, which waits for its homeserver."""
    process = await _start(_folder(tmp_path))
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while b"matrix.waiting" not in (line := await process.stderr.readline()):
            assert line, "it has ended"
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_bridge_without_a_homeserver_waits_and_ends_with_0(
    process: asyncio.subprocess.Process, number: signal.Signals
) -> None:
    process.send_signal(number)
    _, written = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in written


async def test_a_bridge_that_runs_answers_a_shell(
    process: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    words = ["status", "--config", str(tmp_path / "config.yaml"), "--language", "en"]
    result = await asyncio.to_thread(CliRunner().invoke, main, words)
    process.terminate()
    await process.communicate()
    assert result.stdout == "No network is set up. Add one to the configuration.\n"
    assert "control.sock" not in _names(tmp_path)


async def test_a_second_bridge_on_the_same_folder_is_refused(
    process: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    second = await _start(tmp_path / "config.yaml")
    _, written = await second.communicate()
    assert second.returncode == 1
    assert f"Another bridge is at work on {tmp_path} (process {process.pid})." in written.decode()
