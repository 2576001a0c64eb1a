-- ---------------------------------------------------------------- deriving who is wanted where

-- The members of a group and the boxes that serve it are walked in the order of their keys.
CREATE INDEX person_group_members ON person_group(group_id, identity_id);
CREATE INDEX box_group_boxes ON box_group(group_id, dev_sno);

-- What has to be derived again after a change: written with the change, worked off in steps.
CREATE TABLE recomputation (
    scope     TEXT NOT NULL,                    -- box, person
    subject   TEXT NOT NULL,                    -- dev_sno or identity_id
    reached   TEXT NOT NULL DEFAULT '',         -- the last key of the other side that is done
    again     BIGINT NOT NULL DEFAULT 0,        -- 1: something changed meanwhile, to be done once more from the beginning
    queued_at BIGINT NOT NULL,
    PRIMARY KEY (scope, subject)
);
CREATE INDEX recomputation_queue ON recomputation(queued_at, scope, subject);

-- ---------------------------------------------------------------- receipts of erasure

-- Who was erased, when and by whom. The id is kept, the name is not.
CREATE TABLE erasure (
    id          TEXT PRIMARY KEY,               -- UUIDv7
    identity_id TEXT NOT NULL,
    erased_at   BIGINT NOT NULL,
    erased_by   TEXT NOT NULL
);
CREATE INDEX erasure_by_person ON erasure(identity_id, id);

-- Which boxes may have held them. Rows outlive their box, so there is no reference to it.
CREATE TABLE erasure_box (
    erasure_id  TEXT NOT NULL REFERENCES erasure(id) ON DELETE CASCADE,
    dev_sno     TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    outcome     TEXT NOT NULL,                  -- outstanding, proved, overwritten, unprovable
    settled_at  BIGINT,
    message     TEXT,
    PRIMARY KEY (erasure_id, dev_sno)
);
CREATE INDEX erasure_box_open ON erasure_box(dev_sno, outcome, identity_id);

-- ---------------------------------------------------------------- boxes

-- One-time codes that pair a box. Only their SHA-256 is kept.
CREATE TABLE pairing (
    code_hash  TEXT PRIMARY KEY,
    dev_sno    TEXT NOT NULL REFERENCES box(dev_sno) ON DELETE CASCADE,
    issued_at  BIGINT NOT NULL,
    issued_by  TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    used_from  TEXT,
    revoked_at BIGINT
);
CREATE INDEX pairing_by_box ON pairing(dev_sno, issued_at);

-- What heartbeats told, summed up by spans of time: short ones first, joined into hours as they grow old.
CREATE TABLE heartbeat (
    dev_sno        TEXT NOT NULL REFERENCES box(dev_sno) ON DELETE CASCADE,
    span           BIGINT NOT NULL,             -- milliseconds
    begins_at      BIGINT NOT NULL,
    beats          BIGINT NOT NULL,
    cpu_beats      BIGINT NOT NULL,             -- of which told the load
    cpu_sum        DOUBLE PRECISION NOT NULL,   -- percent
    cpu_most       DOUBLE PRECISION,
    memory_beats   BIGINT NOT NULL,
    memory_sum     DOUBLE PRECISION NOT NULL,   -- percent
    memory_most    DOUBLE PRECISION,
    disk_least     DOUBLE PRECISION,            -- free, GB
    disk_size      DOUBLE PRECISION,            -- GB
    cameras        BIGINT NOT NULL,
    cameras_least  BIGINT NOT NULL,             -- fewest of them that were online
    version        TEXT NOT NULL,
    PRIMARY KEY (dev_sno, span, begins_at)
);
CREATE INDEX heartbeat_by_age ON heartbeat(span, begins_at);

-- Accounts of boxes at the broker. They outlive their box until the broker has removed them. Passwords are not kept.
CREATE TABLE broker_account (
    login     TEXT PRIMARY KEY,
    dev_sno   TEXT NOT NULL,
    state     TEXT NOT NULL,                    -- current, previous, retired, leaving
    issued_at BIGINT NOT NULL,
    until     BIGINT                            -- of a previous one: when its password ends
);
CREATE INDEX broker_account_by_box ON broker_account(dev_sno, state);
CREATE INDEX broker_account_by_state ON broker_account(state, until);
