-- From a Matrix event back to the remote one, and the dead letters without a look at all that went well.

ALTER TABLE arrivals ADD COLUMN event_id TEXT;
CREATE INDEX arrivals_by_event ON arrivals (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX arrivals_dead ON arrivals (seq) WHERE state = 'dead';
CREATE INDEX inbox_aside ON inbox (seq) WHERE state = 'aside';
CREATE INDEX ledger_all_bad ON ledger (id) WHERE state IN ('uncertain', 'refused', 'expired', 'dead');
