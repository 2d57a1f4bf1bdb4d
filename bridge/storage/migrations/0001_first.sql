-- The first schema. Words in capitals with a leading underscore stand for what the engines call differently.
-- Times are microseconds since 1970. `data` is the connector's own JSON, which nobody else reads.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- A lane's number survives a room upgrade, a plumb and a change of the remote ID.
CREATE TABLE lanes (
    id _NUMBERED,
    network TEXT NOT NULL,
    data _JSON NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL
);

-- A room may have several portals; a remote conversation has one. No login is the empty text.
CREATE TABLE portals (
    lane BIGINT PRIMARY KEY REFERENCES lanes (id),
    network TEXT NOT NULL,
    chat TEXT NOT NULL,
    login TEXT NOT NULL DEFAULT '',
    room_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    stop_key TEXT,
    name TEXT NOT NULL,
    created_by TEXT,
    floor_at BIGINT NOT NULL,
    data _JSON NOT NULL DEFAULT '{}',
    UNIQUE (network, chat, login)
);
CREATE INDEX portals_by_room ON portals (room_id);

-- Matrix events as pushed. A pruned row has no body and keeps its event ID: repeats stay known.
CREATE TABLE inbox (
    seq _NUMBERED,
    event_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    body _BYTES,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open',
    attempts INTEGER NOT NULL DEFAULT 0,
    failure TEXT
);
CREATE UNIQUE INDEX inbox_by_event ON inbox (event_id);
CREATE INDEX inbox_open ON inbox (seq) WHERE state = 'open';
CREATE INDEX inbox_open_in_room ON inbox (room_id, seq) WHERE state = 'open';

-- Every part of every message on its way to a network. A row with `parts` 0 was refused before it had any.
CREATE TABLE ledger (
    id _NUMBERED,
    event_id TEXT NOT NULL,
    lane BIGINT NOT NULL REFERENCES lanes (id),
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    room_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    author TEXT NOT NULL,
    excerpt TEXT,
    target TEXT,
    token TEXT NOT NULL UNIQUE,
    payload _BYTES NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    retry_at BIGINT,
    reason _BYTES,
    told INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (event_id, lane, part)
);
CREATE INDEX ledger_open ON ledger (id) WHERE state IN ('waiting', 'sending');
CREATE INDEX ledger_untold ON ledger (id)
    WHERE told = 0 AND state IN ('uncertain', 'refused', 'expired', 'dead');
CREATE INDEX ledger_bad ON ledger (room_id, id)
    WHERE state IN ('uncertain', 'refused', 'expired', 'dead');

-- Every remote event on its way to Matrix.
CREATE TABLE arrivals (
    seq _NUMBERED,
    lane BIGINT NOT NULL REFERENCES lanes (id),
    body _BYTES,
    ghost TEXT NOT NULL,
    dedup_key TEXT,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    reason _BYTES,
    received_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE UNIQUE INDEX arrivals_by_key ON arrivals (lane, dedup_key) WHERE dedup_key IS NOT NULL;
CREATE INDEX arrivals_open ON arrivals (lane, seq) WHERE state = 'waiting';

-- The message map: pairs of event IDs and remote IDs.
CREATE TABLE messages (
    id _NUMBERED,
    event_id TEXT NOT NULL,
    lane BIGINT NOT NULL REFERENCES lanes (id),
    part INTEGER NOT NULL,
    remote_id TEXT,
    direction TEXT NOT NULL,
    sender TEXT NOT NULL,
    author TEXT NOT NULL,
    author_id TEXT,
    excerpt TEXT,
    data _JSON NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX messages_by_event ON messages (event_id, lane, part, COALESCE(remote_id, ''));
CREATE INDEX messages_by_remote ON messages (lane, remote_id) WHERE remote_id IS NOT NULL;

CREATE TABLE ghosts (
    user_id TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    registered INTEGER NOT NULL DEFAULT 0,
    data _JSON NOT NULL DEFAULT '{}'
);

-- By what a remote person is known: a nick now, an account later. The ghost's MXID never changes.
CREATE TABLE ghost_aliases (
    network TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES ghosts (user_id),
    PRIMARY KEY (network, remote_id)
);
CREATE INDEX ghost_aliases_by_ghost ON ghost_aliases (user_id);

-- Remote accounts; one without an owner is a relay's. What it needs to get in is in `secrets`.
CREATE TABLE logins (
    id TEXT PRIMARY KEY,
    network TEXT NOT NULL,
    owner TEXT,
    data _JSON NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL
);
CREATE INDEX logins_by_owner ON logins (owner) WHERE owner IS NOT NULL;

-- Sealed with the secret key, and bound to the place they belong to.
CREATE TABLE secrets (
    of_table TEXT NOT NULL,
    of_row TEXT NOT NULL,
    of_column TEXT NOT NULL,
    sealed _BYTES NOT NULL,
    PRIMARY KEY (of_table, of_row, of_column)
);

CREATE TABLE management_rooms (
    room_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL
);

-- Wishes to plumb that wait for a word from the remote side.
CREATE TABLE approvals (
    code_hash TEXT NOT NULL,
    network TEXT NOT NULL,
    chat TEXT NOT NULL,
    login TEXT NOT NULL DEFAULT '',
    room_id TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (code_hash, network, chat, login)
);

-- Which of our connections emits what is seen in a lane.
CREATE TABLE observers (
    lane BIGINT PRIMARY KEY REFERENCES lanes (id),
    login TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- Who works on a shard of the lanes or on a login; a commit under an older epoch is refused.
CREATE TABLE leases (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    holder TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT,
    PRIMARY KEY (kind, name)
);

-- Who did what; each line carries the hash of the one before.
CREATE TABLE audit (
    seq _NUMBERED,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    data _JSON NOT NULL DEFAULT '{}',
    previous _BYTES NOT NULL,
    hash _BYTES NOT NULL UNIQUE
);
