-- Which of several processes is about to publish a command, and until when nobody else does.
ALTER TABLE command ADD COLUMN claimed_by TEXT;         -- id of a process
ALTER TABLE command ADD COLUMN claimed_until BIGINT;
CREATE INDEX command_claimed ON command(dev_sno) WHERE claimed_by IS NOT NULL;
