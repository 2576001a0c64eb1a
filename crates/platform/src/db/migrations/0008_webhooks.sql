-- Who is told by HTTP of what happens, and what became of each telling.

CREATE TABLE webhook (
    id              TEXT PRIMARY KEY,           -- UUIDv7
    description     TEXT NOT NULL DEFAULT '',
    url             BYTEA NOT NULL,             -- sealed: it may carry credentials
    secret          BYTEA NOT NULL,             -- sealed: it signs every body
    filter          TEXT NOT NULL DEFAULT '{}', -- JSON: what it is told of
    pictures        TEXT NOT NULL DEFAULT 'none', -- none, link, inline
    enabled         BIGINT NOT NULL DEFAULT 1,
    disabled_reason TEXT,                       -- why the platform itself disabled it
    version         BIGINT NOT NULL DEFAULT 1,  -- grows with every change by an operator
    told_until      BIGINT NOT NULL,            -- number of the last feed entry that was dealt with
    missed          BIGINT NOT NULL DEFAULT 0,  -- entries the feed no longer held when their turn came
    replay_after    BIGINT,                     -- a replay in progress: entries after this number,
    replay_until    BIGINT,                     -- up to this one
    failing_since   BIGINT,                     -- since when nothing was taken; null while it answers
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL
);

-- One row per webhook and entry, the last attempt in it.
CREATE TABLE webhook_delivery (
    webhook_id      TEXT NOT NULL REFERENCES webhook(id) ON DELETE CASCADE,
    event_id        TEXT NOT NULL,              -- kind and number of the feed entry, or test-<uuid>
    seq             BIGINT,                     -- number of the feed entry; null for a test
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    state           TEXT NOT NULL,              -- waiting, delivered, failed
    attempts        BIGINT NOT NULL,
    first_tried_at  BIGINT NOT NULL,
    tried_at        BIGINT NOT NULL,
    next_attempt_at BIGINT,                     -- while waiting
    status          BIGINT,                     -- of the last answer; null when there was none
    took_ms         BIGINT NOT NULL DEFAULT 0,
    answer          TEXT NOT NULL DEFAULT '',   -- its first bytes
    error           TEXT,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_by_time ON webhook_delivery(webhook_id, tried_at, event_id);
CREATE INDEX webhook_delivery_due ON webhook_delivery(webhook_id, state, next_attempt_at);

-- How far followers of the feed have come that have no row of their own.
CREATE TABLE feed_follower (
    name       TEXT PRIMARY KEY,
    told_until BIGINT NOT NULL
);

-- The oldest wish that is neither proved nor refused, for the metrics.
CREATE INDEX box_person_unproved ON box_person(changed_at) WHERE state IN ('pending', 'sent');
