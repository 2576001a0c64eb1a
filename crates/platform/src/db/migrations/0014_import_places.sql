-- Which data folder the files of an import lie in: a process works off those that lie in its own.
ALTER TABLE person_import ADD COLUMN place TEXT;   -- the mark in imports/place of that folder; null: from before there were marks
