-- Photos, templates and the pictures of events are sealed. Who holds which key, and why, is said in store/seal/mod.rs.

-- One row. Without `box.key` none of it can be opened.
CREATE TABLE seal (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    proof     BLOB    NOT NULL,            -- opens with the right `box.key` only
    event_key BLOB    NOT NULL,            -- key of the pictures of events, sealed by `box.key`; another one after each wipe
    complete  INTEGER NOT NULL DEFAULT 0   -- 1 once nothing from before this step is left unsealed
);

-- Keys of people, sealed by `box.key`: a slot of fixed place per person, so that a key can be overwritten where it is.
CREATE TABLE seal_slot (
    block INTEGER PRIMARY KEY,
    slots BLOB NOT NULL
);

-- `person.template`, `person_photo.photo`: sealed when the person's slot is filled, plain before.
-- `camera.settings`: a BLOB is sealed, TEXT is plain.
ALTER TABLE event ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;  -- 1: `spot` is sealed by `seal.event_key`
