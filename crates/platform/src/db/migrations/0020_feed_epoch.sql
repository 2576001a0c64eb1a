-- A database that was restored numbers its feed on from where it stood, although others were told more under the numbers after that. So
-- what comes from then on is told under ids of its own. There is no row before anything was restored.
CREATE TABLE feed_epoch (
    first_seq BIGINT PRIMARY KEY,               -- for entries from this number up to the next row's
    epoch     TEXT NOT NULL                     -- random; a part of the ids they are told under
);
