"""Chat, shell and HTTP: the same actions, the same answers, the same refusals."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from attrs import define

from bridge.actions import specs
from bridge.actions.action import Spec
from bridge.app.api import make_api
from bridge.app.control import ShellDoor
from bridge.app.control_wire import Wish
from bridge.model.ids import UserID
from bridge.model.portals import Portal
from bridge.model.tokens import Scope
from bridge.networks.demo.catalogue import SENTENCES as DEMO_SENTENCES
from bridge.testing.tokens import FakeTokens
from bridge.text.catalogue import Catalogue
from bridge.web.api.refusals import InOneShape
from bridge.web.application import public_application
from tests.core.world import ADMIN, ALICE, LOBBY, World, make_world
from tests.web.fakes import Client

FOREIGNER = UserID("@somebody:elsewhere.example")
PEOPLE = (ADMIN, ALICE, FOREIGNER)
SAME = [spec for spec in specs.ALL if spec.name != "signin"]
CATALOGUE = Catalogue(DEMO_SENTENCES)

# Words that do no harm and get the same answer each time; None: no words.
WORDS: dict[str, str | None] = {
    "status": None,
    "join": "nonsense",
    "leave": "nonsense",
    "list": "demo",
    "plumb": "nonsense",
    "unplumb": None,
    "retry": "nonsense",
    "trace": "$nothing",
    "dead": "nonsense",
    "signin": None,
    "tokens": "revoke nonsense",
    "audit": "nonsense",
}


@define
class House:
    world: World
    portal: Portal
    shell: ShellDoor
    client: Client

    async def begin_anew(self) -> None:
        """Whatever was done at one door is not done yet at the next one."""
        if not self.world.heart.portals.in_room(self.portal.room_id):
            self.portal = await self.world.portal(LOBBY, *PEOPLE)

    async def in_chat(self, person: UserID, line: str) -> str:
        await self.world.say(self.portal.room_id, person, f"!trunkline {line}")
        await self.world.turn(5)
        return self.world.texts(self.portal)[-1]

    async def in_shell(self, person: UserID, line: str) -> str:
        name, *words = line.split()
        wish = Wish(action=name, words=tuple(words), person=person, room_id=self.portal.room_id)
        reply = await self.shell.answer(wish)
        return "\n".join(CATALOGUE.sentence(phrase) for phrase in reply.phrases)

    async def over_http(self, person: UserID, spec: Spec, words: str | None) -> str:
        tokens = self.world.heart.outside.tokens
        issued = await tokens.issue(person, "test", set(Scope), life=timedelta(hours=1), how="test")
        fields: dict[str, str] = {"room_id": self.portal.room_id}
        names = [each.name for each in spec.arguments if each.name != "network" or words == "demo"]
        fields |= dict(zip(names, (words or "").split(maxsplit=max(0, len(names) - 1)), strict=False))
        path = f"/api/v1/actions/{spec.name}"
        headers = {"Authorization": f"Bearer {issued.text}"}
        async with self.client.post(path, json=fields, headers=headers) as response:
            body = await response.json()
        if "error" in body:
            return str(body["error"]["text"])
        return "\n".join(phrase["text"] for phrase in body["answer"])


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    world = await make_world()
    portal = await world.portal(LOBBY, *PEOPLE)
    store = world.heart.outside.tokens._store
    assert isinstance(store, FakeTokens)

    async def nobody(openid: str) -> UserID | None:
        return None

    api = make_api(world.heart, store, nobody, CATALOGUE.sentence)
    shape = InOneShape(CATALOGUE.sentence).middleware()
    async with TestClient(TestServer(public_application(api, middlewares=[shape]))) as client:
        shell = ShellDoor(world.heart.answers, world.heart.management, world.homeserver.bot)
        yield House(world, portal, shell, client)
    await world.stop()


def test_every_action_is_tried() -> None:
    assert list(WORDS) == [spec.name for spec in specs.ALL]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize(
    "spec", [each for each in specs.ALL if each.name != "signin"], ids=lambda spec: spec.name
)
async def test_the_same_wish_gets_the_same_answer(house: House, spec: Spec, person: UserID) -> None:
    words = WORDS[spec.name]
    line = spec.name if words is None else f"{spec.name} {words}"

    chat = plain(await house.in_chat(person, line))
    await house.begin_anew()
    shell = plain(await house.in_shell(person, line))
    await house.begin_anew()
    http = plain(await house.over_http(person, spec, words))

    assert (shell, http) == (chat, chat)


def plain(text: str) -> str:
    return "\n".join(line for line in text.replace("`", "").replace("**", "").splitlines() if line.strip())


async def test_a_code_to_sign_in_is_given_where_nobody_else_reads_it(house: House) -> None:
    """The one that differs: in a shared room and to a program it is refused."""
    chat = await house.in_chat(ALICE, "signin")
    shell = await house.in_shell(ALICE, "signin")
    http = await house.over_http(ALICE, specs.SIGNIN, None)

    assert chat.startswith("Say `signin` in a direct chat")
    assert plain(http) == plain(chat)
    assert "Your code is" in shell
