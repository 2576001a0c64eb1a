-- The number of the last change of a template. It is kept by itself, because the template that had it may be gone, and a number that
-- came again would pass by those who follow. There is no row before the first change.
CREATE TABLE template_seq (
    id   BIGINT PRIMARY KEY,                    -- 1
    last BIGINT NOT NULL
);

-- Hardware that comes under a new key is asked for among the keys it had.
CREATE INDEX box_by_proved_mac ON box(proved_mac);
