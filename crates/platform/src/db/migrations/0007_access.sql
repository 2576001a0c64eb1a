-- Who may come in: keys of programs, restrictions to sites, second factors, sessions that can be listed, and what makes
-- guessing slow. Lists of sites are JSON arrays; null means all sites.

ALTER TABLE operator ADD COLUMN sites TEXT;

-- Sessions gain an id that may be told. Those that are open have none: whoever holds one logs in again.
DELETE FROM session;
ALTER TABLE session ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX session_by_operator ON session(username, id);

-- Only the SHA-256 of a key is kept; after a rotation the one before is good for a while.
CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,              -- UUIDv7
    name         TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE,
    old_hash     TEXT,
    old_until    BIGINT,
    role         TEXT NOT NULL,                 -- admin, operator, viewer
    sites        TEXT,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_key_by_old_hash ON api_key(old_hash);

-- A second factor; it counts once it is confirmed. A code is good once: the step of the last one is remembered.
CREATE TABLE second_factor (
    username   TEXT PRIMARY KEY REFERENCES operator(username) ON DELETE CASCADE,
    secret     TEXT NOT NULL,                   -- base32
    confirmed  BIGINT NOT NULL DEFAULT 0,
    last_step  BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

-- Codes for who lost the second factor, each good once; only their SHA-256 is kept.
CREATE TABLE recovery_code (
    username  TEXT NOT NULL REFERENCES operator(username) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (username, code_hash)
);

-- Failed logins by name, whether or not somebody has it, and by place: a network the account was used from, or '' for all others.
CREATE TABLE login_failure (
    username TEXT NOT NULL,
    place    TEXT NOT NULL,
    failures BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    until    BIGINT NOT NULL,                   -- no attempt before
    PRIMARY KEY (username, place)
);
CREATE INDEX login_failure_by_age ON login_failure(last_at);

-- Networks an account was used from.
CREATE TABLE login_place (
    username TEXT NOT NULL REFERENCES operator(username) ON DELETE CASCADE,
    place    TEXT NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (username, place)
);

-- First answers to requests with an idempotency key.
CREATE TABLE idempotency (
    id         TEXT PRIMARY KEY,                -- SHA-256 of caller, operation and key
    caller     TEXT NOT NULL,
    body_hash  TEXT NOT NULL,
    status     BIGINT,                          -- null: the first request is still at work
    answer     BYTEA,
    created_at BIGINT NOT NULL,
    until      BIGINT NOT NULL                  -- when it is forgotten, or when a first request counts as lost
);
CREATE INDEX idempotency_by_caller ON idempotency(caller, created_at);
CREATE INDEX idempotency_by_age ON idempotency(until);
