"""The page of states: of a message, a login, a network, a portal, and a finding of doctor."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeVar

from bridge.model.portals import PortalOrigin, PortalState
from bridge.model.statuses import CheckResult, LoginHealth, PartState, Settlement
from bridge.plugins.states import PluginHealth
from bridge.policy.loop_guard import NotCrossing
from tests.docs.reference.markdown import code, page, table

_State = TypeVar("_State", bound=Enum)

_PARTS: Final = {
    PartState.WAITING: "planned and stored; it goes out when its turn and its connection come",
    PartState.SENDING: "the write may have begun; after a crash its fate is looked for, not assumed",
    PartState.SENT: "written, and the network gives no confirmation for such a line",
    PartState.CONFIRMED: "the network itself said that it has it",
    PartState.UNCERTAIN: "nobody can tell whether it arrived; its sender is told, nothing is repeated",
    PartState.REFUSED: "it cannot or may not be said there; the reason is told",
    PartState.EXPIRED: "its network was away longer than `bridge.expire_after_s`",
    PartState.DEAD: "failed three times by a fault of the bridge, and was set aside; the log tells more",
    PartState.DROPPED: "one of the last four, closed for good by an admin with `dead drop`",
}
_SETTLEMENTS: Final = {
    Settlement.ARRIVED: "evidence says it is there: the part is confirmed",
    Settlement.NOT_ARRIVED: "evidence says it is not: the part waits, and is sent again",
    Settlement.UNKNOWN: "no evidence: the part is uncertain",
}
_LOGINS: Final = {
    LoginHealth.CONNECTING: "on its way in",
    LoginHealth.CONNECTED: "speaks and hears",
    LoginHealth.DISCONNECTED: "lost; tried again by itself, messages wait",
    LoginHealth.REFUSED: "the network does not want the bridge as it is; an admin must act, messages wait",
    LoginHealth.STOPPED: "not running",
}
_PLUGINS: Final = {
    PluginHealth.STARTING: "being started",
    PluginHealth.RUNNING: "started",
    PluginHealth.FAILED: "did not start; tried again by itself, after 5 seconds and later up to 5 minutes",
    PluginHealth.UNUSABLE: "its section has mistakes; it is not tried",
    PluginHealth.STOPPED: "stopped with the bridge",
}
_PORTALS: Final = {
    PortalState.ACTIVE: "messages cross",
    PortalState.STOPPED: "nothing crosses, either way; `status` says why",
    PortalState.REMOVED: "no portal any longer",
}
_ORIGINS: Final = {
    PortalOrigin.ALIAS: "somebody asked for its address; ends when the last person leaves",
    PortalOrigin.COMMAND: "`join`; ends when the last person leaves",
    PortalOrigin.CONFIG: "named in the configuration; stays",
    PortalOrigin.PLUMB: "a room of people's own; ends by `unplumb`, or when the bot is removed",
}
_KEPT_BACK: Final = {
    NotCrossing.OWN_MARK: "the bridge's own echo",
    NotCrossing.OWN_USER: "the bridge bot or a ghost said it",
    NotCrossing.NOTICE: "a notice, while `bridge.relay_notices` is false",
    NotCrossing.FOREIGN_BRIDGE: "another bridge brought it into the room",
    NotCrossing.PING_PONG: "the fifth time within a minute that the same notice came; its sender is told",
}
_FINDINGS: Final = {
    CheckResult.OK: "as it should be",
    CheckResult.WARNING: "works, and something is weaker or missing",
    CheckResult.FAILED: "does not work; the line says how to mend it, and `doctor` ends with 1",
}

_OF_MESSAGES: Final = """
## Messages to a network
A message has one part or more; on IRC a part is a line. Each part has a row in the ledger with one of these
states.
"""
_SEEN: Final = """
What the sender sees: the bridge bot's read receipt stands on the newest message before which everything in
the room has arrived. When a message ends badly, the bot sends a status event
(`com.beeper.message_send_status`) for the client and answers the message with one sentence. `retry` sends it
again, and so does the reaction 🔁 by its sender. `trace` shows each part with its state and times.
"""

_INTERRUPTED: Final = """
### After an interruption
A part that was being sent when the bridge or its connection ended is looked into:
"""


def states_page() -> str:
    return page(
        "States",
        _OF_MESSAGES,
        _states(_PARTS, PartState),
        _SEEN,
        _INTERRUPTED,
        _states(_SETTLEMENTS, Settlement),
        "### What stays in the room",
        _states(_KEPT_BACK, NotCrossing),
        "## Logins",
        _states(_LOGINS, LoginHealth),
        "## Networks",
        _states(_PLUGINS, PluginHealth),
        "## Portals",
        _states(_PORTALS, PortalState),
        "How a portal came to be decides how it ends:",
        _states(_ORIGINS, PortalOrigin),
        "## Findings of doctor",
        _states(_FINDINGS, CheckResult),
    )


def _states(words: Mapping[_State, str], kind: type[_State]) -> str:
    assert set(words) == set(kind), f"every {kind.__name__} is explained"
    rows = [[code(str(one.value)), _last(one) + words[one]] for one in kind]
    return table(["State", "What it means"], rows)


def _last(one: Enum) -> str:
    return "(final) " if isinstance(one, PartState) and one.final else ""
