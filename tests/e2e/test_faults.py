"""Servers that go, come back, hang or talk nonsense: what was accepted arrives once and in order."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bridge.app.bridge import Bridge
from bridge.app.settings import load_settings
from bridge.model.errors import Misconfigured
from tests.e2e.shaky import CONFIGURED, Scene, Shaky, homeserver_news, scene, shaky_stack
from tests.e2e.stack import RELAY_NICK, make_place

PATIENCE_S = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shaky(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shaky]:
    async with shaky_stack(make_place(tmp_path_factory.mktemp("shaky"))) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def ng(shaky: Shaky) -> AsyncIterator[Scene]:
    async with scene(shaky, "ng") as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def insp(shaky: Shaky) -> AsyncIterator[Scene]:
    async with scene(shaky, "insp") as made:
        yield made


async def test_what_was_said_while_an_irc_server_was_down_arrives_once_and_in_order(
    shaky: Shaky, ng: Scene
) -> None:
    shaky.gates["ng"].shut()
    await shaky.servers["ng"].kill()
    for number in range(5):
        await ng.alice.say(ng.room, f"meanwhile {number}")

    await shaky.servers["ng"].start()
    await ng.ann_returns()
    shaky.gates["ng"].open()

    await ng.ann.wait_for_text("meanwhile 4")
    await ng.crosses()
    assert ng.heard_on_irc()[:5] == [f"meanwhile {number}" for number in range(5)]


async def test_a_cut_connection_loses_and_doubles_nothing_in_silence(shaky: Shaky, insp: Scene) -> None:
    before = {f"before {n}": await insp.alice.say(insp.room, f"before {n}") for n in range(5)}
    shaky.gates["insp"].shut()
    for number in range(5):
        await insp.alice.say(insp.room, f"after {number}")
    shaky.gates["insp"].open()

    await insp.ann.wait_for_text("after 4")
    assert insp.heard_on_irc()[-5:] == [f"after {number}" for number in range(5)]
    await insp.lines_arrived_or_were_doubted(before)


async def test_a_server_that_never_answers_holds_up_no_other(shaky: Shaky, ng: Scene, insp: Scene) -> None:
    shaky.gates["insp"].shut()
    await shaky.gates["insp"].until_somebody_waits()

    await insp.alice.say(insp.room, "are you there?")
    await ng.crosses()
    status = await insp.ask("status")

    assert "insp: connecting" in status
    assert "ng: connected" in status
    shaky.gates["insp"].open()
    await insp.ann.wait_for_text("are you there?")
    await insp.crosses()


async def test_nonsense_from_a_server_ends_nothing(shaky: Shaky, insp: Scene) -> None:
    nonsense = (
        b"\x00\xff\xfe\r\n:\r\n@ \r\n: : :\r\n@a=\\\r\n" + bytes(range(256)) + b"\r\n"
        b":x 005\r\n:x 353\r\n:x 366 a\r\n:x MODE\r\n:x CAP\r\n:x BATCH\r\n:x PRIVMSG\r\n:!@ JOIN :\r\n"
        b":x NICK\r\n:x KICK\r\n:x TOPIC\r\n:x 433\r\n:x 332\r\n:x 324 a\r\n999 " + b"x" * 20_000 + b"\r\n"
    )

    shaky.gates["insp"].whisper(nonsense)

    # A line without end may cost the connection; then the bridge comes back by itself.
    await insp.crosses()


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_lines_of_irc_outlive_the_homeservers_end(shaky: Shaky, insp: Scene, way: str) -> None:
    for number in range(20):
        insp.ann.say(insp.channel, f"line {number}")
    await (shaky.synapse.stop() if way == "stop" else shaky.synapse.kill())
    for number in range(20, 40):
        insp.ann.say(insp.channel, f"line {number}")
    await insp.ann.sync()

    await shaky.synapse.start()

    await insp.alice.wait_for_message("line 39")
    assert insp.heard_on_matrix()[1:] == [f"line {number}" for number in range(40)]
    await insp.crosses()


async def test_what_was_said_while_the_bridge_was_down_arrives_once_and_in_order(
    shaky: Shaky, insp: Scene
) -> None:
    await shaky.stop_bridge()
    for number in range(5):
        await insp.alice.say(insp.room, f"meanwhile {number}")

    await shaky.start_bridge()

    await insp.ann.wait_for_text("meanwhile 4")
    assert insp.heard_on_irc()[1:] == [f"meanwhile {number}" for number in range(5)]
    await insp.crosses()


async def test_a_bridge_stopped_amid_a_long_message_goes_on_where_it_was(shaky: Shaky, insp: Scene) -> None:
    rows = [f"row {number}" for number in range(150)]
    event_id = await insp.alice.say(insp.room, "\n".join(rows))
    await insp.ann.wait_for_text("row 3")

    await shaky.stop_bridge()
    await shaky.start_bridge()

    await insp.alice.say(insp.room, "the end")
    await insp.ann.wait_for_text("the end")
    await insp.lines_arrived_or_were_doubted(dict.fromkeys(rows, event_id))
    # One row at a time is on its way: no more than that one can be in doubt.
    assert len([text for text in insp.heard_on_irc() if text in rows]) >= len(rows) - 1


async def test_a_bridge_before_its_homeserver_says_so_and_goes_on_by_itself(
    shaky: Shaky, insp: Scene
) -> None:
    await shaky.stop_bridge()
    await shaky.synapse.stop()
    since = insp.ann.mark()

    with homeserver_news() as news:
        await shaky.start_bridge()
        await insp.ann.wait_for(
            lambda line: line.command == "JOIN" and line.source == RELAY_NICK,
            since=since,
            what="the relay's return",
        )
        insp.ann.say(insp.channel, "nobody reads this yet")
        await news.wait_for(lambda key: key == "matrix.waiting", timeout_s=PATIENCE_S, what="the waiting")
        await shaky.synapse.start()
        await news.wait_for(lambda key: key == "matrix.back", timeout_s=PATIENCE_S, what="the end of it")

    await insp.alice.wait_for_message("nobody reads this yet", room_id=insp.room)
    await insp.crosses()
    assert list(news.items) == ["matrix.waiting", "matrix.back"]


async def test_a_second_bridge_on_one_data_folder_is_refused_with_a_sentence(
    shaky: Shaky, insp: Scene
) -> None:
    second = Bridge(load_settings(shaky.place.config, {}), shaky.place.folder)

    with pytest.raises(Misconfigured) as refused:
        await second.start()

    assert refused.value.reason.key == "storage.locked"
    await insp.crosses()


async def test_a_receipt_never_says_more_than_what_arrived(shaky: Shaky, insp: Scene) -> None:
    shaky.gates["insp"].shut()
    since = insp.alice.mark()
    waiting = await insp.alice.say(insp.room, "not there yet")
    await insp.ask("status")

    receipts = [e for e in insp.alice.events[since:] if e.type == "m.receipt" and waiting in e.content]
    assert receipts == []
    shaky.gates["insp"].open()
    await insp.ann.wait_for_text("not there yet")
    await insp.alice.wait_for(lambda e: e.type == "m.receipt" and waiting in e.content, since=since)


async def test_without_a_public_address_a_file_is_described(insp: Scene) -> None:
    await insp.alice.send_file(insp.room, "cat.png", bytes(2000), content_type="image/png", msgtype="m.image")

    line = await insp.ann.wait_for_text("cat.png")
    assert line.text == f"<{insp.name}> sent cat.png (2.0 kB)"


async def test_a_channel_of_the_configuration_has_a_room_from_the_start(insp: Scene) -> None:
    portals = await insp.ask("list")
    await insp.ann.join(CONFIGURED)
    insp.ann.say(CONFIGURED, "hello there")

    assert f"{CONFIGURED} on insp" in portals
    assert f"{CONFIGURED} on ng" in portals
    room = await insp.alice.join("#_trunkline_insp_configured:localhost")
    insp.ann.say(CONFIGURED, "hello again")
    await insp.alice.wait_for_message("hello again", room_id=room)
