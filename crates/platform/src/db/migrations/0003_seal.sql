-- Photos and pictures are sealed before they reach the blob store.

-- One row: what the key file is recognised by.
CREATE TABLE seal (
    id        BIGINT PRIMARY KEY,               -- 1
    proof     BYTEA NOT NULL,                   -- sealed by the key file's key
    complete  BIGINT NOT NULL DEFAULT 0,        -- 1: no blob of a version that did not seal is left
    importing BIGINT NOT NULL DEFAULT 0         -- 1: an import into this database has begun and not ended
);

-- The key of a person, which seals whatever shows them; it goes with the person, and nothing it sealed can be opened then.
CREATE TABLE person_key (
    identity_id TEXT PRIMARY KEY REFERENCES person(identity_id) ON DELETE CASCADE,
    name        TEXT NOT NULL UNIQUE,           -- random; the person's blobs carry it in their addresses
    sealed      BYTEA NOT NULL,                 -- sealed by the key file's key
    made_at     BIGINT NOT NULL
);

-- The key of what was captured on a day; retention destroys it with its day.
CREATE TABLE event_key (
    day     BIGINT PRIMARY KEY,                 -- days since 1970, UTC
    sealed  BYTEA NOT NULL,                     -- sealed by the key file's key
    made_at BIGINT NOT NULL
);

-- The SHA-256 of the photo, by which boxes ask for it; the blob's own address tells nothing.
ALTER TABLE person ADD COLUMN photo_hash TEXT;
-- Until now the address was that hash: person/<2 digits>/<62 digits>.
UPDATE person SET photo_hash = REPLACE(SUBSTR(photo_key, 8), '/', '') WHERE photo_key IS NOT NULL;
CREATE INDEX person_photo_hash ON person(photo_hash);
