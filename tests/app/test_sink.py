"""What is stored of what the homeserver pushes."""

import orjson

from bridge.app.clock import SystemClock
from bridge.app.sink import InboxIntake
from bridge.matrix.transactions import parse_transaction
from bridge.model.ids import InboxSeq
from bridge.model.namespace import Namespace
from bridge.telemetry.metrics import Metrics
from bridge.testing.store import FakeStore

NAMES = Namespace("example.org")


class Unconcerned:
    """Stands for the dispatcher and the cached states."""

    def ring(self) -> None: ...
    def apply(self, event: object) -> None: ...
    def forget_all(self) -> None: ...


def event(name: str, sender: str, **fields: object) -> dict[str, object]:
    content = {"msgtype": "m.text", "body": "hello"}
    return {"event_id": name, "room_id": "!r", "sender": sender, "type": "x", "content": content, **fields}


async def test_an_echo_of_our_own_is_no_work_but_its_state_is() -> None:
    store = FakeStore()
    intake = InboxIntake(
        store.inbox,
        Unconcerned(),  # type: ignore[arg-type]  # only these methods are called
        Unconcerned(),  # type: ignore[arg-type]
        SystemClock(),
        Metrics(),
        NAMES,
    )
    ghost = "@_trunkline_irc_ann:example.org"
    pushed = [
        event("$person", "@alice:example.org"),
        event("$echo", ghost),
        event("$bot", NAMES.bot),
        event("$joined", ghost, state_key=ghost),
        event("$fake", "@eve:example.org", unsigned={"sender": ghost}),
    ]

    await intake.take(parse_transaction(orjson.dumps({"events": pushed})).events)

    rows = await store.inbox.pending(InboxSeq(0), 10)
    assert [row.event_id for row in rows] == ["$person", "$joined", "$fake"]
