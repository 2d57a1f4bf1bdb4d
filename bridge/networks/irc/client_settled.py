"""What became of the latest lines that were said: the evidence for those that ask after a crash.

A token names one try; what stands before its first dot names the line over all its tries.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final

from bridge.model.outgoing import Arrived
from bridge.model.statuses import Settlement
from bridge.networks.irc.client_states import ClientEvent
from bridge.networks.irc.ids import make_message_id
from bridge.networks.irc.protocol.events import Delivered, NotSent, Refused, Unknown

MAX_SETTLED: Final = 2000
"""While a store takes no results no new lines are said either: more than this never waits to be asked for."""


class SettledLines:
    """The fates of the latest lines.

    Attributes:
        goes_back: it knows what became of all that was said before this process began, too.
    """

    def __init__(self) -> None:
        self.goes_back = False
        self._fates: OrderedDict[str, Settlement | Arrived] = OrderedDict()

    def of(self, line: str) -> Settlement | Arrived | None:
        """What became of a line; None where nothing is known of it."""
        return self._fates.get(line)

    def note(self, event: ClientEvent) -> None:
        """Take note of a fate."""
        match event:
            case Delivered(token=token, msgid=None):
                self._set(token, Settlement.ARRIVED)
            case Delivered(token=token, msgid=str(msgid)):
                self._set(token, Arrived((make_message_id(msgid),)))
            case Refused(token=token) | NotSent(token=token):
                self._set(token, Settlement.NOT_ARRIVED)
            case Unknown(token=token):
                self._set(token, Settlement.UNKNOWN)
            case _:
                pass

    def said(self, token: str) -> None:
        """A line is on its way, maybe again: what became of an earlier try no longer counts."""
        self._fates.pop(line_of(token), None)

    def written_down(self) -> Mapping[str, Sequence[str]]:
        """As plain values; `resume` reads them back."""
        return {
            line: (Settlement.ARRIVED.name, *fate.remote_ids) if isinstance(fate, Arrived) else (fate.name,)
            for line, fate in self._fates.items()
        }

    def resume(self, written: Mapping[str, Sequence[str]]) -> None:
        """Go on after an earlier life. Raises what comes of values that `written_down` never gave."""
        self.goes_back = True
        for line, (name, *ids) in written.items():
            self._fates[line] = Arrived(tuple(map(make_message_id, ids))) if ids else Settlement[name]

    def _set(self, token: str, fate: Settlement | Arrived) -> None:
        line = line_of(token)
        self._fates[line] = fate
        self._fates.move_to_end(line)
        while len(self._fates) > MAX_SETTLED:
            self._fates.popitem(last=False)


def line_of(token: str) -> str:
    """The line that a token is a try of."""
    return token.partition(".")[0]
