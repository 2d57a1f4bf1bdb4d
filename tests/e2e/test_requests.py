"""How often the homeserver is asked: no more than once for each thing that crosses."""

import pytest

from tests.e2e.talkers import Talkers, ask, read_receipt

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


async def test_a_receipt_that_takes_its_time_stands_for_all_that_arrived_meanwhile(talk: Talkers) -> None:
    here = await talk.meet("insp")
    counter = talk.stack.counter

    with counter.holding("POST receipt"):
        sent = [await here.alice.say(here.room, f"line {number}") for number in range(10)]
        await here.ann.wait_for_text("line 9")
        # Said to a room behind the lines, so that the bridge has seen to their echoes when it is answered.
        await ask(here.alice, here.room, "!trunkline status")
    await read_receipt(here.alice, here.room, sent[-1])

    # The one that was held, and one for all others; a third if the last echo came just too late.
    assert counter.deeds(here.room).count("POST receipt") <= 3
