"""How often the homeserver is asked: no more than once for each thing that crosses."""

import asyncio

import pytest

from tests.e2e.talkers import Talkers, read_receipt

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_a_line_of_irc_is_one_request(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    here.ann.say(here.channel, "warm")
    await here.alice.wait_for_message("warm")
    counter = talk.stack.counter
    before = len(counter.deeds(here.room))

    for number in range(5):
        here.ann.say(here.channel, f"line {number}")
    await here.alice.wait_for_message("line 4")

    assert counter.deeds(here.room)[before:] == ["PUT send"] * 5


@networks
async def test_a_message_of_matrix_is_one_receipt(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    await read_receipt(here.alice, here.room, await here.alice.say(here.room, "warm"))
    counter = talk.stack.counter
    before = len(counter.deeds(here.room))

    for number in range(3):
        await read_receipt(here.alice, here.room, await here.alice.say(here.room, f"line {number}"))

    assert counter.deeds(here.room)[before:] == ["POST receipt"] * 3


async def test_many_messages_at_once_need_fewer_receipts_than_messages(talk: Talkers) -> None:
    here = await talk.meet("insp")
    counter = talk.stack.counter

    sent = await asyncio.gather(*(here.alice.say(here.room, f"line {number}") for number in range(10)))
    await asyncio.gather(*(here.ann.wait_for_text(f"line {number}") for number in range(10)))

    receipts = counter.deeds(here.room).count("POST receipt")
    assert len(set(sent)) == 10
    assert receipts <= 10
