-- Which of several processes publishes the commands of a box, and until when nobody else does: once for a box, not for each command.
DROP INDEX command_claimed;
ALTER TABLE command DROP COLUMN claimed_by;
ALTER TABLE command DROP COLUMN claimed_until;

CREATE TABLE outbox_claim (
    dev_sno       TEXT PRIMARY KEY,              -- '' for commands any box may take
    claimed_by    TEXT NOT NULL,                 -- id of a process
    claimed_until BIGINT NOT NULL
);
