-- Rooms that portals came from, how far long work over whole tables has come, and since when pairs are known.

-- What was said in a room before its portal moved on still crosses.
CREATE TABLE former_rooms (
    lane BIGINT NOT NULL REFERENCES lanes (id),
    room_id TEXT NOT NULL,
    left_at BIGINT NOT NULL,
    PRIMARY KEY (lane, room_id)
);

-- Work that goes over a table in small steps; all rows up to `position` are done with.
CREATE TABLE walks (
    name TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- Older rows get their time while the bridge runs: see `online`.
ALTER TABLE messages ADD COLUMN made_at BIGINT;
