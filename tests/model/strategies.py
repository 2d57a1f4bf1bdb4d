"""Values of bridge.model for property tests."""

from datetime import UTC, datetime
from typing import cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bridge.model.errors import Phrase
from bridge.model.ids import (
    ChatID,
    LoginID,
    MxcURI,
    NetworkName,
    PortalKey,
    RemoteMessageID,
    RemoteUserID,
)
from bridge.model.messages import Body, LocationBody, MediaBody, MediaKind, TextBody, Tone
from bridge.model.outgoing import Part
from bridge.model.remote_events import (
    RemoteEdit,
    RemoteEvent,
    RemoteJoin,
    RemoteLeave,
    RemoteMessage,
    RemoteReaction,
    RemoteRedaction,
    RemoteRename,
    RemoteTopic,
    RemoteUser,
)
from bridge.testing.documents import documents

words = st.text(max_size=12)

bodies: SearchStrategy[Body] = st.one_of(
    st.builds(TextBody, documents, st.sampled_from(Tone)),
    st.builds(
        MediaBody,
        st.sampled_from(MediaKind),
        words,
        st.none() | words.map(MxcURI),
        st.none() | words,
        st.none() | words,
        st.none() | st.integers(0, 2**53),
        st.none() | documents,
    ),
    st.builds(LocationBody, words, words),
)
portals = st.builds(PortalKey, words.map(NetworkName), words.map(ChatID), st.none() | words.map(LoginID))
remote_users = st.builds(RemoteUser, words.map(RemoteUserID), words, st.none() | words)
message_ids = words.map(RemoteMessageID)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_base: dict[str, SearchStrategy[object]] = {
    "portal": portals,
    "sender": remote_users,
    "remote_id": st.none() | message_ids,
    "happened_at": st.none() | times,
}
remote_events = cast(
    SearchStrategy[RemoteEvent],
    st.one_of(
        st.builds(
            RemoteMessage,
            body=bodies,
            reply_to=st.none() | message_ids,
            mentions=st.lists(words.map(RemoteUserID), max_size=2).map(tuple),
            **_base,
        ),
        st.builds(RemoteEdit, target=message_ids, body=bodies, **_base),
        st.builds(RemoteReaction, target=message_ids, key=words, removed=st.booleans(), **_base),
        st.builds(RemoteRedaction, target=message_ids, reason=st.none() | words, **_base),
        st.builds(RemoteTopic, topic=words, **_base),
        st.builds(RemoteJoin, **_base),
        st.builds(RemoteLeave, user=remote_users, reason=st.none() | words, kicked=st.booleans(), **_base),
        st.builds(RemoteRename, previous=remote_users, **_base),
    ),
)
parts = st.builds(Part, st.dictionaries(words, words, max_size=4), words)
phrases = st.builds(Phrase, words, st.dictionaries(words, words | st.integers(-(2**53), 2**53), max_size=4))
