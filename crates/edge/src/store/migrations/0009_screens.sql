-- Browsers that may be a screen of this box: paired with the camera of a pad, or greeting people on a wall. Of each secret only
-- the SHA-256 is kept.

CREATE TABLE screen_key (
    id      TEXT PRIMARY KEY,
    camera  TEXT,                          -- the pad's camera; NULL: a greeting screen
    digest  BLOB NOT NULL UNIQUE,
    name    TEXT NOT NULL,                 -- for people
    address TEXT NOT NULL,                 -- who paired it; empty for a link
    made_at INTEGER NOT NULL,              -- milliseconds UTC
    used_at INTEGER                        -- when a session last began with it; NULL: never
) WITHOUT ROWID;

-- What a greeting screen shows beside faces. The files are in `data_dir/welcome`, one of each id.
CREATE TABLE welcome_media (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,            -- logo, background, video
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    added_at     INTEGER NOT NULL          -- milliseconds UTC
) WITHOUT ROWID;
