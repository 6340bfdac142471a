/**
 * The rows that travel to the writer: a table's name and its cells in the order of the columns below. Main thread and writer both read
 * this list, so that a row is flat on its way and needs no object a cell.
 */
export const COLUMNS = {
  inspections: [
    'id',
    'station',
    'sequence',
    'outcome',
    'at',
    'trigger',
    'part',
    'counter',
    'recipe',
    'verdict',
    'reasons',
    'answer',
    'answer_fault',
    'answer_ms',
    'transport_ms',
    'align_ms',
    'prepare_ms',
    'infer_ms',
    'rules_ms',
    'verdict_ms',
    'write_ms',
    'tags',
    'frames',
    'config_hash',
    'missed_from',
    'missed_to',
    'challenge',
    'counted',
    'recorded',
  ],
  findings: [
    'inspection',
    'model',
    'package',
    'version',
    'variant',
    'provider',
    'sha256',
    'kind',
    'label',
    'score',
    'threshold',
    'review_low',
    'review_high',
    'margin',
    'probabilities',
    'boxes',
    'contributions',
    'row_contributions',
    'reading',
    'note',
    'entities',
    'unlike',
    'found',
    'queue_ms',
    'run_ms',
  ],
  windows: ['inspection', 'ends_at', 'every_ms', 'steps', 'tags', 'data'],
  decisions: ['id', 'station', 'at', 'inspection', 'action', 'reason', 'rule', 'latched', 'quarantine', 'route', 'recorded'],
  decision_writes: ['decision', 'position', 'tag', 'value', 'state', 'fault'],
  late_findings: ['inspection', 'at', 'model', 'late_ms', 'score', 'fault', 'finding', 'recorded'],
  shadows: [
    'id',
    'at',
    'station',
    'inspection',
    'part',
    'recipe',
    'model',
    'difference',
    'verdict',
    'candidate_verdict',
    'reasons',
    'package',
    'version',
    'variant',
    'sha256',
    'label',
    'score',
    'threshold',
    'run_ms',
    'candidate_package',
    'candidate_version',
    'candidate_variant',
    'candidate_sha256',
    'candidate_label',
    'candidate_score',
    'candidate_threshold',
    'candidate_run_ms',
    'recorded',
  ],
  images: ['path', 'inspection', 'camera', 'role', 'at', 'width', 'height', 'bytes', 'sha256', 'original'],
  outbox: ['id', 'publisher', 'event_id', 'station', 'topic', 'payload', 'stored_at'],
  owed_images: ['path', 'inspection', 'camera', 'role', 'at', 'width', 'height', 'bytes', 'sha256', 'original'],
  loads: ['at', 'kind', 'detail', 'recorded'],
  audit: ['recorded', 'at', 'who', 'source', 'verb', 'detail'],
  notes: ['id', 'at', 'who', 'source', 'station', 'part', 'alarm', 'text', 'recorded'],
  texts: [
    'id',
    'at',
    'stamped',
    'source',
    'origin',
    'name',
    'station',
    'severity',
    'condition',
    'acked',
    'state',
    'ended',
    'text',
    'recorded',
  ],
  labels: ['id', 'inspection', 'at', 'who', 'label', 'kind', 'boxes', 'recorded'],
  shifts: ['shift', 'station', 'began', 'ended', 'id', 'figures', 'recorded'],
  study_showings: ['study', 'showing', 'part', 'appraiser', 'trial', 'said', 'value', 'inspection', 'at', 'conditions'],
} as const satisfies Record<string, readonly string[]>;

export type Table = keyof typeof COLUMNS;
/** What SQLite takes as it is. */
export type Cell = string | number | null | Uint8Array;

/**
 * `alarm_on`, `alarm_off`, `paid`, `revived`, `label_undone`, `text_changed`, `texts_left`, `contained`, `routed`, `disposed`, `studied`, `unshown`, `watched`, `went_back` and `station_state` are no plain inserts, see batch.ts. A window goes
 * as its values and qualities; the writer packs them, so that compressing costs the main thread nothing.
 */
export type Row =
  | readonly [Exclude<Table, 'windows'>, ...Cell[]]
  | readonly ['windows', string, number, number, number, string, Uint8Array, Uint8Array]
  | readonly ['alarm_on', ...Cell[]]
  | readonly ['contained', ...Cell[]]
  | readonly ['routed', ...Cell[]]
  /** What a person says of the parts in it; what was said first stays. */
  | readonly ['disposed', disposition: string, at: number, who: string, note: string, id: string]
  /** A gauge study as it is now; one that is over stays so. */
  | readonly ['studied', ...Cell[]]
  /** What was shown last was another part than was asked for. */
  | readonly ['unshown', study: string, showing: number]
  | readonly ['alarm_off', key: string, cleared: number, recorded: number]
  /** A picture that was owed is safe. */
  | readonly ['paid', path: string]
  | readonly ['revived', letter: number]
  /** A label is taken back by whoever gave it. */
  | readonly ['label_undone', at: number, id: string, who: string]
  /** What has become of something that a machine said. What has ended is not active again. */
  | readonly ['text_changed', severity: number | null, acked: number | null, state: string | null, ended: number | null, id: string]
  /** Of what is active and not of these origins (JSON) nobody knows any more whether it is. */
  | readonly ['texts_left', ended: number, origins: string]
  /** Is added to what the slot has. */
  | readonly ['watched', slot: number, station: string, watched: number, running: number, stopped: number]
  /** The part that the station's row has as its last is not the last: which one was is not known. */
  | readonly ['went_back', station: string]
  | readonly ['station_state', ...StationCells];

/** station, last sequence, last part, last counter, memory; null leaves what is there. */
export type StationCells = readonly [string, number | null, string | null, number | null, string | null];

/** What is handed over twice is stored once: an inspection, a picture, a label, a shift that has ended, a note, what a machine said, what was shown in a study. */
const ONCE: ReadonlySet<Table> = new Set<Table>([
  'inspections',
  'images',
  'owed_images',
  'labels',
  'shifts',
  'notes',
  'texts',
  'study_showings',
]);

/** What a machine says once more stands, whatever the journal had as its end: it was told by whoever knows. */
const STANDS = ` ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended = excluded.ended, acked = excluded.acked, severity = excluded.severity
  WHERE excluded.state = 'active'`;

export const insertInto = (table: Table): string =>
  `INSERT INTO ${table} (${COLUMNS[table].join(', ')}) VALUES (${COLUMNS[table].map(() => '?').join(', ')})${
    table === 'texts' ? STANDS : ONCE.has(table) ? ' ON CONFLICT DO NOTHING' : ''
  }`;
