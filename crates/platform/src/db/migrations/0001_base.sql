-- The schema, one text for SQLite and PostgreSQL: BIGINT, TEXT and DOUBLE PRECISION only.
-- Times are milliseconds since 1970 in UTC; booleans are 0 and 1; JSON is TEXT; pictures live in the blob store.

-- ---------------------------------------------------------------- people and groups

CREATE TABLE permission_group (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL
);
-- The group every person belongs to unless told otherwise; the protocol names it "0".
INSERT INTO permission_group(id, name, description, created_at) VALUES('0', 'default', 'everybody, everywhere', 0);

CREATE TABLE person (
    identity_id TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    kind        BIGINT NOT NULL DEFAULT 1,      -- 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP
    info        TEXT NOT NULL DEFAULT '{}',     -- JSON object: whatever else is known, sent along to boxes
    valid_from  BIGINT,
    valid_until BIGINT,
    photo_key   TEXT,                           -- key in the blob store
    photo_at    BIGINT,
    revision    BIGINT NOT NULL DEFAULT 1,      -- grows with every change a box must learn of
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX person_name ON person(name);
CREATE INDEX person_photo ON person(photo_key);

CREATE TABLE person_group (
    identity_id TEXT NOT NULL REFERENCES person(identity_id) ON DELETE CASCADE,
    group_id    TEXT NOT NULL REFERENCES permission_group(id) ON DELETE CASCADE,
    PRIMARY KEY (identity_id, group_id)
);
CREATE INDEX person_group_by_group ON person_group(group_id);

-- ---------------------------------------------------------------- boxes

CREATE TABLE box (
    dev_sno      TEXT PRIMARY KEY,
    name         TEXT NOT NULL DEFAULT '',
    site         TEXT NOT NULL DEFAULT '',
    mac          TEXT,                          -- 12 lower-case hex digits of the hardware that occupies the key
    legacy       BIGINT NOT NULL DEFAULT 0,     -- 1: uploads need no token, the address of the last login is enough
    fiqa_server  BIGINT NOT NULL DEFAULT 0,     -- 1: serves as quality-check server
    login_at     BIGINT,
    login_addr   TEXT,
    base_url     TEXT,                          -- scheme://host[:port] under which it reached us at its last login
    proved_mac   TEXT,                          -- the hardware that what box_person holds as proved was proved by
    seen_at      BIGINT,                        -- the last sign of life of any kind
    silent_since BIGINT,                        -- since when it leaves a command unanswered without a sign of life
    heartbeat_at BIGINT,
    heartbeat    TEXT,                          -- JSON: the last heartbeat as it came
    created_at   BIGINT NOT NULL
);

-- Only the SHA-256 of a token is kept.
CREATE TABLE box_token (
    token_hash TEXT PRIMARY KEY,
    dev_sno    TEXT NOT NULL REFERENCES box(dev_sno) ON DELETE CASCADE,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX box_token_by_box ON box_token(dev_sno);

CREATE TABLE box_group (
    dev_sno  TEXT NOT NULL REFERENCES box(dev_sno) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES permission_group(id) ON DELETE CASCADE,
    PRIMARY KEY (dev_sno, group_id)
);
CREATE INDEX box_group_by_group ON box_group(group_id);

-- What each box should hold and what it has proved to hold. A row outlives its person until the box has proved
-- the deletion, so there is no reference to person.
CREATE TABLE box_person (
    dev_sno          TEXT NOT NULL REFERENCES box(dev_sno) ON DELETE CASCADE,
    identity_id      TEXT NOT NULL,
    desired_revision BIGINT,                    -- null: must not be there
    proved_revision  BIGINT,                    -- null: not proved to be there
    state            TEXT NOT NULL,             -- pending, sent, applied, failed
    code             TEXT,                      -- the box's status code when failed
    message          TEXT,
    touched          BIGINT NOT NULL DEFAULT 0, -- 1: a command may have brought the person there, whatever is proved
    attempts         BIGINT NOT NULL DEFAULT 0, -- commands sent since the wish last changed or was last proved
    next_attempt_at  BIGINT,                    -- null: not before something changes
    command_id       TEXT,                      -- the last command that carries the present wish
    changed_at       BIGINT NOT NULL,
    proved_at        BIGINT,
    PRIMARY KEY (dev_sno, identity_id)
);
CREATE INDEX box_person_by_person ON box_person(identity_id);
CREATE INDEX box_person_todo ON box_person(dev_sno, state, next_attempt_at);
CREATE INDEX box_person_by_command ON box_person(command_id);

CREATE TABLE camera (
    ep_id       TEXT PRIMARY KEY,
    dev_sno     TEXT NOT NULL,
    name        TEXT NOT NULL DEFAULT '',
    device_type TEXT NOT NULL DEFAULT '',
    device_ip   TEXT,
    direction   TEXT,
    group_id    TEXT,
    state       TEXT NOT NULL DEFAULT 'unknown',    -- online, offline, unknown
    detail      TEXT,                           -- JSON: the last report as it came
    reported_at BIGINT,
    seen_at     BIGINT NOT NULL
);
CREATE INDEX camera_by_box ON camera(dev_sno);

-- ---------------------------------------------------------------- commands

CREATE TABLE command (
    id           TEXT PRIMARY KEY,              -- UUIDv7, sent as messageId
    dev_sno      TEXT NOT NULL,
    method       TEXT NOT NULL,
    payload      TEXT NOT NULL,                 -- JSON as sent
    state        TEXT NOT NULL,                 -- queued, published, done, failed, expired
    queued_at    BIGINT NOT NULL,
    published_at BIGINT,
    finished_at  BIGINT,
    attempts     BIGINT NOT NULL DEFAULT 0,
    next_attempt_at BIGINT,                     -- of publishing, while queued; null: at once
    answer_within BIGINT NOT NULL DEFAULT 600000, -- milliseconds from published to expired
    code         TEXT,
    message      TEXT,
    result       TEXT,                          -- JSON as received, long lists cut
    origin       TEXT NOT NULL                  -- reconciler, or the operator's name
);
CREATE INDEX command_by_box ON command(dev_sno, state, id);
CREATE INDEX command_open ON command(state, id);

CREATE TABLE command_person (
    command_id  TEXT NOT NULL REFERENCES command(id) ON DELETE CASCADE,
    identity_id TEXT NOT NULL,
    revision    BIGINT,
    PRIMARY KEY (command_id, identity_id)
);

-- ---------------------------------------------------------------- events

CREATE TABLE event (
    id            TEXT PRIMARY KEY,             -- UUIDv7, in order of arrival
    merge_key     TEXT NOT NULL UNIQUE,         -- the same capture reported twice is one event
    dev_sno       TEXT NOT NULL,
    ep_id         TEXT,
    device_ip     TEXT NOT NULL DEFAULT '',
    taken_at      BIGINT NOT NULL,
    identity_id   TEXT NOT NULL,
    identity_name TEXT NOT NULL DEFAULT '',
    person_type   BIGINT,
    device_type   TEXT NOT NULL DEFAULT '',
    group_name    TEXT NOT NULL DEFAULT '',
    score         DOUBLE PRECISION,
    realtime_at   BIGINT,
    history_at    BIGINT,
    repeats       BIGINT NOT NULL DEFAULT 0,
    spot_key      TEXT,
    reg_key       TEXT,
    detail        TEXT NOT NULL DEFAULT '{}'    -- JSON: what else the box said
);
CREATE INDEX event_time ON event(taken_at);
CREATE INDEX event_by_box ON event(dev_sno, taken_at);
CREATE INDEX event_by_person ON event(identity_id, taken_at);

-- ---------------------------------------------------------------- operators

CREATE TABLE operator (
    username      TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    role          TEXT NOT NULL,                -- admin, operator, viewer
    created_at    BIGINT NOT NULL
);

-- Only the SHA-256 of a token is kept.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    username   TEXT NOT NULL REFERENCES operator(username) ON DELETE CASCADE,
    role       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX session_expiry ON session(expires_at);
