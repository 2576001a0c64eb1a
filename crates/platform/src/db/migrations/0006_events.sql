-- Events at volume: columns for what is searched, indexes for each way of searching, what is known of each box's reports,
-- how long events are kept, and templates of their pictures.

ALTER TABLE event ADD COLUMN arrived_at BIGINT NOT NULL DEFAULT 0;      -- the first report of it
ALTER TABLE event ADD COLUMN estimated_at BIGINT NOT NULL DEFAULT 0;    -- when it was, the box's clock set right as far as known
ALTER TABLE event ADD COLUMN clock_offset_ms BIGINT;                    -- the box's clock minus ours, when it was worth setting right
ALTER TABLE event ADD COLUMN late BIGINT NOT NULL DEFAULT 0;            -- 1: arrived long after it was captured
ALTER TABLE event ADD COLUMN ahead BIGINT NOT NULL DEFAULT 0;           -- 1: arrived before it was captured by the box's clock
ALTER TABLE event ADD COLUMN verdict TEXT;                              -- let_in, refused, possible, stranger; null: not told
ALTER TABLE event ADD COLUMN gate TEXT;                                 -- which question kept them out: quality, match, group, ...
ALTER TABLE event ADD COLUMN door TEXT;                                 -- opened, closed, alarm, failed, none; null: not told
ALTER TABLE event ADD COLUMN photo_bytes BIGINT;                        -- of its pictures; null: it has none

UPDATE event SET
    arrived_at = CASE WHEN realtime_at IS NULL THEN COALESCE(history_at, taken_at)
        WHEN history_at IS NULL OR realtime_at < history_at THEN realtime_at ELSE history_at END,
    verdict = CASE WHEN detail LIKE '%"verdict":"let_in"%' THEN 'let_in' WHEN detail LIKE '%"verdict":"refused"%' THEN 'refused'
        WHEN detail LIKE '%"verdict":"possible"%' THEN 'possible' WHEN detail LIKE '%"verdict":"stranger"%' THEN 'stranger' END,
    door = CASE WHEN detail NOT LIKE '%"door":{%' THEN NULL WHEN detail LIKE '%"result":"failed%' THEN 'failed'
        WHEN detail LIKE '%"action":"open"%' THEN 'opened' WHEN detail LIKE '%"action":"close"%' THEN 'closed'
        WHEN detail LIKE '%"action":"alarm"%' THEN 'alarm' ELSE 'none' END,
    photo_bytes = CASE WHEN spot_key IS NULL AND reg_key IS NULL THEN NULL ELSE 0 END;
UPDATE event SET
    estimated_at = CASE WHEN taken_at > arrived_at THEN arrived_at ELSE taken_at END,
    ahead = CASE WHEN taken_at > arrived_at + 2000 THEN 1 ELSE 0 END,
    late = CASE WHEN realtime_at IS NULL AND arrived_at > taken_at + 600000 THEN 1 ELSE 0 END;

-- Lists are ordered by estimated_at. What most events have is found in that order without an index of its own; what few have is
-- indexed for those few only, so that an ordinary event costs its writer nothing for it.
DROP INDEX event_time;
DROP INDEX event_by_box;
DROP INDEX event_by_person;
CREATE INDEX event_by_time ON event(estimated_at);
CREATE INDEX event_by_box ON event(dev_sno, estimated_at);
CREATE INDEX event_by_camera ON event(ep_id, estimated_at);
CREATE INDEX event_by_person ON event(identity_id, estimated_at);
CREATE INDEX event_by_type ON event(person_type, estimated_at) WHERE person_type <> 1;
CREATE INDEX event_by_verdict ON event(verdict, estimated_at) WHERE verdict <> 'let_in' AND verdict <> 'stranger';
CREATE INDEX event_by_gate ON event(gate, estimated_at) WHERE gate <> 'match';
CREATE INDEX event_by_door ON event(door, estimated_at) WHERE door <> 'opened' AND door <> 'none';
CREATE INDEX event_late ON event(estimated_at) WHERE late = 1;
CREATE INDEX event_ahead ON event(estimated_at) WHERE ahead = 1;
CREATE INDEX event_pictured ON event(estimated_at) WHERE photo_bytes IS NOT NULL;
-- Whether a picture is still referred to.
CREATE INDEX event_by_spot ON event(spot_key) WHERE spot_key IS NOT NULL;
CREATE INDEX event_by_reg ON event(reg_key) WHERE reg_key IS NOT NULL;

-- What is known of a box from its reports.
CREATE TABLE box_intake (
    dev_sno         TEXT PRIMARY KEY REFERENCES box(dev_sno) ON DELETE CASCADE,
    told_online     BIGINT NOT NULL DEFAULT 0,  -- 1: followers were last told that it is online
    clock_offset_ms BIGINT,                     -- its clock minus ours: median of recent reports
    clock_at        BIGINT,                     -- when that was last reckoned
    repeats         BIGINT NOT NULL DEFAULT 0,  -- reports of a capture that had come before by the same way
    late            BIGINT NOT NULL DEFAULT 0,  -- events that arrived long after they were captured
    ahead           BIGINT NOT NULL DEFAULT 0   -- events that arrived before they were captured
);

-- How long events and their pictures are kept, by class (known, stranger, blacklist), where it differs from the configuration.
CREATE TABLE retention (
    class      TEXT PRIMARY KEY,
    event_days BIGINT NOT NULL,                 -- 0: for ever
    photo_days BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    changed_by TEXT NOT NULL
);

-- What was removed, and when.
CREATE TABLE retention_run (
    id          TEXT PRIMARY KEY,               -- UUIDv7
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,                         -- null: at work, or stopped in the middle of it
    policy      TEXT NOT NULL,                  -- JSON: what was in force
    events      BIGINT NOT NULL DEFAULT 0,
    pictures    BIGINT NOT NULL DEFAULT 0,
    bytes       BIGINT NOT NULL DEFAULT 0,
    orphans     BIGINT NOT NULL DEFAULT 0,      -- pictures nothing referred to
    error       TEXT
);

-- Templates of the faces in events' pictures, sealed; only where search by face is enabled.
CREATE TABLE event_template (
    event_id     TEXT PRIMARY KEY,
    estimated_at BIGINT NOT NULL,
    day          BIGINT NOT NULL,               -- days since 1970, UTC: whose key seals it
    pack         TEXT NOT NULL,                 -- the model pack it can be compared in
    sealed       BYTEA NOT NULL
);
