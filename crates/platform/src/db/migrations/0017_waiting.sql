-- What waits for its proof is asked of each box that has logged in.
DROP INDEX box_person_unproved;
CREATE INDEX box_person_unproved ON box_person(dev_sno, changed_at) WHERE state IN ('pending', 'sent');

-- Whose time comes next: few people have dates.
CREATE INDEX person_by_valid_from ON person(valid_from, identity_id) WHERE valid_from IS NOT NULL;
CREATE INDEX person_by_valid_until ON person(valid_until, identity_id) WHERE valid_until IS NOT NULL;
