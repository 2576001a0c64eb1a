-- Cameras each receiver of camera reports was told of, under which licence key, so that it also hears of those that have gone while
-- nobody could tell it.
CREATE TABLE camera_report (
    target   TEXT NOT NULL,                -- the receiver's address, without credentials
    dev_sno  TEXT NOT NULL,
    ep_id    TEXT NOT NULL,
    farewell TEXT NOT NULL,                -- the report that it has gone, as it is sent
    PRIMARY KEY (target, dev_sno, ep_id)
) STRICT, WITHOUT ROWID;

-- Whose picture an event shows: an erased person's pictures are erased with the person.
CREATE INDEX event_pictured ON event (CASE WHEN json_valid(body) THEN json_extract(body, '$.identity_id') END)
    WHERE spot IS NOT NULL;
