-- Events, where each upload target is among them, and what could not be delivered. The contract is in store/events.rs.

CREATE TABLE event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    taken_at INTEGER NOT NULL,             -- milliseconds UTC
    body     TEXT    NOT NULL,             -- the event, JSON of the box's own
    open     INTEGER NOT NULL DEFAULT 0,   -- 1 while its door is moving
    spot     BLOB                          -- JPEG
);

CREATE INDEX event_open ON event (seq) WHERE open = 1;

CREATE TABLE upload_cursor (
    target    TEXT    PRIMARY KEY,
    seq       INTEGER NOT NULL,            -- the last event the target has accepted
    moved_at  INTEGER NOT NULL,            -- milliseconds UTC
    current   INTEGER NOT NULL DEFAULT 1,  -- 1 while events are uploaded there
    set_aside INTEGER NOT NULL DEFAULT 0   -- events it could never accept, ever
);

CREATE TABLE upload_aside (
    target TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    reason TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (target, seq)
);

CREATE TABLE tally (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
);
