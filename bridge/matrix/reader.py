"""Opens events for the core. Decryption will stand before the translation here."""

from attrs import evolve, frozen

from bridge.matrix.translate import translate
from bridge.model.matrix_events import MatrixEvent
from bridge.model.namespace import Namespace


@frozen
class EventReader:
    """Reads events; our mark counts only on what our own users sent, for anybody can write it."""

    namespace: Namespace

    def read(self, body: bytes) -> MatrixEvent:
        """Raises ``Unreadable``."""
        event = translate(body)
        if event.mark is None or self.namespace.is_ours(event.sender):
            return event
        return evolve(event, mark=None)
