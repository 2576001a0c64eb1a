-- The password of the first start was printed or stands in a file: whoever has it is led to choose another.
ALTER TABLE operator ADD COLUMN must_change_password BIGINT NOT NULL DEFAULT 0;

-- Live walls for screens that nobody is logged in at. Only the SHA-256 of a wall's key is kept.
CREATE TABLE wall (
    id           TEXT PRIMARY KEY,              -- UUIDv7
    name         TEXT NOT NULL,
    key_hash     TEXT NOT NULL UNIQUE,
    site         TEXT,                          -- only of boxes at this site; null: any
    dev_sno      TEXT,                          -- only of this box
    ep_id        TEXT,                          -- only of this camera
    types        TEXT NOT NULL DEFAULT '[]',    -- JSON: only of these types of people; none: any
    show_names   BIGINT NOT NULL,
    show_photos  BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT
);
