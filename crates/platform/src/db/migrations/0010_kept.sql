-- Secrets of second factors are sealed by the key file's key. Those of older versions lie in `secret` until the next start, which
-- seals them and leaves it empty.
ALTER TABLE second_factor ADD COLUMN sealed BYTEA;

-- Answers kept for requests with an idempotency key: the media type; null: JSON.
ALTER TABLE idempotency ADD COLUMN media_type TEXT;
