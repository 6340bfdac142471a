/**
 * The schema, as numbered steps forward; a file's `user_version` is the number of steps it has taken. A step that has been released is
 * never changed. The comments inside the statements are kept by SQLite: `.schema inspections` in the sqlite3 shell shows them.
 */
export const MIGRATIONS: readonly string[] = [
  `
CREATE TABLE inspections (
  id           TEXT PRIMARY KEY NOT NULL, -- UUIDv7, the event id of what was published about it
  station      TEXT NOT NULL,
  sequence     INTEGER NOT NULL,          -- per station, from 1, without gaps
  outcome      TEXT NOT NULL,             -- judged, failed (on_failure spoke), missed (passed unseen), unrecorded (PLC had the answer)
  at           REAL NOT NULL,             -- ms since 1970, UTC; the view quality has it as text
  trigger      TEXT NOT NULL,             -- tag, frame, timer, command
  part         TEXT,
  counter      INTEGER,                   -- part counter of the PLC
  recipe       TEXT NOT NULL,
  verdict      TEXT NOT NULL,             -- ok, nok, review
  reasons      TEXT NOT NULL,             -- JSON [{text, rule?, code?}]
  answer       TEXT NOT NULL,             -- to the PLC: none, written, failed
  answer_fault TEXT,
  answer_ms    REAL,
  transport_ms REAL,                      -- trigger at its source to its arrival here (two clocks)
  align_ms     REAL,
  prepare_ms   REAL,
  infer_ms     REAL,
  rules_ms     REAL,
  verdict_ms   REAL,                      -- arrival to the answer on its way
  write_ms     REAL,                      -- round trip of the answer
  tags         TEXT NOT NULL,             -- JSON {"server.tag": {value, status, source, unit?}}
  frames       TEXT NOT NULL,             -- JSON [{camera, sequence, captured, width, height, format, offsetMs}]
  config_hash  TEXT NOT NULL
) STRICT;
CREATE INDEX inspections_at ON inspections (at);
CREATE INDEX inspections_part ON inspections (part) WHERE part IS NOT NULL;

CREATE TABLE findings (
  inspection    TEXT NOT NULL REFERENCES inspections (id) ON DELETE CASCADE,
  model         TEXT NOT NULL,            -- the name that rules use
  package       TEXT NOT NULL,
  version       TEXT NOT NULL,
  variant       TEXT NOT NULL,
  provider      TEXT NOT NULL,
  sha256        TEXT NOT NULL,            -- of the network that ran
  kind          TEXT NOT NULL,
  label         TEXT,
  score         REAL,                     -- 0..1, higher means more likely faulty
  threshold     REAL,
  review_low    REAL,
  review_high   REAL,
  margin        REAL,                     -- score - threshold
  probabilities TEXT,                     -- JSON {label: probability}
  boxes         TEXT,                     -- JSON [{label, score, region: [x, y, width, height]}]
  contributions TEXT,                     -- JSON {tag: share of the score}
  queue_ms      REAL,
  run_ms        REAL,
  PRIMARY KEY (inspection, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE windows (
  inspection TEXT PRIMARY KEY NOT NULL REFERENCES inspections (id) ON DELETE CASCADE,
  ends_at    REAL NOT NULL,
  every_ms   REAL NOT NULL,
  steps      INTEGER NOT NULL,
  tags       TEXT NOT NULL,               -- JSON, the channels in order
  data       BLOB NOT NULL                -- compressed; \`lineside export --format jsonl\` writes the numbers
) STRICT;

CREATE TABLE decisions (
  id         TEXT PRIMARY KEY NOT NULL,
  station    TEXT NOT NULL,
  at         REAL NOT NULL,
  inspection TEXT,
  action     TEXT NOT NULL,
  reason     TEXT NOT NULL,
  rule       TEXT NOT NULL,
  latched    INTEGER NOT NULL             -- 1: stayed until acknowledged
) STRICT;
CREATE INDEX decisions_inspection ON decisions (inspection);

CREATE TABLE decision_writes (
  decision TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag      TEXT NOT NULL,
  value    TEXT NOT NULL,                 -- JSON
  state    TEXT NOT NULL,                 -- written, failed
  fault    TEXT,
  PRIMARY KEY (decision, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE late_findings (              -- results that came after the deadline had spoken; never sent as the verdict
  inspection TEXT NOT NULL,
  at         REAL NOT NULL,
  model      TEXT NOT NULL,
  late_ms    REAL,
  score      REAL,
  fault      TEXT,
  finding    TEXT                         -- JSON
) STRICT;
CREATE INDEX late_findings_inspection ON late_findings (inspection);

CREATE TABLE images (
  path       TEXT PRIMARY KEY NOT NULL,   -- under the store's folder; the file is on the disk before this row is
  inspection TEXT NOT NULL,
  camera     TEXT NOT NULL,
  role       TEXT NOT NULL,               -- frame, heatmap
  at         REAL NOT NULL,               -- when it was captured
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  sha256     TEXT NOT NULL                -- of the file
) STRICT;
CREATE INDEX images_inspection ON images (inspection);

CREATE TABLE outbox (                     -- what its publisher has not handed over yet; a row goes when the receiver has it
  id        INTEGER PRIMARY KEY NOT NULL, -- ascending in the order of commit
  publisher TEXT NOT NULL,
  event_id  TEXT NOT NULL,
  station   TEXT NOT NULL,
  topic     TEXT NOT NULL,
  payload   TEXT NOT NULL,
  stored_at REAL NOT NULL
) STRICT;
CREATE INDEX outbox_publisher ON outbox (publisher);

CREATE TABLE alarms (
  code    TEXT NOT NULL,
  subject TEXT NOT NULL,
  key     TEXT NOT NULL,
  since   REAL NOT NULL,
  cleared REAL,                           -- null while it lasts
  text    TEXT NOT NULL,
  next    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alarms_active ON alarms (key) WHERE cleared IS NULL;

CREATE TABLE loads (                      -- which agent, config, models and recipes ran since when
  at     REAL NOT NULL,
  kind   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE station_state (              -- where a station goes on after a restart
  station       TEXT PRIMARY KEY NOT NULL,
  last_sequence INTEGER NOT NULL,
  last_part     TEXT,
  last_counter  INTEGER,
  memory        TEXT                      -- JSON of the station's own
) STRICT;

CREATE TABLE counters (
  name  TEXT PRIMARY KEY NOT NULL,        -- image_bytes, unsent/<publisher>
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('image_bytes', 0);
CREATE TRIGGER images_added AFTER INSERT ON images BEGIN
  UPDATE counters SET value = value + new.bytes WHERE name = 'image_bytes';
END;
CREATE TRIGGER images_removed AFTER DELETE ON images BEGIN
  UPDATE counters SET value = value - old.bytes WHERE name = 'image_bytes';
END;

CREATE TABLE quarantine (                 -- records that did not fit the tables, kept as they came
  at    REAL NOT NULL,
  why   TEXT NOT NULL,
  entry TEXT NOT NULL                     -- JSON [[table, cell, ...], ...]
) STRICT;

CREATE VIEW quality AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc, i.station, i.sequence, i.part, i.recipe, i.verdict, i.outcome,
    (SELECT group_concat(r.value ->> 'text', '; ') FROM json_each(i.reasons) r) AS reasons,
    (SELECT group_concat(printf('%s %.3f (%.3f)', f.model, f.score, f.threshold), '; ') FROM findings f WHERE f.inspection = i.id) AS scores,
    i.answer, round(i.verdict_ms, 1) AS verdict_ms, i.id
  FROM inspections i;
CREATE VIEW scores AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc, i.station, i.part, i.verdict,
    f.model, f.label, f.score, f.threshold, f.margin, f.package, f.version, f.variant, f.provider, f.run_ms, i.id AS inspection
  FROM findings f JOIN inspections i ON i.id = f.inspection;
CREATE VIEW actions AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', d.at / 1000, 'unixepoch') AS utc, d.station, i.part, d.action, d.reason, d.latched,
    w.tag, w.value, w.state, w.fault, d.id AS decision, d.inspection
  FROM decisions d LEFT JOIN decision_writes w ON w.decision = d.id LEFT JOIN inspections i ON i.id = d.inspection;
CREATE VIEW pictures AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', p.at / 1000, 'unixepoch') AS utc, i.station, i.part, i.verdict, p.camera, p.role, p.path, p.bytes,
    p.inspection
  FROM images p LEFT JOIN inspections i ON i.id = p.inspection;
CREATE VIEW alarm_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000, 'unixepoch') AS since,
    strftime('%Y-%m-%dT%H:%M:%fZ', cleared / 1000, 'unixepoch') AS cleared, code, subject, text, next
  FROM alarms;
`,
  `
ALTER TABLE findings ADD COLUMN reading TEXT; -- JSON {text, confidence, characters: [certainty of each]}
DROP VIEW scores;
CREATE VIEW scores AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc, i.station, i.part, i.verdict,
    f.model, f.label, f.score, f.threshold, f.margin, f.reading ->> 'text' AS text, f.package, f.version, f.variant, f.provider, f.run_ms,
    i.id AS inspection
  FROM findings f JOIN inspections i ON i.id = f.inspection;
`,
  `
ALTER TABLE findings ADD COLUMN note TEXT;   -- JSON {text, words: [{plain, from, to}], truncated}, of models that read a text
ALTER TABLE findings ADD COLUMN entities TEXT;  -- JSON [{label, score, text, span: [from, to]}]
`,
  `
ALTER TABLE findings ADD COLUMN row_contributions TEXT; -- JSON [share of the score], the window's newest rows, oldest first
`,
  `
CREATE TABLE shadows (                    -- what a candidate said of a part beside the model that judged it
  id                  TEXT PRIMARY KEY NOT NULL, -- UUIDv7, the event id where it was published
  at                  REAL NOT NULL,
  station             TEXT NOT NULL,
  inspection          TEXT NOT NULL,
  part                TEXT,
  recipe              TEXT NOT NULL,
  model               TEXT NOT NULL,      -- the name that rules use
  difference          TEXT NOT NULL,      -- none, label, finding (other side of threshold or review band), verdict: the gravest
  verdict             TEXT NOT NULL,      -- that was given
  candidate_verdict   TEXT NOT NULL,      -- that the rules would have given
  reasons             TEXT NOT NULL,      -- JSON [{text, rule?, code?}], of the verdict that was not given
  package             TEXT NOT NULL,
  version             TEXT NOT NULL,
  variant             TEXT NOT NULL,
  sha256              TEXT NOT NULL,
  label               TEXT,
  score               REAL,
  threshold           REAL,
  run_ms              REAL,
  candidate_package   TEXT NOT NULL,
  candidate_version   TEXT NOT NULL,
  candidate_variant   TEXT NOT NULL,
  candidate_sha256    TEXT NOT NULL,
  candidate_label     TEXT,
  candidate_score     REAL,
  candidate_threshold REAL,
  candidate_run_ms    REAL
) STRICT;
CREATE INDEX shadows_inspection ON shadows (inspection);
CREATE VIEW shadow_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, station, part, model, difference, verdict, candidate_verdict,
    package, label, round(score, 3) AS score, candidate_package, candidate_label, round(candidate_score, 3) AS candidate_score, inspection
  FROM shadows WHERE difference <> 'none';
CREATE VIEW shadow_summary AS
  SELECT station, model, package || ' ' || version AS current, candidate_package || ' ' || candidate_version AS candidate,
    count(*) AS parts, sum(difference = 'none') AS same, sum(difference = 'verdict') AS verdicts, sum(difference = 'finding') AS findings,
    sum(difference = 'label') AS labels, round(avg(candidate_run_ms), 2) AS candidate_ms, round(avg(run_ms), 2) AS current_ms
  FROM shadows GROUP BY station, model, package, version, candidate_package, candidate_version;
`,
  `
ALTER TABLE inspections ADD COLUMN missed_from INTEGER; -- counters of parts that one missed record stands for, both included
ALTER TABLE inspections ADD COLUMN missed_to INTEGER;
`,
  `
CREATE TABLE dead_letters (               -- events that their receiver does not take; \`lineside outbox\` lists, retries and drops them
  id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, -- in the order in which they were refused
  publisher  TEXT NOT NULL,
  event_id   TEXT NOT NULL,
  station    TEXT NOT NULL,
  topic      TEXT NOT NULL,
  payload    TEXT NOT NULL,
  stored_at  REAL NOT NULL,
  refused_at REAL NOT NULL,
  why        TEXT NOT NULL,
  retry      INTEGER NOT NULL DEFAULT 0   -- 1: the agent shall put it back into the outbox
) STRICT;
CREATE INDEX dead_letters_retry ON dead_letters (id) WHERE retry = 1;
CREATE TABLE refusals (                   -- dead letters counted, kept by the triggers below
  publisher TEXT NOT NULL,
  topic     TEXT NOT NULL,
  why       TEXT NOT NULL,
  letters   INTEGER NOT NULL,
  PRIMARY KEY (publisher, topic, why)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dead_letters_added AFTER INSERT ON dead_letters BEGIN
  INSERT INTO refusals VALUES (new.publisher, new.topic, new.why, 1)
    ON CONFLICT (publisher, topic, why) DO UPDATE SET letters = letters + 1;
  UPDATE counters SET value = value + octet_length(new.topic) + octet_length(new.payload) WHERE name = 'outbox_bytes';
END;
CREATE TRIGGER dead_letters_removed AFTER DELETE ON dead_letters BEGIN
  UPDATE refusals SET letters = letters - 1 WHERE publisher = old.publisher AND topic = old.topic AND why = old.why;
  DELETE FROM refusals WHERE publisher = old.publisher AND topic = old.topic AND why = old.why AND letters <= 0;
  UPDATE counters SET value = value - octet_length(old.topic) - octet_length(old.payload) WHERE name = 'outbox_bytes';
END;
INSERT INTO counters SELECT 'outbox_bytes', ifnull(sum(octet_length(topic) + octet_length(payload)), 0) FROM outbox;
`,
  `
-- The agent's own time, which never goes back: what retention goes by. Null in records of an older version.
ALTER TABLE inspections ADD COLUMN recorded REAL;
ALTER TABLE decisions ADD COLUMN recorded REAL;
ALTER TABLE late_findings ADD COLUMN recorded REAL;
ALTER TABLE shadows ADD COLUMN recorded REAL;
ALTER TABLE loads ADD COLUMN recorded REAL;
ALTER TABLE alarms ADD COLUMN recorded REAL;  -- of the last change
CREATE TABLE clock_spans (                -- stretches of the agent's own time in which no time passed: the box's clock was corrected
  since REAL PRIMARY KEY NOT NULL,
  until REAL NOT NULL
) STRICT;
CREATE TABLE owed_images (                -- pictures of records that are stored: written, but not known to have survived a power cut
  path       TEXT PRIMARY KEY NOT NULL,
  inspection TEXT NOT NULL,
  camera     TEXT NOT NULL,
  role       TEXT NOT NULL,
  at         REAL NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  sha256     TEXT NOT NULL
) STRICT;
CREATE TABLE audit (                      -- who told the agent to do what
  recorded REAL NOT NULL,                 -- the agent's own time
  at       REAL NOT NULL,                 -- the box's clock, ms since 1970, UTC
  who      TEXT NOT NULL,                 -- a user's name, or agent
  source   TEXT NOT NULL,                 -- where it came from: mqtt, cli, web, config, store, ...
  verb     TEXT NOT NULL,
  detail   TEXT NOT NULL                  -- JSON
) STRICT;
CREATE VIEW audit_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, who, source, verb, detail FROM audit;
`,
  `
DROP VIEW audit_log;
CREATE VIEW audit_log AS                  -- accepted: 1 done, 0 refused (why), null where nobody asked
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, nullif(who, '') AS who, source, verb,
    json_remove(detail, '$.outcome') AS detail, detail ->> 'outcome' = 'done' AS accepted,
    nullif(detail ->> 'outcome', 'done') AS why
  FROM audit;
`,
  `
CREATE TABLE facets (                     -- what inspections can be asked by; see facets.ts
  id    INTEGER PRIMARY KEY NOT NULL,
  kind  TEXT NOT NULL,                    -- station, verdict, recipe, reason, finding
  value TEXT NOT NULL,
  UNIQUE (kind, value)
) STRICT;
CREATE TABLE facet_rows (                 -- made afterwards, in quiet moments; counters facets_from and facets_to say of which rows
  facet      INTEGER NOT NULL,
  at         REAL NOT NULL,
  inspection INTEGER NOT NULL,            -- rowid
  PRIMARY KEY (facet, at, inspection)
) STRICT, WITHOUT ROWID;
CREATE VIEW facets_of AS                  -- of a reason its code, its words without figures, or its rule, see keyOf in search.ts; a damaged text has none
  SELECT rowid AS inspection, at, 'station' AS kind, station AS value FROM inspections
  UNION ALL SELECT rowid, at, 'verdict', verdict FROM inspections
  UNION ALL SELECT rowid, at, 'recipe', recipe FROM inspections
  UNION ALL SELECT rowid, at, 'reason', reason FROM (
    SELECT i.rowid, i.at, coalesce(r.value ->> 'code',
        CASE WHEN r.value ->> 'text' LIKE '% (%)' THEN substr(r.value ->> 'text', 1, instr(r.value ->> 'text', ' (') - 1) END,
        r.value ->> 'rule', r.value ->> 'text') AS reason
      FROM inspections i, json_each(CASE WHEN json_valid(i.reasons) THEN i.reasons ELSE '[]' END) r WHERE r.type = 'object'
  ) WHERE reason IS NOT NULL
  UNION ALL SELECT i.rowid, i.at, 'finding', json_array(f.model, f.package, CAST(max(0, min(31, ifnull(f.score, 0) * 32)) AS INTEGER))
    FROM inspections i JOIN findings f ON f.inspection = i.id;
CREATE TRIGGER inspections_removed BEFORE DELETE ON inspections BEGIN
  DELETE FROM facet_rows WHERE (facet, at, inspection) IN
    (SELECT f.id, o.at, o.inspection FROM facets_of o JOIN facets f ON f.kind = o.kind AND f.value = o.value WHERE o.inspection = old.rowid);
END;
`,
  `
CREATE TABLE labels (                     -- what people say of a part; all of them are kept, also where two do not agree
  id         TEXT PRIMARY KEY NOT NULL,   -- made by whoever labels, so that a repeat is the same label
  inspection TEXT NOT NULL,
  at         REAL NOT NULL,
  who        TEXT NOT NULL,
  label      TEXT NOT NULL,               -- good, bad, unsure
  kind       TEXT,                        -- of what is bad, by name
  undone     REAL,                        -- when it was taken back
  recorded   REAL NOT NULL
) STRICT;
CREATE INDEX labels_inspection ON labels (inspection);
CREATE TRIGGER labels_removed AFTER DELETE ON inspections BEGIN
  DELETE FROM labels WHERE inspection = old.id;
END;
`,
  `
CREATE TABLE tallies (                    -- parts counted; made afterwards, in quiet moments: counters tallies_from and tallies_to say of which rows
  hour    INTEGER NOT NULL,               -- since 1970, UTC
  station TEXT NOT NULL,
  recipe  TEXT NOT NULL,
  verdict TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason  TEXT NOT NULL,                  -- the first
  parts   INTEGER NOT NULL,
  PRIMARY KEY (hour, station, recipe, verdict, outcome, reason)
) STRICT, WITHOUT ROWID;
CREATE VIEW tallies_of AS                 -- of a reason what facets_of has of it; one record of missed parts stands for all of them
  SELECT rowid AS inspection, CAST(at / 3600000 AS INTEGER) AS hour, station, recipe, verdict, outcome,
    CASE WHEN json_valid(reasons) THEN coalesce(reasons ->> '$[0].code',
      CASE WHEN reasons ->> '$[0].text' LIKE '% (%)' THEN substr(reasons ->> '$[0].text', 1, instr(reasons ->> '$[0].text', ' (') - 1) END,
      reasons ->> '$[0].rule', reasons ->> '$[0].text', '') ELSE '' END AS reason,
    CASE WHEN missed_to IS NULL THEN 1 ELSE missed_to - missed_from + 1 END AS parts
  FROM inspections;
CREATE TABLE review_rows (                -- parts that a person should look at; made with tallies
  at         REAL NOT NULL,
  inspection INTEGER NOT NULL,            -- rowid
  why        INTEGER NOT NULL,            -- added up: 1 the verdict is review, 2 a score near its threshold, 4 of the random share
  PRIMARY KEY (at, inspection)
) STRICT, WITHOUT ROWID;
CREATE VIEW review_of AS                  -- the random share: isOfRandomShare in contracts/figures.ts
  SELECT inspection, at, abstained + 2 * near + 4 * random AS why FROM (
    SELECT i.rowid AS inspection, i.at, i.verdict = 'review' AS abstained, substr(i.id, -4) < '028f' AS random,
      EXISTS (SELECT 1 FROM findings f WHERE f.inspection = i.id AND abs(f.margin) <= 0.05) AS near
    FROM inspections i WHERE i.outcome = 'judged'
  ) WHERE abstained OR near OR random;
CREATE TRIGGER tallies_removed BEFORE DELETE ON inspections
WHEN old.rowid >= (SELECT value FROM counters WHERE name = 'tallies_from') AND old.rowid <= (SELECT value FROM counters WHERE name = 'tallies_to')
BEGIN
  DELETE FROM review_rows WHERE at = old.at AND inspection = old.rowid;
  -- What was beyond the bound of its hour was counted under another name, see tallies.ts.
  UPDATE tallies SET parts = parts - (SELECT parts FROM tallies_of WHERE inspection = old.rowid)
    WHERE (hour, station, recipe, verdict, outcome, reason) IN (
      SELECT o.hour, o.station, iif(t.hour IS NULL, '…', o.recipe), o.verdict, o.outcome, iif(t.hour IS NULL, '…', o.reason) FROM tallies_of o
      LEFT JOIN tallies t ON t.hour = o.hour AND t.station = o.station AND t.recipe = o.recipe AND t.verdict = o.verdict
        AND t.outcome = o.outcome AND t.reason = o.reason
      WHERE o.inspection = old.rowid);
  DELETE FROM tallies WHERE hour = CAST(old.at / 3600000 AS INTEGER) AND parts <= 0;
END;
`,
  `
ALTER TABLE images ADD COLUMN original INTEGER; -- 1: the camera's own bytes, 0: encoded here, null: not known
ALTER TABLE owed_images ADD COLUMN original INTEGER;
ALTER TABLE labels ADD COLUMN boxes TEXT;       -- JSON [{camera, region: [x, y, width, height], kind?}] in pixels of that camera's picture
`,
  `
ALTER TABLE findings ADD COLUMN unlike INTEGER; -- 1: it scores above everything that the package was taught with
DROP VIEW review_of;
CREATE VIEW review_of AS                  -- the random share: isOfRandomShare in contracts/figures.ts; 8 in why: unlike anything taught
  SELECT inspection, at, abstained + 2 * near + 4 * random + 8 * unlike AS why FROM (
    SELECT i.rowid AS inspection, i.at, i.verdict = 'review' AS abstained, substr(i.id, -4) < '028f' AS random,
      EXISTS (SELECT 1 FROM findings f WHERE f.inspection = i.id AND abs(f.margin) <= 0.05) AS near,
      EXISTS (SELECT 1 FROM findings f WHERE f.inspection = i.id AND f.unlike = 1) AS unlike
    FROM inspections i WHERE i.outcome = 'judged'
  ) WHERE abstained OR near OR random OR unlike;
`,
  `
ALTER TABLE findings ADD COLUMN found TEXT; -- JSON {region, moved: [across, down], likeness} in pixels of the frame, where the model looks for the part
`,
  `
DROP VIEW quality;
CREATE VIEW quality AS                    -- a text that the disk has damaged keeps nobody from the other rows: it is shown, and called unreadable
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc, i.station, i.sequence, i.part, i.recipe, i.verdict, i.outcome,
    CASE WHEN json_valid(i.reasons) AND json_type(i.reasons) = 'array'
      THEN (SELECT group_concat(r.value ->> 'text', '; ') FROM json_each(i.reasons) r WHERE r.type = 'object')
      ELSE 'unreadable: ' || i.reasons END AS reasons,
    (SELECT group_concat(printf('%s %.3f (%.3f)', f.model, f.score, f.threshold), '; ') FROM findings f WHERE f.inspection = i.id) AS scores,
    i.answer, round(i.verdict_ms, 1) AS verdict_ms, i.id
  FROM inspections i;
DROP VIEW scores;
CREATE VIEW scores AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', i.at / 1000, 'unixepoch') AS utc, i.station, i.part, i.verdict,
    f.model, f.label, f.score, f.threshold, f.margin,
    CASE WHEN f.reading IS NULL OR json_valid(f.reading) THEN f.reading ->> 'text' ELSE 'unreadable: ' || f.reading END AS text,
    f.package, f.version, f.variant, f.provider, f.run_ms, i.id AS inspection
  FROM findings f JOIN inspections i ON i.id = f.inspection;
DROP VIEW audit_log;
CREATE VIEW audit_log AS                  -- accepted: 1 done, 0 refused (why), null where nobody asked
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, nullif(who, '') AS who, source, verb,
    CASE WHEN json_valid(detail) THEN json_remove(detail, '$.outcome') ELSE json_object('unreadable', detail) END AS detail,
    CASE WHEN json_valid(detail) THEN detail ->> 'outcome' = 'done' END AS accepted,
    CASE WHEN json_valid(detail) THEN nullif(detail ->> 'outcome', 'done') END AS why
  FROM audit;
`,
  `
ALTER TABLE inspections ADD COLUMN challenge TEXT;  -- JSON {name, expect, reason, passed} of a challenge part; null of production, which alone counts
ALTER TABLE decisions ADD COLUMN quarantine TEXT;   -- JSON {containment, after, until, parts}, of a quarantine
CREATE TABLE containments (               -- parts that must be looked at: those of a station after one record and up to another
  id          TEXT PRIMARY KEY NOT NULL,  -- UUIDv7
  station     TEXT NOT NULL,
  at          REAL NOT NULL,              -- when it was opened
  cause       TEXT NOT NULL,              -- challenge, alarm, sample, package, person
  subject     TEXT NOT NULL,
  why         TEXT NOT NULL,
  after_part  TEXT,                       -- JSON {inspection, sequence, at, part}: the last that is proven good, not in it; null: nothing was
  until_part  TEXT,                       -- the same of its last one; null: it still grows
  parts       INTEGER,                    -- as many as there were when this was written
  disposition TEXT,                       -- released, scrapped; null while nobody has said
  disposed    REAL,
  who         TEXT,
  note        TEXT,
  recorded    REAL NOT NULL
) STRICT;
CREATE TRIGGER containments_bounded AFTER INSERT ON containments BEGIN
  DELETE FROM containments WHERE rowid <= new.rowid - 2000;
END;
DROP VIEW tallies_of;
CREATE VIEW tallies_of AS                 -- of a reason what facets_of has of it; one record of missed parts stands for all of them; challenges are no production
  SELECT rowid AS inspection, CAST(at / 3600000 AS INTEGER) AS hour, station, recipe, verdict, outcome,
    CASE WHEN json_valid(reasons) THEN coalesce(reasons ->> '$[0].code',
      CASE WHEN reasons ->> '$[0].text' LIKE '% (%)' THEN substr(reasons ->> '$[0].text', 1, instr(reasons ->> '$[0].text', ' (') - 1) END,
      reasons ->> '$[0].rule', reasons ->> '$[0].text', '') ELSE '' END AS reason,
    CASE WHEN missed_to IS NULL THEN 1 ELSE missed_to - missed_from + 1 END AS parts
  FROM inspections WHERE challenge IS NULL;
DROP VIEW review_of;
CREATE VIEW review_of AS                  -- the random share: isOfRandomShare in contracts/figures.ts; 8 in why: unlike anything taught
  SELECT inspection, at, abstained + 2 * near + 4 * random + 8 * unlike AS why FROM (
    SELECT i.rowid AS inspection, i.at, i.verdict = 'review' AS abstained, substr(i.id, -4) < '028f' AS random,
      EXISTS (SELECT 1 FROM findings f WHERE f.inspection = i.id AND abs(f.margin) <= 0.05) AS near,
      EXISTS (SELECT 1 FROM findings f WHERE f.inspection = i.id AND f.unlike = 1) AS unlike
    FROM inspections i WHERE i.outcome = 'judged' AND i.challenge IS NULL
  ) WHERE abstained OR near OR random OR unlike;
CREATE VIEW challenge_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, station, part, challenge ->> 'name' AS challenge,
    challenge ->> 'expect' AS expected, verdict, challenge ->> 'passed' AS passed, id AS inspection
  FROM inspections WHERE json_valid(challenge);
`,
  `
CREATE VIEW moments_of AS                 -- when the part of each record was there: the one place that says so
  SELECT rowid AS inspection, id, station, recipe, verdict, outcome, part, challenge,
    -- By its own time, unless the clock that said that is another one than this box's (a PLC whose clock was never set puts no part into another
    -- shift): then when it was recorded. One to fourteen days ahead is taken for no clock but for the agent's own time, which stood still while the box
    -- was off, for a weekend above all.
    CASE WHEN recorded IS NULL OR abs(at - recorded) <= 600000 OR at - recorded BETWEEN 86400000 AND 1209600000 THEN at ELSE recorded END AS moment
  FROM inspections;
CREATE VIEW counted_parts AS              -- the records that figures by shift count: the one place that says so
  SELECT inspection, id, station, recipe, verdict, outcome, part, moment FROM moments_of WHERE challenge IS NULL;
CREATE VIEW part_tallies_of AS            -- what each of them adds; pass: first, again (its id has passed the station before), unnamed
  SELECT c.inspection, CAST(c.moment / 300000 AS INTEGER) AS slot, c.station, c.recipe, c.verdict, c.outcome, t.reason,
    coalesce((SELECT d.action FROM decisions d WHERE d.inspection = c.id AND d.action IN ('rework', 'reject') ORDER BY d.action DESC LIMIT 1), '') AS action,
    CASE WHEN c.part IS NULL THEN 'unnamed'
      WHEN EXISTS (SELECT 1 FROM inspections e WHERE e.part = c.part AND e.rowid < c.inspection AND e.station = c.station
        AND e.outcome IN ('judged', 'failed') AND e.challenge IS NULL) THEN 'again'
      ELSE 'first' END AS pass,
    t.parts
  FROM counted_parts c JOIN tallies_of t ON t.inspection = c.inspection;
CREATE TABLE part_tallies (               -- parts counted by five minutes; made afterwards: counters part_tallies_from and part_tallies_to say of which rows
  slot    INTEGER NOT NULL,               -- five minutes since 1970, UTC
  station TEXT NOT NULL,
  recipe  TEXT NOT NULL,
  verdict TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason  TEXT NOT NULL,                  -- the first
  action  TEXT NOT NULL,                  -- rework, reject or ''
  pass    TEXT NOT NULL,
  parts   INTEGER NOT NULL,
  PRIMARY KEY (slot, station, recipe, verdict, outcome, reason, action, pass)
) STRICT, WITHOUT ROWID;
CREATE VIEW part_counts AS                -- all of it: what was counted, and the rows that are not counted yet by themselves
  SELECT slot, station, recipe, verdict, outcome, reason, action, pass, parts FROM part_tallies
  UNION ALL
  SELECT slot, station, recipe, verdict, outcome, reason, action, pass, parts FROM part_tallies_of
    WHERE inspection > coalesce((SELECT value FROM counters WHERE name = 'part_tallies_to'), -1)
  UNION ALL
  SELECT slot, station, recipe, verdict, outcome, reason, action, pass, parts FROM part_tallies_of
    WHERE inspection < coalesce((SELECT value FROM counters WHERE name = 'part_tallies_from'), -1);
-- Figures outlive their records by a day: what is deleted is the oldest, by the agent's own time.
CREATE TRIGGER part_tallies_removed BEFORE DELETE ON inspections WHEN old.recorded IS NOT NULL BEGIN
  DELETE FROM part_tallies WHERE slot < CAST(old.recorded / 300000 AS INTEGER) - 288;
END;
CREATE TABLE watched_slots (              -- ms of each five minutes in which the agent was on, and the machine of a station was known to run or to stand
  slot    INTEGER NOT NULL,
  station TEXT NOT NULL,
  watched REAL NOT NULL,
  running REAL NOT NULL,
  stopped REAL NOT NULL,
  PRIMARY KEY (slot, station)
) STRICT, WITHOUT ROWID;
CREATE TABLE shifts (                     -- that have ended: their figures as they were published, once
  shift    TEXT NOT NULL,                 -- 2026-12-01/early: the day on which it began, and its name
  station  TEXT NOT NULL,
  began    REAL NOT NULL,
  ended    REAL NOT NULL,
  id       TEXT NOT NULL,                 -- event id
  figures  TEXT NOT NULL,                 -- JSON, as in lineside.kpi.v1
  recorded REAL NOT NULL,
  PRIMARY KEY (shift, station)
) STRICT, WITHOUT ROWID;
CREATE INDEX shifts_ended ON shifts (ended);
CREATE VIEW shift_log AS
  SELECT shift, station, figures ->> '$.quantities.produced' AS produced, figures ->> '$.quantities.good' AS good,
    figures ->> '$.quantities.scrap' AS scrap, figures ->> '$.quantities.rework' AS rework,
    round(figures ->> '$.quality_ratio.value', 4) AS quality_ratio, round(figures ->> '$.first_pass_yield.value', 4) AS first_pass_yield,
    round(figures ->> '$.availability.value', 4) AS availability, round(figures ->> '$.oee.value', 4) AS oee, figures -> '$.doubts' AS doubts
  FROM (SELECT shift, station, iif(json_valid(figures), figures, 'null') AS figures FROM shifts); -- damaged figures keep nobody from the other shifts
`,
  `
CREATE TABLE challenge_rows (             -- challenge parts that were shown: found without walking through the production between them
  inspection TEXT PRIMARY KEY NOT NULL,
  station    TEXT NOT NULL,
  passed     INTEGER NOT NULL
) STRICT;
CREATE TRIGGER challenges_added AFTER INSERT ON inspections WHEN new.challenge IS NOT NULL BEGIN
  INSERT OR IGNORE INTO challenge_rows VALUES (new.id, new.station, iif(json_valid(new.challenge), ifnull(new.challenge ->> 'passed', 0), 0));
END;
CREATE TRIGGER challenges_removed AFTER DELETE ON inspections WHEN old.challenge IS NOT NULL BEGIN
  DELETE FROM challenge_rows WHERE inspection = old.id;
END;
`,
  `
CREATE TABLE notes (                      -- what people write, and machines say; names of people are taken out before
  number   INTEGER PRIMARY KEY NOT NULL,
  id       TEXT NOT NULL UNIQUE,          -- made by whoever writes, so that a repeat is the same note
  at       REAL NOT NULL,                 -- ms since 1970, UTC
  who      TEXT,                          -- a code, the same for the same person of this site
  source   TEXT NOT NULL,                 -- page, cli, mqtt, tag
  station  TEXT,
  part     TEXT,
  alarm    TEXT,                          -- code of an alarm
  text     TEXT NOT NULL,
  recorded REAL NOT NULL
) STRICT;
CREATE INDEX notes_part ON notes (part) WHERE part IS NOT NULL;
CREATE VIRTUAL TABLE notes_words USING fts5(text, content = 'notes', content_rowid = 'number', tokenize = 'porter unicode61');
CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN
  INSERT INTO notes_words (rowid, text) VALUES (new.number, new.text);
  DELETE FROM notes WHERE number <= new.number - 100000; -- nothing grows: the oldest go
END;
CREATE TRIGGER notes_removed AFTER DELETE ON notes BEGIN
  INSERT INTO notes_words (notes_words, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE VIEW note_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, station, part, alarm, source, who, text, id FROM notes;
`,
  `
CREATE INDEX decisions_latched ON decisions (at) WHERE latched = 1;
`,
  `
ALTER TABLE decisions ADD COLUMN route TEXT;    -- JSON {to, instead_of, why}, of one that says where a part goes
CREATE TABLE routed_parts (               -- ways of parts: from a verdict to a destination, and until they leave there; times by the agent's own time
  number      INTEGER PRIMARY KEY NOT NULL,
  id          TEXT NOT NULL UNIQUE,
  part        TEXT,                       -- NULL: it has no id
  station     TEXT,                       -- that sent it; NULL: nobody did
  inspection  TEXT,
  destination TEXT,                       -- NULL: the conveyor could not be told
  instead_of  TEXT,                       -- by the table, which was full
  why         TEXT NOT NULL,
  sent        REAL NOT NULL,
  place       TEXT,                       -- where it came; NULL: on its way
  arrived     REAL,
  fault       TEXT,                       -- vanished, strayed, twice
  ended       REAL,
  ending      TEXT,                       -- left, sent_anew, passed, forgotten, dropped, unknown
  recorded    REAL NOT NULL
) STRICT;
CREATE INDEX routed_parts_part ON routed_parts (part) WHERE part IS NOT NULL;
CREATE INDEX routed_parts_open ON routed_parts (number) WHERE ended IS NULL;
CREATE TRIGGER routed_parts_bounded AFTER INSERT ON routed_parts BEGIN
  DELETE FROM routed_parts WHERE number <= new.number - 1000000; -- nothing grows: the oldest go
END;
CREATE VIEW route_log AS
  SELECT part, station, strftime('%Y-%m-%dT%H:%M:%fZ', sent / 1000, 'unixepoch') AS sent, destination, instead_of, place,
    strftime('%Y-%m-%dT%H:%M:%fZ', arrived / 1000, 'unixepoch') AS arrived, fault,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000, 'unixepoch') AS ended, ending, why, inspection FROM routed_parts;
`,
  `
-- A part of a gauge study is no production either: its record has {study, id, showing} where that of a challenge part has what it must get.
DROP VIEW challenge_log;
CREATE VIEW challenge_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, station, part, challenge ->> 'name' AS challenge,
    challenge ->> 'expect' AS expected, verdict, challenge ->> 'passed' AS passed, id AS inspection
  FROM inspections WHERE json_valid(challenge) AND challenge ->> 'name' IS NOT NULL;
CREATE TABLE studies (                    -- of stations as gauges: AIAG MSA, VDA 5
  number  INTEGER PRIMARY KEY NOT NULL,
  id      TEXT NOT NULL UNIQUE,           -- UUIDv7
  station TEXT NOT NULL,
  name    TEXT NOT NULL,
  state   TEXT NOT NULL,                  -- open, done, ended (before all was shown; why)
  who     TEXT NOT NULL,
  at      REAL NOT NULL,
  ended   REAL,
  why     TEXT NOT NULL,
  shown   INTEGER NOT NULL,               -- parts that count, of how many
  wanted  INTEGER NOT NULL,
  spec    TEXT NOT NULL,                  -- JSON: kind, parts, appraisers, repeats, truth or what is measured
  gauge   TEXT NOT NULL,                  -- JSON: packages by slot, recipe, hash of what judges in the config
  config_hash TEXT NOT NULL,
  recorded REAL NOT NULL
) STRICT;
CREATE TABLE study_showings (             -- parts that were shown as asked, and what the agent said
  study      TEXT NOT NULL,
  showing    INTEGER NOT NULL,            -- from 1
  part       TEXT NOT NULL,
  appraiser  TEXT NOT NULL,
  trial      INTEGER NOT NULL,            -- from 1
  said       TEXT,                        -- good, bad, none; null of what is measured
  value      REAL,
  inspection TEXT NOT NULL,
  at         REAL NOT NULL,
  conditions TEXT NOT NULL,               -- JSON: tags that say under which conditions
  PRIMARY KEY (study, showing)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER studies_bounded AFTER INSERT ON studies BEGIN
  DELETE FROM study_showings WHERE study IN (SELECT id FROM studies WHERE number <= new.number - 1000);
  DELETE FROM studies WHERE number <= new.number - 1000; -- nothing grows: the oldest go
END;
CREATE VIEW study_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', s.at / 1000, 'unixepoch') AS utc, s.station, s.name AS study, s.state, s.why, s.shown, s.wanted,
    h.showing, h.part, h.appraiser, h.trial, iif(json_valid(s.spec), s.spec -> 'truth' ->> h.part, NULL) AS truth, h.said, h.value, h.inspection, s.id
  FROM studies s LEFT JOIN study_showings h ON h.study = s.id;
`,
  `
CREATE TABLE texts (                      -- what machines say: tags, and alarms and events of OPC UA servers; names of people are taken out before
  number    INTEGER PRIMARY KEY NOT NULL,
  id        TEXT NOT NULL UNIQUE,         -- made of what was said where and when: the same event is the same text
  at        REAL NOT NULL,                -- ms since 1970, UTC
  stamped   REAL,                         -- when the alarm became active, by the machine's own clock
  source    TEXT NOT NULL,                -- tag, alarm, event
  origin    TEXT NOT NULL,                -- the tag, or the server
  name      TEXT,                         -- SourceName, ConditionName
  station   TEXT,
  severity  INTEGER,                      -- 1 to 1000
  condition TEXT,                         -- ConditionId
  acked     INTEGER,                      -- 1: acknowledged at the machine
  state     TEXT,                         -- active, ended, unknown; null: an event, which has none
  ended     REAL,
  text      TEXT NOT NULL,
  recorded  REAL NOT NULL
) STRICT;
CREATE INDEX texts_at ON texts (at);
CREATE INDEX texts_open ON texts (origin) WHERE state = 'active';
-- One index of words over what people wrote and what machines said: those of machines under negative numbers.
DROP TRIGGER notes_added;
DROP TRIGGER notes_removed;
DROP TABLE notes_words;
CREATE VIEW words_of AS SELECT number, text FROM notes UNION ALL SELECT -number, text FROM texts;
CREATE VIRTUAL TABLE notes_words USING fts5(text, content = 'words_of', content_rowid = 'number', tokenize = 'porter unicode61');
INSERT INTO notes_words (notes_words) VALUES ('rebuild');
CREATE TRIGGER notes_added AFTER INSERT ON notes BEGIN
  INSERT INTO notes_words (rowid, text) VALUES (new.number, new.text);
  DELETE FROM notes WHERE number <= new.number - 100000; -- nothing grows: the oldest go
END;
CREATE TRIGGER notes_removed AFTER DELETE ON notes BEGIN
  INSERT INTO notes_words (notes_words, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
  INSERT INTO notes_words (rowid, text) VALUES (-new.number, new.text);
  DELETE FROM texts WHERE number <= new.number - 100000; -- a machine that never stops costs no note of anybody
END;
CREATE TRIGGER texts_removed AFTER DELETE ON texts BEGIN
  INSERT INTO notes_words (notes_words, rowid, text) VALUES ('delete', -old.number, old.text);
END;
CREATE VIEW text_log AS
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000, 'unixepoch') AS utc, station, origin, source, name, severity, state,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000, 'unixepoch') AS ended, acked, text, id FROM texts;
`,
  `
ALTER TABLE inspections ADD COLUMN counted INTEGER; -- 1: part is a number that was counted, and nobody's id
`,
  `
-- A part whose conveyor could not be told that it goes to rework does not go there.
DROP VIEW part_tallies_of;
CREATE VIEW part_tallies_of AS            -- what each of them adds; pass: first, again (its id has passed the station before), unnamed
  SELECT c.inspection, CAST(c.moment / 300000 AS INTEGER) AS slot, c.station, c.recipe, c.verdict, c.outcome, t.reason,
    coalesce((SELECT d.action FROM decisions d WHERE d.inspection = c.id AND d.action IN ('rework', 'reject')
      AND NOT (d.route IS NOT NULL AND EXISTS (SELECT 1 FROM decision_writes w WHERE w.decision = d.id AND w.state = 'failed')) ORDER BY d.action DESC LIMIT 1), '') AS action,
    CASE WHEN c.part IS NULL THEN 'unnamed'
      WHEN EXISTS (SELECT 1 FROM inspections e WHERE e.part = c.part AND e.rowid < c.inspection AND e.station = c.station
        AND e.outcome IN ('judged', 'failed') AND e.challenge IS NULL) THEN 'again'
      ELSE 'first' END AS pass,
    t.parts
  FROM counted_parts c JOIN tallies_of t ON t.inspection = c.inspection;
`,
  `
DROP VIEW study_log;
CREATE VIEW study_log AS                  -- a part is looked up by its name: one that begins with $ is no path
  SELECT strftime('%Y-%m-%dT%H:%M:%fZ', s.at / 1000, 'unixepoch') AS utc, s.station, s.name AS study, s.state, s.why, s.shown, s.wanted,
    h.showing, h.part, h.appraiser, h.trial,
    (SELECT t.value FROM json_each(iif(json_valid(s.spec), s.spec, '{}'), '$.truth') t WHERE t.key = h.part) AS truth,
    h.said, h.value, h.inspection, s.id
  FROM studies s LEFT JOIN study_showings h ON h.study = s.id;
`,
  `
-- What still stands stays, however much is said after it: each source has a bound of its own on that.
DROP TRIGGER texts_added;
CREATE TRIGGER texts_added AFTER INSERT ON texts BEGIN
  INSERT INTO notes_words (rowid, text) VALUES (-new.number, new.text);
  DELETE FROM texts WHERE number <= new.number - 100000 AND state IS NOT 'active';
END;
`,
];
