-- What happened, in the order in which it was committed: for live viewers, webhooks and the event exchange, each of which
-- follows it with a cursor of its own. Writers run one after another, so there are no gaps and no late numbers.
CREATE TABLE feed (
    seq     BIGINT PRIMARY KEY,
    kind    TEXT NOT NULL,                      -- event, box, ...: what the subject is
    subject TEXT NOT NULL,                      -- id of the row it is about
    data    TEXT NOT NULL DEFAULT '{}',         -- JSON: what the row itself does not tell
    at      BIGINT NOT NULL
);

-- Who did what. Rows are only ever added; each carries the hash of the one before, so that a change shows.
CREATE TABLE audit (
    seq     BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,                      -- operator's name, or key:<id> of an API key, or system
    address TEXT NOT NULL DEFAULT '',           -- where the request came from
    action  TEXT NOT NULL,                      -- noun.verb
    subject TEXT NOT NULL,                      -- id of what it was done to
    detail  TEXT NOT NULL DEFAULT '{}',         -- JSON
    hash    TEXT NOT NULL                       -- SHA-256 over the hash before and this row
);
CREATE INDEX audit_by_actor ON audit(actor, seq);
CREATE INDEX audit_by_subject ON audit(subject, seq);

-- Work that only one of several processes does at a time.
CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,                       -- id of a process
    until  BIGINT NOT NULL
);
