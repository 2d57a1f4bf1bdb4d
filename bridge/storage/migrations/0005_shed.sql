-- Lines from a network that were let go because too much waited, until their room was told.

CREATE TABLE shed (
    lane BIGINT PRIMARY KEY REFERENCES lanes (id),
    count BIGINT NOT NULL,
    since BIGINT NOT NULL
);
