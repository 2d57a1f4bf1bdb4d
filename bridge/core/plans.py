"""What one event becomes in the ledger: a plain function of the event and its parts."""

from bridge.core.ports import Plan
from bridge.core.work import Work
from bridge.model.ids import EventID, LaneID, Token
from bridge.model.matrix_events import (
    MatrixEdit,
    MatrixEvent,
    MatrixMessage,
    MatrixReaction,
    MatrixRedaction,
)
from bridge.model.messages import MediaBody, TextBody
from bridge.model.outgoing import Part
from bridge.text.plain import excerpt


def plan_of(lane: LaneID, work: Work, parts: tuple[tuple[Token, Part], ...], author: str) -> Plan:
    """``work`` has its event; ``author`` is the name people on the network know its sender by."""
    event = work.event
    assert event is not None
    return Plan(
        lane=lane,
        event_id=work.event_id,
        room_id=work.room_id,
        sender=work.sender,
        parts=parts,
        author=author,
        excerpt=_excerpt(event),
        target=_target_of(event),
    )


def _excerpt(event: MatrixEvent) -> str | None:
    if not isinstance(event, MatrixMessage | MatrixEdit):
        return None
    match event.body:
        case TextBody(text=text):
            return excerpt(text)
        case MediaBody(filename=filename):
            return filename[:80]
        case _:
            return None


def _target_of(event: MatrixEvent) -> EventID | None:
    """The event spoken about, for all that is not a message of its own."""
    if isinstance(event, MatrixEdit | MatrixReaction | MatrixRedaction):
        return event.target
    return None if isinstance(event, MatrixMessage) else event.event_id
