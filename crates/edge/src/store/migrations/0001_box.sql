-- The box's own settings, people and command journal. Times are milliseconds UTC.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- `person` is read as a whole at start, so the photo lives beside it and not in it.
CREATE TABLE person (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    identity_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    register_type INTEGER NOT NULL,
    groups TEXT NOT NULL,          -- JSON list of permission group ids
    info TEXT NOT NULL,            -- JSON object: what the platform sent beside name, type and groups, kept as it came
    pack TEXT,                     -- model pack the template belongs to
    template BLOB,                 -- NULL: no usable photo, cannot be recognised
    refused TEXT,                  -- why there is no template
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

CREATE TABLE person_photo (
    person_key INTEGER PRIMARY KEY REFERENCES person (key) ON DELETE CASCADE,
    photo BLOB NOT NULL
);

CREATE TABLE library (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO library (name, description, created_at) VALUES ('default_group', '', 0);

CREATE TABLE person_library (
    person_key INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    library TEXT NOT NULL REFERENCES library (name) ON DELETE CASCADE,
    PRIMARY KEY (person_key, library)
) WITHOUT ROWID;

-- One row per received command. Life: received -> done (result stored) -> answered_at (sent, or nobody to send it to,
-- or given up). `acknowledged` is set when the broker has been told; from then on a repeat without a message id is new.
CREATE TABLE command (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint BLOB NOT NULL,
    message_id TEXT,
    method TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    done_at INTEGER,
    result BLOB,
    route TEXT,                    -- JSON: where the result goes
    answered_at INTEGER,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX command_fingerprint ON command (fingerprint, seq);
CREATE INDEX command_open ON command (next_attempt_at) WHERE done_at IS NOT NULL AND answered_at IS NULL;

-- People of a long command that are settled already: after a crash they are not done again.
CREATE TABLE command_step (
    seq INTEGER NOT NULL REFERENCES command (seq) ON DELETE CASCADE,
    identity_id TEXT NOT NULL,
    name TEXT,
    message TEXT NOT NULL,
    PRIMARY KEY (seq, identity_id)
) WITHOUT ROWID;
