-- Cameras that were added while the box ran; those of the configuration file are not repeated here.

CREATE TABLE camera (
    name     TEXT PRIMARY KEY,
    settings TEXT NOT NULL,                -- JSON, the keys of [[camera]]
    added_at INTEGER NOT NULL              -- milliseconds UTC
) WITHOUT ROWID;
