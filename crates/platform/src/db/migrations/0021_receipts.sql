-- Some time after the last box has settled an erasure the rows of its boxes go, and the receipt keeps how many there were.
ALTER TABLE erasure ADD COLUMN forgotten_at BIGINT;         -- when they went; null: they are there
ALTER TABLE erasure ADD COLUMN proved BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasure ADD COLUMN overwritten BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasure ADD COLUMN unprovable BIGINT NOT NULL DEFAULT 0;
ALTER TABLE erasure ADD COLUMN settled_at BIGINT;           -- when the last of them was settled
CREATE INDEX erasure_listed ON erasure(erased_at) WHERE forgotten_at IS NULL;
CREATE INDEX erasure_box_waiting ON erasure_box(erasure_id) WHERE settled_at IS NULL;
