"""Takes one event a step further towards the network: plan it, send a part, or find out what became of one.

The one rule: what is about to be written is in the ledger before the write begins, and how it ended is in the
ledger before anything else happens. After a crash at any point the rows say what may be repeated.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import structlog
from attrs import evolve, frozen

from bridge.api.network import Login
from bridge.core.compose import Composer
from bridge.core.config import BridgeConfig
from bridge.core.late import late_since
from bridge.core.networks import Networks
from bridge.core.patience import resend_wait_s
from bridge.core.plans import plan_of
from bridge.core.ports import Clock, InboxStore, LedgerStore, PartResult, PartRow, Plan
from bridge.core.tally import Tally
from bridge.core.work import TargetUnderWay, Work
from bridge.model.errors import HomeserverRefused, NotDelivered, Phrase, StoreUnavailable, Uncertain
from bridge.model.ids import LaneID, Token
from bridge.model.outgoing import Arrived, Part, Sent
from bridge.model.portals import Portal, PortalState
from bridge.model.statuses import LoginHealth, PartState, Settlement

log = structlog.get_logger(__name__)

_PATIENCE_S = 5.0
"""How long to wait before looking again at a login that is away, if nobody rings before."""
_STORE_S = 1.0
"""How long to keep a result in memory only before the store is asked again to take it."""
_TARGET_S = 0.2
_TARGET_LOOKS = 25
_ASIDE_S = 2.0
"""How often to look for a target that takes long, for whom nobody waits."""
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


@frozen
class Done:
    """Nothing is left to do; ``bad`` are the parts that ended badly."""

    bad: tuple[PartRow, ...]
    said: bool


@frozen
class Next:
    """One step further; the sender's next turn goes on with ``work``.

    ``at_once``: a part is marked as being sent, so it must go out before anything else happens.
    """

    work: Work
    at_once: bool = False


@frozen
class Hold:
    """Must wait at most this long; others may go on."""

    work: Work
    seconds: float


Step: TypeAlias = Done | Next | Hold


def new_token() -> Token:
    """An unguessable name for a part: an echo that carries it can only be ours."""
    return Token("".join(secrets.choice(_ALPHABET) for _ in range(20)))


class Outbound:
    """The steps of events on their way to the networks."""

    def __init__(
        self,
        config: BridgeConfig,
        networks: Networks,
        composer: Composer,
        inbox: InboxStore,
        ledger: LedgerStore,
        clock: Clock,
        tally: Tally,
        make_token: Callable[[], Token] = new_token,
    ) -> None:
        self._config = config
        self._networks = networks
        self._composer = composer
        self._inbox = inbox
        self._ledger = ledger
        self._clock = clock
        self._tally = tally
        self._make_token = make_token

    async def step(self, portal: Portal, work: Work) -> Step:
        """Take the work one step further.

        Raises ``StoreUnavailable`` and ``HomeserverUnavailable``; then nothing has changed, and the step is
        to be repeated.
        """
        if work.result is not None:
            return await self._record(portal, work, work.result)
        if portal.state is not PortalState.ACTIVE:
            return await self._give_up(portal, work, PartState.REFUSED, _stopped(portal))
        login = self._networks.speaker_for(portal.key, work.sender)
        if login is None or login.state.health is not LoginHealth.CONNECTED:
            return await self._wait_for_login(portal, work)
        if not work.rows:
            return await self._plan(portal, login, work)
        return await self._part(portal, login, work)

    async def gone(self, lane: LaneID, work: Work) -> Done:
        """The portal was removed while this was on its way. Raises ``StoreUnavailable``."""
        reason = Phrase.of("portal.removed")
        if not work.rows:
            return await self._refuse_unplanned(lane, work, PartState.REFUSED, reason)
        return await self._close_all(lane, work, PartState.REFUSED, reason, "")

    async def set_aside(self, portal: Portal, work: Work, reason: Phrase, trace: str) -> Done:
        """Keep an event that fails again and again, so that its sender can be told.

        Raises ``StoreUnavailable``; then it is to be repeated.
        """
        if work.rows:
            return await self._close_all(portal.lane, work, PartState.DEAD, reason, portal.key.network)
        claim = work.claim
        row = await self._keep_refused(portal.lane, work, PartState.DEAD, reason)
        if claim is not None:
            # After the row was kept: a crash in between begins this anew, and loses nothing.
            last = claim.lanes <= {portal.lane}
            await self._inbox.failed(claim.seq, trace, set_aside=last)
            claim.lanes.discard(portal.lane)
        return Done((row,), said=True)

    async def _plan(self, portal: Portal, login: Login, work: Work) -> Step:
        assert work.event is not None
        try:
            said_at = late_since(work.event.sent_at, work.accepted_at, self._clock.now())
            patient = work.looks < _TARGET_LOOKS
            say = await self._composer.compose(portal, login, work.event, said_at=said_at, patient=patient)
            parts = login.plan(portal.key.chat, say) if say else ()
        except TargetUnderWay:
            if work.looks < _TARGET_LOOKS:
                return Hold(evolve(work, looks=work.looks + 1), _TARGET_S)
            return Hold(evolve(work, aside=True), _ASIDE_S)
        except (NotDelivered, HomeserverRefused) as error:
            return await self._refuse_unplanned(portal.lane, work, PartState.REFUSED, error.reason)
        if not parts or say is None:
            await self._claimed(portal.lane, work, finished=False)
            return Done((), said=False)
        author = say.speaker.relayed or say.speaker.display_name
        plan = self._plan_of(portal.lane, work, parts=parts, author=author)
        rows = await self._store_plan(plan, work)
        still_open = tuple(row for row in rows if not row.state.final)
        if not still_open:
            return Done(tuple(row for row in rows if not row.state.arrived), said=True)
        # Rows with other tokens were planned in an earlier life: what was begun then may have arrived.
        fresh = rows[0].token == plan.parts[0][0]
        return Next(evolve(work, rows=still_open, fresh=fresh), at_once=fresh)

    async def _part(self, portal: Portal, login: Login, work: Work) -> Step:
        row = work.rows[0]
        if row.state is PartState.WAITING:
            await self._ledger.sending(row.id, at=self._clock.now())
            begun = evolve(row, state=PartState.SENDING, attempts=row.attempts + 1)
            return Next(evolve(work, rows=(begun, *work.rows[1:]), fresh=True), at_once=True)
        if work.fresh:
            result = await self._send(portal, login, row)
        else:
            result = await self._settle(portal, login, row)
        return await self._record(portal, evolve(work, fresh=False), result)

    async def _send(self, portal: Portal, login: Login, row: PartRow) -> PartResult:
        try:
            sent: Sent = await login.send(portal.key.chat, row.planned())
        except Uncertain as error:
            return PartResult(id=row.id, state=PartState.UNCERTAIN, reason=error.reason)
        except NotDelivered as error:
            state = PartState.REFUSED if error.retry_at is None else PartState.WAITING
            return PartResult(id=row.id, state=state, reason=error.reason, retry_at=error.retry_at)
        state = PartState.CONFIRMED if sent.confirmed else PartState.SENT
        return PartResult(id=row.id, state=state, remote_ids=sent.remote_ids)

    async def _settle(self, portal: Portal, login: Login, row: PartRow) -> PartResult:
        """Its sending was interrupted: go by evidence, never by hope."""
        settlement = await login.settle(portal.key.chat, row.planned())
        if settlement is Settlement.ARRIVED:
            settlement = Arrived()
        self._tally.settled(arrived=isinstance(settlement, Arrived))
        match settlement:
            case Arrived(remote_ids=remote_ids):
                return PartResult(id=row.id, state=PartState.CONFIRMED, remote_ids=remote_ids)
            case Settlement.NOT_ARRIVED:
                return PartResult(id=row.id, state=PartState.WAITING, retry_at=self._clock.now())
            case Settlement.UNKNOWN:
                reason = _uncertain(portal.key.network)
                return PartResult(id=row.id, state=PartState.UNCERTAIN, reason=reason)

    async def _record(self, portal: Portal, work: Work, result: PartResult) -> Step:
        """The part's fate is known; it stays with the work until the store knows it too.

        Forgetting it while the store is away would send the part again.
        """
        try:
            if result.state is PartState.WAITING:
                return await self._later(portal, work, result)
            return await self._close(portal, work, result)
        except StoreUnavailable as error:
            log.warning("result waits for the store", lane=portal.lane, reason=str(error))
            return Hold(evolve(work, result=result), _STORE_S)

    async def _close(self, portal: Portal, work: Work, result: PartResult) -> Step:
        """A refusal ends the whole message; an uncertain part does not."""
        row, *following = work.rows
        if result.state is PartState.REFUSED:
            # The rest first: after a crash in between, no part behind a refused one may go out.
            reason = result.reason or Phrase.of("message.failed")
            await self._ledger.close_rest(work.event_id, portal.lane, PartState.REFUSED, reason)
            following = []
        await self._ledger.advance(result, None, at=self._clock.now())
        ended = evolve(row, state=result.state, reason=result.reason)
        bad = work.bad if ended.state.arrived else (*work.bad, ended)
        if not following:
            return Done(bad, said=True)
        return Next(evolve(work, rows=tuple(following), bad=bad, result=None))

    async def _later(self, portal: Portal, work: Work, result: PartResult) -> Step:
        """It did not arrive and may be sent again: until its time is over."""
        row = work.rows[0]
        now = self._clock.now()
        asked_s = ((result.retry_at or now) - now).total_seconds()
        wait_s = resend_wait_s(asked_s, row.attempts, row.id)
        # What is stored is when it will really be: people are shown it.
        result = evolve(result, retry_at=now + timedelta(seconds=wait_s))
        waiting = evolve(row, state=PartState.WAITING, reason=result.reason, retry_at=result.retry_at)
        held = evolve(work, rows=(waiting, *work.rows[1:]), result=None)
        if self._is_expired(work):
            return await self._give_up(portal, held, PartState.EXPIRED, _expired(portal))
        await self._ledger.advance(result, None, at=now)
        return Hold(held, wait_s)

    async def _wait_for_login(self, portal: Portal, work: Work) -> Step:
        if self._is_expired(work):
            return await self._give_up(portal, work, PartState.EXPIRED, _expired(portal))
        return Hold(work, _PATIENCE_S)

    def _is_expired(self, work: Work) -> bool:
        return self._clock.now() - work.accepted_at > timedelta(seconds=self._config.expire_after_s)

    async def _give_up(self, portal: Portal, work: Work, state: PartState, reason: Phrase) -> Done:
        if not work.rows:
            return await self._refuse_unplanned(portal.lane, work, state, reason)
        return await self._close_all(portal.lane, work, state, reason, portal.key.network)

    async def _close_all(
        self, lane: LaneID, work: Work, state: PartState, reason: Phrase, network: str
    ) -> Done:
        """Close what is left with one state and reason. A part whose sending began stays uncertain."""
        row = work.rows[0]
        begun = row.state is PartState.SENDING
        mine, why = (PartState.UNCERTAIN, _uncertain(network)) if begun else (state, reason)
        await self._ledger.close_rest(work.event_id, lane, state, reason)
        await self._ledger.advance(PartResult(id=row.id, state=mine, reason=why), None, at=self._clock.now())
        return Done((*work.bad, evolve(row, state=mine, reason=why)), said=True)

    async def _refuse_unplanned(self, lane: LaneID, work: Work, state: PartState, reason: Phrase) -> Done:
        """Nothing was ever planned: what is kept is the event, to be told and retried."""
        claim = work.claim
        last = claim is not None and claim.lanes <= {lane}
        row = await self._keep_refused(lane, work, state, reason, finish=last)
        await self._claimed(lane, work, finished=last)
        return Done((row,), said=True)

    async def _keep_refused(
        self, lane: LaneID, work: Work, state: PartState, reason: Phrase, *, finish: bool = False
    ) -> PartRow:
        return await self._ledger.refuse(
            self._plan_of(lane, work, parts=(), author=work.sender),
            state,
            reason,
            inbox_seq=work.claim.seq if work.claim and finish else None,
            at=self._clock.now(),
        )

    def _plan_of(self, lane: LaneID, work: Work, *, parts: tuple[Part, ...], author: str) -> Plan:
        return plan_of(lane, work, tuple((self._make_token(), part) for part in parts), author)

    async def _store_plan(self, plan: Plan, work: Work) -> tuple[PartRow, ...]:
        claim = work.claim
        last = claim is not None and claim.lanes <= {plan.lane}
        rows = await self._ledger.plan(
            plan, inbox_seq=claim.seq if claim and last else None, at=self._clock.now()
        )
        await self._claimed(plan.lane, work, finished=last)
        return tuple(rows)

    async def _claimed(self, lane: LaneID, work: Work, *, finished: bool) -> None:
        """This lane has what it needs of the inbox row; the last lane finishes it."""
        claim = work.claim
        if claim is None:
            return
        if not finished and claim.lanes <= {lane}:
            await self._inbox.finish([claim.seq])
        claim.lanes.discard(lane)


def _stopped(portal: Portal) -> Phrase:
    return Phrase.of(portal.stop_key or "portal.stopped")


def _expired(portal: Portal) -> Phrase:
    return Phrase.of("message.expired", network=portal.key.network)


def _uncertain(network: str) -> Phrase:
    return Phrase.of("message.uncertain", network=network)
