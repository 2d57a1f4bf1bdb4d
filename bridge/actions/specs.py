"""What can be asked of the bridge, by either door, in the order in which help shows it.

Apart from the actions themselves, which stand on the whole core: a shell needs only this to offer them.
"""

from typing import Final

from bridge.actions.action import Argument, Spec
from bridge.policy.access import Action as Right

_NETWORK: Final = Argument("network", required=False)

STATUS: Final = Spec(name="status", right=Right.STATUS, help_key="help.status")
JOIN: Final = Spec(
    name="join",
    right=Right.JOIN,
    help_key="help.join",
    changes=True,
    arguments=(_NETWORK, Argument("chat")),
    personal=True,
)
LEAVE: Final = Spec(
    name="leave",
    right=Right.LEAVE,
    help_key="help.leave",
    changes=True,
    arguments=(_NETWORK, Argument("chat", required=False)),
    personal=True,
)
LIST: Final = Spec(
    name="list",
    right=Right.LIST,
    help_key="help.list",
    arguments=(_NETWORK, Argument("query", required=False)),
)
PLUMB: Final = Spec(
    name="plumb",
    right=Right.PLUMB,
    help_key="help.plumb",
    changes=True,
    arguments=(_NETWORK, Argument("chat")),
    personal=True,
)
UNPLUMB: Final = Spec(
    name="unplumb",
    right=Right.UNPLUMB,
    help_key="help.unplumb",
    changes=True,
)
RETRY: Final = Spec(
    name="retry",
    right=Right.RETRY,
    help_key="help.retry",
    changes=True,
    arguments=(Argument("all", required=False),),
)
TRACE: Final = Spec(
    name="trace",
    right=Right.TRACE,
    help_key="help.trace",
    arguments=(Argument("id", required=False),),
)
DEAD: Final = Spec(
    name="dead",
    right=Right.DEAD,
    help_key="help.dead",
    changes=True,
    arguments=(
        Argument("what", required=False, shown="list|show|retry|drop"),
        Argument("letter", required=False, shown="letter|all|page"),
    ),
)
AUDIT: Final = Spec(
    name="audit",
    right=Right.MANAGE,
    help_key="help.audit",
    arguments=(
        Argument("what", required=False, shown="list|search|verify|export"),
        Argument("words", required=False),
    ),
)
SIGNIN: Final = Spec(name="signin", right=Right.TOKENS, help_key="help.signin", changes=True, personal=True)
TOKENS: Final = Spec(
    name="tokens",
    right=Right.TOKENS,
    help_key="help.tokens",
    arguments=(
        Argument("what", required=False, shown="list|revoke"),
        Argument("token", required=False),
    ),
    changes=True,
    personal=True,
)

ALL: Final = (STATUS, JOIN, LEAVE, LIST, PLUMB, UNPLUMB, RETRY, TRACE, DEAD, SIGNIN, TOKENS, AUDIT)
