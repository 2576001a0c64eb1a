-- Boxes with a command that has to be tried again: their later commands wait with it. Few have one at any time.
CREATE INDEX command_resting ON command(next_attempt_at, dev_sno) WHERE state = 'queued' AND next_attempt_at IS NOT NULL;
