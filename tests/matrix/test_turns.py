"""One at a time for each key, in the order of the calls."""

import asyncio

from bridge.matrix.turns import Turns


async def work(turns: Turns[str], key: str, name: str, log: list[str], gate: asyncio.Event) -> None:
    async with turns.turn(key):
        log.append(f"{name} begins")
        await gate.wait()
        log.append(f"{name} ends")


async def run_ready() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_second_begins_when_the_first_ended() -> None:
    turns: Turns[str] = Turns()
    log: list[str] = []
    gates = [asyncio.Event(), asyncio.Event()]
    tasks = [asyncio.create_task(work(turns, "room", str(n), log, gates[n])) for n in range(2)]
    await run_ready()
    assert log == ["0 begins"]

    gates[0].set()
    gates[1].set()
    await asyncio.gather(*tasks)

    assert log == ["0 begins", "0 ends", "1 begins", "1 ends"]


async def test_other_keys_do_not_wait() -> None:
    turns: Turns[str] = Turns()
    log: list[str] = []
    stuck, free = asyncio.Event(), asyncio.Event()
    free.set()
    first = asyncio.create_task(work(turns, "a", "slow", log, stuck))
    await run_ready()

    await work(turns, "b", "quick", log, free)

    assert log == ["slow begins", "quick begins", "quick ends"]
    stuck.set()
    await first


async def test_one_who_gives_up_waiting_does_not_stop_the_line() -> None:
    turns: Turns[str] = Turns()
    log: list[str] = []
    gate = asyncio.Event()
    tasks = [asyncio.create_task(work(turns, "a", str(n), log, gate)) for n in range(3)]
    await run_ready()

    tasks[1].cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert log == ["0 begins", "0 ends", "2 begins", "2 ends"]


async def test_first_and_second_cancelled_together_let_the_third_go() -> None:
    turns: Turns[str] = Turns()
    log: list[str] = []
    gate = asyncio.Event()
    tasks = [asyncio.create_task(work(turns, "a", str(n), log, gate)) for n in range(3)]
    await run_ready()

    tasks[0].cancel()
    tasks[1].cancel()
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert log == ["0 begins", "2 begins", "2 ends"]
    assert turns._lines == {}
