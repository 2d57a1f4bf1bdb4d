"""The history of the homeserver in memory, and how far it was compared with the inbox of the fake store."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from bridge.model.errors import BridgeError
from bridge.model.history import HistoryPage, News, PastEvent, RoomNews
from bridge.model.ids import EventID, RoomID, UserID
from bridge.model.matrix_events import RawEvent
from bridge.testing.fake_rooms import FakeRoom, Json, forbidden, refused, unavailable
from bridge.testing.homeserver import FakeHomeserver
from bridge.testing.store import FakeStore


class FakeHistory:
    """Conforms to the core's ``History``: everything that happened, whether it was pushed or not.

    Attributes:
        news_of_a_room: so many events of each room come with ``since``.
        calls: how often each method was called.
        error: while set, raised by every call.
    """

    def __init__(self, homeserver: FakeHomeserver, *, news_of_a_room: int = 20) -> None:
        self._homeserver = homeserver
        self.news_of_a_room = news_of_a_room
        self.calls: Counter[str] = Counter()
        self.error: BridgeError | None = None

    async def since(self, token: str | None) -> News:
        self._called("since")
        after = None if token is None else _place(token)
        rooms = self._homeserver.rooms
        news = [self._news(room, after) for room in rooms.values() if after is not None and self._sees(room)]
        newest = max((_number(event) for room in rooms.values() for event in room.timeline), default=0)
        return News(
            rooms=[each for each in news if each.events],
            invites=[self._invite(room) for room in rooms.values() if self._is_invited(room)],
            next_token=f"s{newest}",
        )

    async def between(self, room_id: RoomID, after: str, until: str, limit: int) -> HistoryPage:
        self._called("between")
        room = self._homeserver.rooms[room_id]
        if not self._sees(room):
            raise forbidden()
        events = [event for event in room.timeline if _place(after) < _number(event) <= _place(until)]
        page = events[:limit]
        further = f"s{_number(page[-1])}" if len(events) > limit else None
        return HistoryPage(events=[self._past(room, event) for event in page], next_token=further)

    def _called(self, method: str) -> None:
        self.calls[method] += 1
        if self.error is not None:
            raise self.error
        if self._homeserver.down:
            raise unavailable()

    def _sees(self, room: FakeRoom) -> bool:
        return room.members.get(self._homeserver.bot) == "join"

    def _is_invited(self, room: FakeRoom) -> bool:
        return room.members.get(self._homeserver.bot) == "invite"

    def _news(self, room: FakeRoom, after: int | None) -> RoomNews:
        events = [event for event in room.timeline if after is not None and _number(event) > after]
        newest = events[-self.news_of_a_room :]
        gap_until = f"s{_number(newest[0]) - 1}" if len(newest) < len(events) else None
        return RoomNews(
            room_id=room.room_id,
            events=[self._past(room, event) for event in newest],
            gap_until=gap_until,
            read_up_to=room.read_up_to,
        )

    def _invite(self, room: FakeRoom) -> PastEvent:
        invites = [event for event in room.timeline if event.get("state_key") == self._homeserver.bot]
        made = {"event_id": f"$invite-{room.room_id}", "origin_server_ts": 0}
        return self._past(room, {**invites[-1], **made})

    def _past(self, room: FakeRoom, event: Json) -> PastEvent:
        event_id = EventID(event["event_id"])
        return PastEvent(
            raw=RawEvent(event_id=event_id, room_id=room.room_id, body=orjson.dumps(event)),
            type=event["type"],
            sender=UserID(event["sender"]),
            state_key=event.get("state_key"),
            sent_at=datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC),
            before_us=self._before_us(room, event),
        )

    def _before_us(self, room: FakeRoom, event: Json) -> bool:
        """A room whose bot came in without an event had it from the start."""
        ours = [each for each in room.timeline if each.get("state_key") == self._homeserver.bot]
        upto = room.timeline.index(event) if event in room.timeline else len(room.timeline)
        earlier = [each for each in ours if room.timeline.index(each) <= upto]
        return bool(ours) and (not earlier or earlier[-1]["content"]["membership"] != "join")


class FakeReconcileStore:
    """Conforms to the core's ``ReconcileStore``, beside the inbox of a ``FakeStore``."""

    def __init__(self, store: FakeStore) -> None:
        self._inbox = store.inbox
        self._switch = store.switch
        self.place: str | None = None

    async def token(self) -> str | None:
        self._switch.check()
        return self.place

    async def put_token(self, token: str) -> None:
        self._switch.check()
        self.place = token

    async def unknown(self, event_ids: Sequence[EventID]) -> set[EventID]:
        self._switch.check()
        return {event_id for event_id in event_ids if self._inbox.seq_of(event_id) is None}

    async def skip(self, events: Sequence[RawEvent], at: datetime) -> None:
        unknown = await self.unknown([event.event_id for event in events])
        await self._inbox.accept([event for event in events if event.event_id in unknown], at)
        seqs = [self._inbox.seq_of(event_id) for event_id in unknown]
        await self._inbox.finish([seq for seq in seqs if seq is not None])


def lost_place() -> BridgeError:
    """What a homeserver says to a token of another one."""
    return refused("M_UNKNOWN", 400)


def _place(token: str) -> int:
    number = token.removeprefix("s")
    if not number.isdigit():
        raise lost_place()
    return int(number)


def _number(event: Json) -> int:
    return int(event["event_id"].removeprefix("$event"))
