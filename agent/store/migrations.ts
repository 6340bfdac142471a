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
];
