-- Further photos of people, beside the registration photo: sealed with the person's key, searched as one mean template.

CREATE TABLE more_photo (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_key INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    photo      BLOB    NOT NULL,
    pack       TEXT,                       -- model pack the template belongs to
    template   BLOB,                       -- NULL: the pack in use finds no face in the photo
    added_at   INTEGER NOT NULL            -- milliseconds UTC
);
CREATE INDEX more_photo_person ON more_photo (person_key);
