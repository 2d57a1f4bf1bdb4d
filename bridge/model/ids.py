"""Names of things: Matrix's own, the remote side's, and ours.

Matrix IDs are checked where they enter (``bridge.matrix``). Remote IDs are opaque to all but the
network that made them: only a network's ``ids.py`` builds or takes apart a ``ChatID``,
``RemoteUserID`` or ``RemoteMessageID``.
"""

from typing import NewType

from attrs import frozen

UserID = NewType("UserID", str)
"""A Matrix user ID (MXID), such as ``@alice:example.org``."""
RoomID = NewType("RoomID", str)
"""A Matrix room ID; in room version 12 and later it has no server part."""
RoomAlias = NewType("RoomAlias", str)
EventID = NewType("EventID", str)
DeviceID = NewType("DeviceID", str)
MxcURI = NewType("MxcURI", str)

NetworkName = NewType("NetworkName", str)
"""The name an admin gave to a network in the configuration, such as ``libera``."""
ChatID = NewType("ChatID", str)
RemoteUserID = NewType("RemoteUserID", str)
RemoteMessageID = NewType("RemoteMessageID", str)
LoginID = NewType("LoginID", str)
"""Names one login, unique over all networks: ``<network>:<what the network chose>``."""

LaneID = NewType("LaneID", int)
"""A surrogate: survives room upgrade, plumb and a change of the remote ID."""
InboxSeq = NewType("InboxSeq", int)
"""Position of a Matrix event in the inbox; grows in the order of acceptance."""
ArrivalSeq = NewType("ArrivalSeq", int)
"""Position of a remote event among the arrivals; grows in the order of acceptance."""
PartID = NewType("PartID", int)
"""One row of the ledger."""
Token = NewType("Token", str)
"""Our own name for one part on its way: at most 32 characters out of ``[a-z0-9]``."""


@frozen
class PortalKey:
    """Names one remote conversation.

    ``login`` is set only on networks where two accounts see the same chat under one ID but with
    different content, such as direct chats.
    """

    network: NetworkName
    chat: ChatID
    login: LoginID | None = None
