-- What operators sort people by, the templates of their photos, and imports from lists.

-- ---------------------------------------------------------------- departments and tags

ALTER TABLE person ADD COLUMN department TEXT NOT NULL DEFAULT '';
CREATE INDEX person_by_department ON person(department, identity_id);
-- Lists in the order of names need the id to tell equal names apart.
DROP INDEX person_name;
CREATE INDEX person_by_name ON person(name, identity_id);

CREATE TABLE person_tag (
    identity_id TEXT NOT NULL REFERENCES person(identity_id) ON DELETE CASCADE,
    tag         TEXT NOT NULL,
    PRIMARY KEY (identity_id, tag)
);
CREATE INDEX person_tag_by_tag ON person_tag(tag, identity_id);

-- ---------------------------------------------------------------- templates

CREATE TABLE person_template (
    identity_id TEXT PRIMARY KEY REFERENCES person(identity_id) ON DELETE CASCADE,
    photo_at    BIGINT NOT NULL,                -- since when the person has the photo it was made of
    pack        TEXT NOT NULL,                  -- the model pack that made it
    sealed      BYTEA,                          -- sealed with the person's key; null: the pack recognises nobody there
    seq         BIGINT NOT NULL UNIQUE          -- grows with every change, for those who keep templates in memory
);
CREATE INDEX person_template_by_pack ON person_template(pack, seq);

-- ---------------------------------------------------------------- imports

CREATE TABLE person_import (
    id          TEXT PRIMARY KEY,               -- UUIDv7
    state       TEXT NOT NULL,                  -- receiving, checking, running, done, cancelled, failed
    options     TEXT NOT NULL,                  -- JSON: existing, dry_run, time_zone
    actor       TEXT NOT NULL,                  -- whose deed it is in the audit log
    address     TEXT NOT NULL DEFAULT '',
    columns     TEXT NOT NULL DEFAULT '[]',     -- JSON: the header cells as they came
    ignored     TEXT NOT NULL DEFAULT '[]',     -- JSON: those nobody understood
    files       BIGINT NOT NULL DEFAULT 0,      -- received completely
    has_table   BIGINT NOT NULL DEFAULT 0,      -- 1: its rows are in person_import_row
    photos      BIGINT NOT NULL DEFAULT 0,      -- pictures found in the archives
    unmatched   BIGINT NOT NULL DEFAULT 0,      -- of which no row asks for
    total       BIGINT NOT NULL DEFAULT 0,      -- rows
    done        BIGINT NOT NULL DEFAULT 0,      -- of which worked off
    failed      BIGINT NOT NULL DEFAULT 0,      -- of which refused
    message     TEXT,                           -- what it waits for, or why it failed
    created_at  BIGINT NOT NULL,
    resumed_at  BIGINT,                         -- when a process last took it up
    resumed_from BIGINT NOT NULL DEFAULT 0,     -- rows that were finished then
    updated_at  BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX person_import_by_state ON person_import(state, id);

CREATE TABLE person_import_row (
    import_id   TEXT NOT NULL REFERENCES person_import(id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,                -- line of the table, the header being 1
    identity_id TEXT NOT NULL DEFAULT '',
    cells       TEXT NOT NULL,                  -- JSON: texts in the order of the columns
    state       TEXT NOT NULL,                  -- waiting, done, failed
    outcome     TEXT,                           -- created, updated, unchanged, skipped
    photo       TEXT,                           -- the picture that was taken
    reason      TEXT,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX person_import_row_by_state ON person_import_row(import_id, state, number);
