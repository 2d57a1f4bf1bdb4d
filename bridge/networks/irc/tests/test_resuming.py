"""A session that is taken up again behaves as the one before would have, whatever came and went."""

from attrs import define, field
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bridge.networks.irc.protocol.events import Event
from bridge.networks.irc.protocol.line import LineTooLong
from bridge.networks.irc.protocol.registration import Identity
from bridge.networks.irc.protocol.resuming import Gone, replay
from bridge.networks.irc.protocol.session import Session, SessionConfig
from bridge.networks.irc.protocol.snapshot import BadSnapshot, decode_state, dump, encode_state, load
from bridge.networks.irc.tests.wire import ALL_CAPS, ECHO_CAPS, UNLIMITED

CONFIG = SessionConfig(Identity("tl"), flood=UNLIMITED)
NOW = 1000.0

LINES = (
    ":tl!~u@host.test JOIN #a",
    ":tl!~u@host.test JOIN #B",
    ":tl!~u@host.test PART #b :bye",
    ":bob!b@h JOIN #a",
    "@account=acc :bob!b@h JOIN #A acc :Real Name",
    ":bob!b@h PART #a",
    ":bob!b@h QUIT :gone",
    ":bob!b@h NICK Robert",
    ":Robert!b@h NICK bob",
    ":tl!~u@host.test NICK tl_",
    ":tl_!~u@host.test NICK tl",
    ":op!o@h KICK #a bob :out",
    ":op!o@h KICK #a tl :out",
    ":op!o@h MODE #a +ov-v bob tl bob",
    ":op!o@h MODE #a +kl-t key 5",
    ":s 324 tl #a +nt",
    ":s 332 tl #a :a topic",
    ":s 333 tl #a bob!b@h 1700000000",
    ":s 331 tl #a :none",
    ":bob!b@h TOPIC #a :new",
    ":s 353 tl = #a :@tl +bob carol",
    ":s 353 tl = #a :dave!d@h",
    ":s 366 tl #a :End",
    ":s 396 tl ~u@cloak :is now your host",
    ":bob!b@h ACCOUNT acc",
    ":bob!b@h AWAY :lunch",
    ":bob!b@h CHGHOST nb nh",
    ":bob!b@h SETNAME :Bob B",
    ":bob!b@h PRIVMSG #a :hello",
    "@msgid=m1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #a :with tags",
    ":bob!b@h PRIVMSG tl :\x01VERSION\x01",
    ":tl!~u@host.test PRIVMSG #a :said 0",
    "@msgid=e1 :tl!~u@host.test PRIVMSG #a :said 1",
    "@label=t1 :tl!~u@host.test PRIVMSG #a :said 0",
    "@label=t2;msgid=e2 :tl!~u@host.test PRIVMSG #a :said 1",
    "@label=t1 :s 404 tl #a :Cannot send",
    ":s 404 tl #a :Cannot send",
    ":s 401 tl bob :No such nick",
    ":s 403 tl #b :No such channel",
    ":s 482 tl #a :You're not channel operator",
    ":s 471 tl #b :Cannot join",
    ":s 470 tl #b ##b :Forwarded",
    ":s PONG s :b1",
    ":s PONG s :b2",
    ":s PONG s :b3",
    "PING :x",
    "@label=t3 :s BATCH +q labeled-response",
    "@batch=q :tl!~u@host.test PRIVMSG #a :said 2",
    "BATCH -q",
    ":s BATCH +n netsplit a b",
    "@batch=n :bob!b@h QUIT :a b",
    ":s BATCH -n",
    ":s CAP tl NEW :chghost echo-message",
    ":s CAP tl ACK :chghost echo-message",
    ":s CAP tl DEL :echo-message",
    ":s 005 tl TOPICLEN=10 CHANTYPES=# :are supported",
    ":s 900 tl tl!u@h acc :logged in",
    ":s 433 tl wanted :in use",
    ":s 303 tl :",
    ":s 322 tl #a 3 :listed",
    ":s 323 tl :End",
    "\x00\xff",
    "",
)

lines = st.one_of(st.sampled_from(LINES), st.text(max_size=30).map(lambda text: text.replace("\n", "")))
"""What a server may say, and nonsense."""
hearings = st.tuples(st.just("hear"), lines, st.integers(0, 12))
sayings = st.tuples(st.just("say"), st.sampled_from(["#a", "#b", "bob"]), st.integers(0, 3))
orders = st.tuples(
    st.just("order"), st.sampled_from(["JOIN #b", "TOPIC #a x", "PART #a", "MODE #a"]), st.just(0)
)
steps = st.lists(st.one_of(hearings, hearings, sayings, orders), max_size=25)


@define
class Life:
    """One life of a session: what it was told, what it wrote, as a keeper would remember it."""

    session: Session
    fed: int
    data: bytearray = field(factory=bytearray)
    gone: list[Gone] = field(factory=list)
    held_back: bytes = b""
    said: set[str] = field(factory=set)

    def step(self, step: tuple[str, str, int], number: int) -> tuple[list[Event], list[bytes]]:
        """Live one step; gives what was told and written."""
        told: list[Event] = []
        match step:
            case ("hear", text, back):
                whole = self.held_back + text.encode("utf-8", "surrogatepass") + b"\r\n"
                cut = max(0, len(whole) - back)
                self.held_back = whole[cut:]
                told = self.hear(whole[:cut])
            case ("say", target, which):
                try:
                    told = [*self.session.say(target, f"said {which}", token=f"token {number}")]
                    self.said.add(f"token {number}")
                except LineTooLong:
                    pass
            case (_, order, _):
                command, *params = order.split()
                getattr(self, f"_{command.lower()}")(*params)
        return told, self.write()

    def hear(self, data: bytes) -> list[Event]:
        self.data += data
        self.fed += len(data)
        return self.session.receive(data, NOW)

    def write(self) -> list[bytes]:
        written = self.session.lines_to_send(NOW)
        self.gone += [Gone(self.fed, data, token) for data, token in written]
        return [data for data, _ in written]

    def _join(self, channel: str) -> None:
        self.session.join(channel)

    def _topic(self, channel: str, topic: str) -> None:
        self.session.set_topic(channel, topic)

    def _part(self, channel: str) -> None:
        self.session.part(channel)

    def _mode(self, channel: str) -> None:
        self.session.ask_modes(channel)


def born(caps: str) -> Life:
    life = Life(Session(CONFIG), 0)
    life.session.connected(NOW)
    life.write()
    life.hear(f":s CAP * LS :{caps}\r\n".encode())
    for data in life.write():
        _, asks, names = data.decode().strip().partition("REQ ")
        if asks:
            life.hear(f":s CAP tl ACK {names}\r\n".encode())
    life.write()
    life.hear(b":s 001 tl :Welcome\r\n:s 005 tl CASEMAPPING=ascii PREFIX=(ov)@+ :are\r\n:s 422 tl :none\r\n")
    life.write()
    assert life.session.is_registered
    return life


def taken_up(life: Life, snapshot: bytes, offset: int, data: bytes, gone: list[Gone]) -> Life:
    """What a later process makes of what was kept."""
    session = Session.resumed(CONFIG, decode_state(load(snapshot)), offset, NOW)
    replay(session, data, gone, NOW)
    return Life(session, life.fed, held_back=life.held_back)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
@given(caps=st.sampled_from(["", ECHO_CAPS, ALL_CAPS]), before=steps, between=steps, after=steps)
def test_a_later_life_goes_on_as_the_first_one_would_have(
    caps: str,
    before: list[tuple[str, str, int]],
    between: list[tuple[str, str, int]],
    after: list[tuple[str, str, int]],
) -> None:
    first = born(caps)
    for number, step in enumerate(before):
        first.step(step, number)
    state = first.session.state()
    assume(state is not None)
    assert state is not None
    snapshot, offset = dump(encode_state(state)), first.session.consumed
    kept_from, writes = len(first.data) - (first.fed - offset), len(first.gone)
    for number, step in enumerate(between, 100):
        first.step(step, number)
    # What waits to be written is lost with the process, and known not to have arrived.
    assume(not first.said - {one.token for one in first.gone})

    second = taken_up(first, snapshot, offset, bytes(first.data[kept_from:]), first.gone[writes:])

    for number, step in enumerate(after, 200):
        assert second.step(step, number) == first.step(step, number)
    assert second.session.state() == first.session.state()
    assert second.session.in_flight == first.session.in_flight


@given(st.binary(max_size=200))
def test_no_bytes_in_the_place_of_a_snapshot_make_it_crash(data: bytes) -> None:
    try:
        decode_state(load(data))
    except BadSnapshot:
        return
