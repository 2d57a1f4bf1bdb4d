"""What people say on one side is read on the other: on a server with every extension and on one without."""

import pytest

from tests.e2e.talkers import Talkers

networks = pytest.mark.parametrize("network", ["insp", "ng"])


@networks
async def test_a_message_from_matrix_is_read_on_irc(talk: Talkers, network: str) -> None:
    ann = await talk.irc("ann", network)
    await ann.join(talk.channel)
    alice = await talk.user("alice")
    room = await talk.portal(alice, network)

    await alice.say(room, "hello from matrix")

    line = await ann.wait_for_text("hello from matrix")
    assert line.text == f"<alice-{talk.ending}> hello from matrix"


@networks
async def test_a_line_from_irc_is_read_on_matrix_as_its_speaker(talk: Talkers, network: str) -> None:
    ann = await talk.irc("ann", network)
    await ann.join(talk.channel)
    alice = await talk.user("alice")
    room = await talk.portal(alice, network)

    ann.say(talk.channel, "hello from irc")

    event = await alice.wait_for_message("hello from irc")
    assert event.sender == f"@_trunkline_{network}_ann{talk.ending}:localhost"
    assert (await alice.joined_members(room))[event.sender] == f"ann{talk.ending}"


@networks
async def test_one_line_is_one_event_in_its_senders_order(talk: Talkers, network: str) -> None:
    ann, ben = await talk.irc("ann", network), await talk.irc("ben", network)
    await ann.join(talk.channel)
    await ben.join(talk.channel)
    alice = await talk.user("alice")
    room = await talk.portal(alice, network)

    for number in range(20):
        ann.say(talk.channel, f"a{number}")
        ben.say(talk.channel, f"b{number}")

    await alice.wait_for_message("a19")
    await alice.wait_for_message("b19")
    for nick, letter in ((ann.nick, "a"), (ben.nick, "b")):
        sender = f"@_trunkline_{network}_{nick}:localhost"
        assert alice.messages(room, sender=sender) == [f"{letter}{number}" for number in range(20)]


@networks
async def test_four_thousand_chinese_characters_arrive_whole(talk: Talkers, network: str) -> None:
    ann = await talk.irc("ann", network)
    await ann.join(talk.channel)
    alice = await talk.user("alice")
    room = await talk.portal(alice, network)
    text = "".join(chr(0x4E00 + number) for number in range(4000))

    await alice.say(room, text)
    await alice.say(room, "the end")

    await ann.wait_for_text("the end")
    said = [line.split("> ", 1)[1] for line in ann.messages(talk.channel)[:-1]]
    assert "".join(said) == text
