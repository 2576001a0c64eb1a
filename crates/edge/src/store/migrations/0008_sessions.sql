-- Who is logged in at the box's console: the digest of each session's token, and when it was opened and used last.
CREATE TABLE session (
    digest BLOB PRIMARY KEY NOT NULL,
    opened_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
