-- Permission groups; what else is kept of a face library; the order in which a person joined libraries.

CREATE TABLE permission_group (
    id          TEXT PRIMARY KEY,          -- a UUID; what a caller named itself when the group came into being by its id
    name        TEXT NOT NULL UNIQUE,      -- never the id of another group
    description TEXT NOT NULL,
    info        TEXT NOT NULL,             -- JSON object: further fields, kept as they came
    created_at  INTEGER NOT NULL           -- milliseconds UTC
) WITHOUT ROWID;

INSERT INTO permission_group (id, name, description, info, created_at) VALUES ('0', '0', '', '{}', 0);

ALTER TABLE library ADD COLUMN info TEXT NOT NULL DEFAULT '{}';

ALTER TABLE person_library ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

CREATE INDEX person_library_library ON person_library (library, person_key);
