"""Files of Matrix people: a link that holds, and that nobody can forge."""

import aiohttp
import pytest

from tests.e2e.talkers import Meeting, Talkers

networks = pytest.mark.parametrize("network", ["insp", "ng"])

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(2000)


async def _link(here: Meeting) -> str:
    await here.alice.send_file(here.room, "cat.png", PICTURE, content_type="image/png", msgtype="m.image")
    line = await here.ann.wait_for_text("cat.png")
    words = line.text.split()
    assert words[:4] == [f"<{here.alice_name}>", "cat.png", "(2.0", "kB)"]
    return words[4]


@networks
async def test_a_picture_is_a_link_that_can_be_fetched(talk: Talkers, network: str) -> None:
    url = await _link(await talk.meet(network))

    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200
        assert await answer.read() == PICTURE
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_forged_link_leads_nowhere(talk: Talkers) -> None:
    url = await _link(await talk.meet("insp"))
    start, ticket, name = url.rsplit("/", 2)
    expiry, signature = ticket.split(".")
    forged = [
        f"{start}/{ticket}/dog.png",
        f"{start}/{int(expiry) + 1}.{signature}/{name}",
        f"{start}/{expiry}.{signature[:-2]}AA/{name}",
        f"{start[:-1]}{'x' if start[-1] != 'x' else 'y'}/{ticket}/{name}",
    ]

    async with aiohttp.ClientSession() as session:
        statuses = [(await session.get(each)).status for each in forged]

    assert statuses == [404] * 4


@networks
async def test_a_caption_is_read_below_its_picture(talk: Talkers, network: str) -> None:
    here = await talk.meet(network)
    mxc = await here.alice.upload(PICTURE, "image/png", "cat.png")

    content = {"msgtype": "m.image", "body": "my cat", "filename": "cat.png", "url": mxc, "info": {}}
    await here.alice.send_event(here.room, "m.room.message", content)

    await here.ann.wait_for_text("my cat")
    first, second = here.ann.messages(here.channel)
    assert first.startswith(f"<{here.alice_name}> cat.png http://")
    assert second == f"<{here.alice_name}> my cat"


async def test_a_sticker_is_a_link_too(talk: Talkers) -> None:
    here = await talk.meet("insp")
    mxc = await here.alice.upload(PICTURE, "image/png", "hug.png")

    await here.alice.send_event(here.room, "m.sticker", {"body": "a hug", "url": mxc, "info": {}})

    line = await here.ann.wait_for_text("a hug")
    assert "http://" in line.text
