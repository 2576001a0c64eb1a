-- Files of imports that lie in the blob store as well, sealed in parts: another process can go on with them.
CREATE TABLE import_file (
    import_id TEXT NOT NULL REFERENCES person_import(id) ON DELETE CASCADE,
    name      TEXT NOT NULL,                    -- random; its parts carry it in their addresses
    size      BIGINT NOT NULL,                  -- bytes, as it came
    parts     BIGINT NOT NULL,
    sealed    BYTEA NOT NULL,                   -- its key, sealed by the key file's key; destroyed when the import ends
    PRIMARY KEY (import_id, name)
);

-- How many files of an import that is not over lie in its place only.
ALTER TABLE person_import ADD COLUMN loose BIGINT NOT NULL DEFAULT 0;
UPDATE person_import SET loose = files WHERE state IN ('receiving', 'checking', 'running');
