"""From an open connection to a welcome: capabilities, SASL, nick and user, in the server's order.

Stages and what moves between them:

    NEGOTIATING     CAP LS 302, NICK and USER are out; the server holds its welcome back until CAP END
    AUTHENTICATING  every capability request is answered, the SASL exchange runs
    WELCOMING       CAP END is out; or the server knows no capabilities and simply goes on
    GREETED         001 is here: the nick is ours; 005 and the message of the day follow
    DONE            the message of the day has ended (376) or there is none (422)
    FAILED          the server does not take us

A server without capabilities answers CAP with 421, 451 or nothing at all, so 001 is taken in every stage.
`TRANSITIONS` says which lines mean something in which stage; all others are left to the caller.
"""

from collections.abc import Callable, Iterator
from enum import Enum, auto

from attrs import field, frozen

from bridge.networks.irc.protocol.capabilities import WANTED, Capabilities
from bridge.networks.irc.protocol.events import FailureReason, NickTaken, RegistrationFailed
from bridge.networks.irc.protocol.isupport import ISupport
from bridge.networks.irc.protocol.line import Line
from bridge.networks.irc.protocol.nicks import nick_candidates
from bridge.networks.irc.protocol.sasl import (
    LOGGED_IN,
    LOGGED_OUT,
    Mechanism,
    SaslExchange,
    SaslOutcome,
    offers,
)

LIKELY_NICK_BYTES = 30
"""How long a nick may be made before the server has told its ``NICKLEN``."""


@frozen
class Identity:
    """Who we want to be.

    Attributes:
        alternatives: nicks to try first when ``nick`` is taken.
        password: the server's own password (PASS), not the account's.
        sasl: make the mechanisms for one exchange each, the best first; none to stay without an account.
        sasl_required: do not go on without an account.
    """

    nick: str
    user: str = "trunkline"
    realname: str = "Trunkline"
    alternatives: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    sasl: tuple[Callable[[], Mechanism], ...] = ()
    sasl_required: bool = True


class Stage(Enum):
    """How far the registration is; see the top of this file."""

    NEGOTIATING = auto()
    AUTHENTICATING = auto()
    WELCOMING = auto()
    GREETED = auto()
    DONE = auto()
    FAILED = auto()


class Registration:
    """One connection's registration. Takes lines, gives lines to send and events.

    Attributes:
        stage: how far it is.
        nick: the nick that is ours, or that we asked for last.
        is_nick_in_use: somebody else had the nick that we wanted first.
        account: the account the server logged us in to.
        isupport: what 005 has told so far.
        capabilities: the negotiation; it goes on after the registration.
    """

    def __init__(self, identity: Identity) -> None:
        self.stage = Stage.NEGOTIATING
        self.nick = identity.nick
        self.is_nick_in_use = False
        self.account: str | None = None
        self.isupport = ISupport()
        self.capabilities = Capabilities(WANTED | {"sasl"} if identity.sasl else WANTED)
        self._identity = identity
        self._sasl: SaslExchange | None = None
        self._mechanisms = iter(identity.sasl)
        self._candidates: Iterator[str] | None = None

    def opening(self) -> list[Line]:
        """Give the lines that begin it."""
        who = self._identity
        password = [Line("PASS", (who.password,))] if who.password else []
        user = Line("USER", (who.user, "0", "*", who.realname))
        return [*password, self.capabilities.opening(), Line("NICK", (who.nick,)), user]

    def receive(self, line: Line) -> tuple[list[Line], list[NickTaken | RegistrationFailed]]:
        """Take one line; give what to send and what to tell."""
        handler = TRANSITIONS.get((self.stage, line.command))
        return handler(self, line) if handler else ([], [])

    def _on_cap(self, line: Line) -> "_Step":
        requests = self.capabilities.receive(line)
        if self.stage is not Stage.NEGOTIATING or not self.capabilities.is_settled:
            return requests, []
        return self._after_capabilities()

    def _after_capabilities(self) -> "_Step":
        """Prove who we are if we can, else end the negotiation."""
        if not self._identity.sasl:
            return self._end_negotiation()
        mechanism = self._next_mechanism() if "sasl" in self.capabilities.enabled else None
        if mechanism is None:
            return self._without_account(
                FailureReason.SASL_UNAVAILABLE, "", "the server offers no such login"
            )
        return self._begin_exchange(mechanism)

    def _next_mechanism(self) -> Mechanism | None:
        """Make the next best of the mechanisms that the server offers."""
        offered = self.capabilities.offered.get("sasl", "")
        wanted = (make() for make in self._mechanisms)
        return next((mechanism for mechanism in wanted if offers(offered, mechanism.name)), None)

    def _begin_exchange(self, mechanism: Mechanism) -> "_Step":
        self.stage = Stage.AUTHENTICATING
        self._sasl = SaslExchange(mechanism)
        return self._sasl.opening(), []

    def _without_account(self, reason: FailureReason, code: str, text: str) -> "_Step":
        if self._identity.sasl_required:
            return self._fail(reason, code, text)
        return self._end_negotiation()

    def _end_negotiation(self) -> "_Step":
        self.stage = Stage.WELCOMING
        return [Line("CAP", ("END",))], []

    def _on_no_capabilities(self, line: Line) -> "_Step":
        """CAP is unknown here (421), or comes too early (451): then the server ignores it."""
        if line.command == "421" and line.param(1).upper() != "CAP":
            return [], []
        self.capabilities.abandon()
        self.stage = Stage.WELCOMING
        if self._identity.sasl and self._identity.sasl_required:
            return self._fail(FailureReason.SASL_UNAVAILABLE, "", "the server offers no login")
        return [], []

    def _on_sasl(self, line: Line) -> "_Step":
        assert self._sasl is not None
        answers = self._sasl.receive(line)
        match self._sasl.outcome:
            case SaslOutcome.SUCCEEDED:
                return self._end_negotiation()
            case SaslOutcome.REFUSED:
                # Services offer SCRAM to all, but some accounts were made before they kept what it needs.
                further = None if self._sasl.is_suspect else self._next_mechanism()
                if further is not None:
                    return self._begin_exchange(further)
                return self._without_account(FailureReason.SASL_REFUSED, self._sasl.code, self._sasl.text)
            case SaslOutcome.PENDING:
                return answers, []

    def _on_account(self, line: Line) -> "_Step":
        self.account = line.param(2) if line.command == LOGGED_IN else None
        return [], []

    def _on_nick_refused(self, line: Line) -> "_Step":
        if line.command == "437" and self.isupport.is_channel(line.param(1)):
            return [], []
        text = line.params[-1] if line.params else ""
        if self._candidates is None:
            who = self._identity
            self.is_nick_in_use = line.command != "432"
            self._candidates = nick_candidates(
                who.nick, who.alternatives, is_bad=line.command == "432", max_bytes=LIKELY_NICK_BYTES
            )
        refused, candidate = self.nick, next(self._candidates, None)
        taken = NickTaken(refused, line.command, text, candidate)
        if candidate is None:
            lines, events = self._fail(FailureReason.NO_NICK, line.command, text)
            return lines, [taken, *events]
        self.nick = candidate
        return [Line("NICK", (candidate,))], [taken]

    def _on_welcome(self, line: Line) -> "_Step":
        who = self._identity
        if who.sasl and who.sasl_required and self.account is None and self.stage is Stage.NEGOTIATING:
            return self._fail(FailureReason.SASL_UNAVAILABLE, "", "the server offers no login")
        if self.stage is Stage.NEGOTIATING:
            self.capabilities.abandon()
        self.stage = Stage.GREETED
        self.nick = line.param(0) or self.nick
        return [], []

    def _on_isupport(self, line: Line) -> "_Step":
        self.isupport = self.isupport.announced(line.params[1:-1])
        return [], []

    def _on_end_of_motd(self, _line: Line) -> "_Step":
        self.stage = Stage.DONE
        return [], []

    def _on_refused(self, line: Line) -> "_Step":
        reason = _REFUSALS[line.command]
        return self._fail(reason, line.command, line.params[-1] if line.params else "")

    def _fail(self, reason: FailureReason, code: str, text: str) -> "_Step":
        self.stage = Stage.FAILED
        return [Line("QUIT", ())], [RegistrationFailed(reason, code, text)]


_Step = tuple[list[Line], list[NickTaken | RegistrationFailed]]
_Handler = Callable[[Registration, Line], _Step]

_BEFORE_WELCOME = (Stage.NEGOTIATING, Stage.AUTHENTICATING, Stage.WELCOMING)
_OPEN = (*_BEFORE_WELCOME, Stage.GREETED, Stage.DONE)
_REFUSALS = {
    "463": FailureReason.REFUSED,
    "464": FailureReason.PASSWORD_REFUSED,
    "465": FailureReason.BANNED,
    "466": FailureReason.BANNED,
}


def _rows(
    stages: tuple[Stage, ...], commands: tuple[str, ...], handler: _Handler
) -> dict[tuple[Stage, str], _Handler]:
    return {(stage, command): handler for stage in stages for command in commands}


TRANSITIONS: dict[tuple[Stage, str], _Handler] = (
    _rows(_OPEN, ("CAP",), Registration._on_cap)
    | _rows((Stage.NEGOTIATING,), ("421", "451"), Registration._on_no_capabilities)
    | _rows(
        (Stage.AUTHENTICATING,),
        ("AUTHENTICATE", "902", "903", "904", "905", "906", "907", "908"),
        Registration._on_sasl,
    )
    | _rows(_OPEN, (LOGGED_IN, LOGGED_OUT), Registration._on_account)
    | _rows(_BEFORE_WELCOME, ("432", "433", "436", "437"), Registration._on_nick_refused)
    | _rows(_BEFORE_WELCOME, tuple(_REFUSALS), Registration._on_refused)
    | _rows(_BEFORE_WELCOME, ("001",), Registration._on_welcome)
    | _rows((Stage.GREETED, Stage.DONE), ("005",), Registration._on_isupport)
    | _rows((Stage.GREETED,), ("376", "422"), Registration._on_end_of_motd)
)
