"""The demo's programs: started, watched, and stopped with all that they started."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bridge.model.errors import Misconfigured
from bridge.playground.demo.processes import Children


@pytest_asyncio.fixture
async def children() -> AsyncIterator[Children]:
    children = Children()
    yield children
    await children.stop()


async def _never() -> bool:
    return False


async def test_a_program_that_ends_by_itself_is_told_with_the_end_of_its_log(
    children: Children, tmp_path: Path
) -> None:
    await children.start("Thing", ["/bin/sh", "-c", "echo no luck; exit 3"], tmp_path / "log")
    with pytest.raises(Misconfigured) as caught:
        await children.first_death()
    assert caught.value.reason.values == {
        "title": "Thing",
        "status": 3,
        "log": str(tmp_path / "log"),
        "tail": "no luck",
    }


async def test_waiting_for_a_program_ends_when_it_dies(children: Children, tmp_path: Path) -> None:
    child = await children.start("Thing", ["/bin/false"], tmp_path / "log")
    with pytest.raises(Misconfigured) as caught:
        await children.ready(child, _never)
    assert caught.value.reason.key == "demo.died"


async def test_waiting_for_a_program_ends_when_it_answers(children: Children, tmp_path: Path) -> None:
    answers = iter([False, True])

    async def answer() -> bool:
        return next(answers)

    child = await children.start("Thing", ["/bin/sh", "-c", "cat </dev/zero >/dev/null"], tmp_path / "log")
    await children.ready(child, answer)
    assert child.process.returncode is None


async def test_stopping_ends_a_program_and_what_it_started(children: Children, tmp_path: Path) -> None:
    """The pipe ends when the last of those that hold it is gone."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = f"(echo up; exec sleep 1000) >{pipe} & wait"
    child = await children.start("Thing", ["/bin/sh", "-c", script], tmp_path / "log")
    with await asyncio.to_thread(pipe.open, "rb") as stream:
        assert await asyncio.to_thread(stream.readline) == b"up\n"
        await children.stop()
        assert child.process.returncode is not None
        assert await asyncio.to_thread(stream.read) == b""


async def test_stopping_twice_or_after_a_death_does_no_harm(children: Children, tmp_path: Path) -> None:
    child = await children.start("Thing", ["/bin/true"], tmp_path / "log")
    await child.process.wait()
    await child.stop()
    await children.stop()
    await children.stop()
    assert child.process.returncode == 0
