-- Other hardware took the box's place: from when it may be told (again) to forget whoever it holds from before.
ALTER TABLE box ADD COLUMN empty_at BIGINT;
