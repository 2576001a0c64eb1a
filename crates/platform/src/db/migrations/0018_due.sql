-- What is due for a box is read in the order of its time, removals and the rest each by an index of their own, so that a look
-- costs what it finds and not all that waits. Only rows that wait have a next attempt.
CREATE INDEX box_person_leaving ON box_person(dev_sno, next_attempt_at, identity_id)
    WHERE desired_revision IS NULL AND next_attempt_at IS NOT NULL;
CREATE INDEX box_person_bringing ON box_person(dev_sno, next_attempt_at, identity_id)
    WHERE desired_revision IS NOT NULL AND next_attempt_at IS NOT NULL;
DROP INDEX box_person_todo;
CREATE INDEX box_person_by_state ON box_person(dev_sno, state);
-- Nobody asks for the rows of a command; its people stand in command_person.
DROP INDEX box_person_by_command;
