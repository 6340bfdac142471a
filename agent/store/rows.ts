/** From a journal entry to the rows it becomes. Pure; runs on the main thread, so it is a HOT PATH at some hundred entries a second. */
import type {
  Alarm,
  Containment,
  Decision,
  Finding,
  Inspection,
  JournalEntry,
  LateFinding,
  MachineText,
  OutboxRow,
  RoutedPart,
  ShadowComparison,
  StoredOutboxRow,
  TagWindow,
} from '../contracts/index.ts';
import { asHistorical } from '../contracts/index.ts';
import type { DeadLetter } from './letters.ts';
import type { Behind, LostRange } from './protocol.ts';
import type { Row, StationCells } from './tables.ts';

/** What the journal adds to an entry. */
export interface RowContext {
  readonly now: number;
  /** The agent's own time. */
  readonly recorded: number;
  /** The next id of the outbox; called once a row, in order. */
  readonly outboxId: () => number;
}

export function rowsOf(entry: JournalEntry, { now, recorded, outboxId }: RowContext): Row[] {
  const rows: Row[] = [];
  // The inspection goes first, or the shifts: when they are there already, the writer takes the whole entry as stored.
  addShifts(rows, entry, recorded);
  if (entry.inspection) addInspection(rows, entry.inspection, recorded);
  for (const decision of entry.decisions ?? []) addDecision(rows, decision, recorded);
  addContainments(rows, entry, recorded);
  for (const routed of entry.routed ?? []) rows.push(routedRow(routed, recorded));
  addStudies(rows, entry, recorded);
  for (const late of entry.late ?? []) rows.push(lateRow(late, now, recorded));
  for (const comparison of entry.shadows ?? []) rows.push(shadowRow(comparison, recorded));
  for (const alarm of entry.alarms ?? []) rows.push(alarmRow(alarm, recorded));
  for (const row of entry.outbox ?? []) rows.push(outboxRow(row, outboxId(), now));
  if (entry.load) rows.push(['loads', entry.load.at, entry.load.kind, entry.load.detail, recorded]);
  addWords(rows, entry, recorded);
  return addStates(rows, entry);
}

function addShifts(rows: Row[], { shifts = [], watched: slots = [] }: JournalEntry, recorded: number): void {
  for (const { id, kpi } of shifts)
    rows.push(['shifts', kpi.shift.id, kpi.station, kpi.shift.from, kpi.shift.to, id, JSON.stringify(kpi), recorded]);
  for (const { slot, station, watched, running, stopped } of slots) rows.push(['watched', slot, station, watched, running, stopped]);
}

const flag = (is: boolean | null): number | null => (is === null ? null : Number(is));

function machineRow({ id, at, stamped, source, origin, name, ...of }: MachineText, recorded: number): Row {
  const { station, severity, condition, acked, state, ended, text } = of;
  return ['texts', id, at, stamped, source, origin, name, station, severity, condition, flag(acked), state, ended, text, recorded];
}

/** What people said and did, and machines said. */
function addWords(rows: Row[], entry: JournalEntry, recorded: number): void {
  for (const { id, inspection, at, who, label, kind, boxes } of entry.labels ?? [])
    rows.push(['labels', id, inspection, at, who, label, kind, boxes.length === 0 ? null : JSON.stringify(boxes), recorded]);
  for (const { id, at, who, source, station, part, alarm, text } of entry.notes ?? [])
    rows.push(['notes', id, at, who, source, station, part, alarm, text, recorded]);
  for (const text of entry.texts ?? []) rows.push(machineRow(text, recorded));
  for (const { id, severity, acked, state, ended } of entry.textChanges ?? [])
    rows.push(['text_changed', severity, flag(acked), state, ended, id]);
  if (entry.heardFrom) rows.push(['texts_left', entry.heardFrom.at, JSON.stringify(entry.heardFrom.origins)]);
  for (const { at, id, who } of entry.undone ?? []) rows.push(['label_undone', at, id, who]);
  for (const { at, who, source, verb, detail } of entry.audit ?? []) rows.push(['audit', recorded, at, who, source, verb, detail]);
}

function addInspection(rows: Row[], inspection: Inspection, recorded: number): void {
  const { id, answer, timings: t } = inspection;
  rows.push([
    ...([
      'inspections',
      id,
      inspection.station,
      whole(inspection.sequence),
      inspection.outcome,
      inspection.at,
      inspection.trigger,
    ] as const),
    inspection.part,
    whole(inspection.counter),
    inspection.recipe,
    inspection.verdict,
    JSON.stringify(inspection.reasons),
    answer.state,
    answer.fault ?? null,
    answer.ms,
    t.transport,
    t.align,
    t.prepare,
    t.infer,
    t.rules,
    t.verdict,
    t.answer,
    JSON.stringify(inspection.tags),
    JSON.stringify(inspection.frames),
    inspection.configHash,
    whole(inspection.missed?.from ?? null),
    whole(inspection.missed?.to ?? null),
    json(inspection.challenge ?? masterOf(inspection)),
    inspection.counted ? 1 : null,
    recorded,
  ]);
  for (const finding of inspection.findings) rows.push(findingRow(id, finding));
  if (inspection.window) rows.push(windowRow(id, inspection.window));
}

function findingRow(inspection: string, f: Finding): Row {
  return [
    ...(['findings', inspection, f.model, f.package, f.version, f.variant, f.provider, f.sha256, f.kind, f.label] as const),
    f.score,
    f.threshold,
    f.review?.[0] ?? null,
    f.review?.[1] ?? null,
    f.margin,
    json(f.probabilities),
    json(f.boxes),
    json(f.contributions),
    json(f.rowContributions),
    json(f.reading),
    json(f.note),
    json(f.entities),
    f.unlike ? 1 : null,
    json(f.found),
    f.queueMs,
    f.runMs,
  ];
}

function windowRow(inspection: string, w: TagWindow): Row {
  const tags = JSON.stringify(w.tags);
  return ['windows', inspection, w.endsAt, w.everyMs, w.steps, tags, bytesOf(w.values), bytesOf(w.quality)];
}

function addDecision(rows: Row[], d: Decision, recorded: number): void {
  rows.push([
    'decisions',
    d.id,
    d.station,
    d.at,
    d.inspection,
    d.action,
    d.reason,
    d.rule,
    d.latched ? 1 : 0,
    json(d.quarantine),
    json(d.route),
    recorded,
  ]);
  d.writes.forEach(({ tag, value, state, fault }, i) => {
    rows.push(['decision_writes', d.id, i, tag, JSON.stringify(value), state, fault ?? null]);
  });
}

function addContainments(rows: Row[], { containments = [], dispositions = [] }: JournalEntry, recorded: number): void {
  for (const containment of containments) rows.push(containmentRow(containment, recorded));
  for (const { containment, disposition, at, who, note } of dispositions) rows.push(['disposed', disposition, at, who, note, containment]);
}

/** Stands where a challenge part has what it must get: neither is production. */
const masterOf = ({ study }: Inspection): object | undefined => study && { study: study.name, id: study.study, showing: study.showing };

function addStudies(rows: Row[], { studies = [], showings = [], unshown = [] }: JournalEntry, recorded: number): void {
  for (const { study, showing } of unshown) rows.push(['unshown', study, showing]);
  for (const one of studies) {
    const { id, station, name, state, who, at, ended, why, shown, of, spec, gauge, configHash } = one;
    rows.push([
      'studied',
      id,
      station,
      name,
      state,
      who,
      at,
      ended,
      why,
      shown,
      of,
      JSON.stringify(spec),
      JSON.stringify(gauge),
      configHash,
      recorded,
    ]);
  }
  for (const { study, showing, part, appraiser, trial, said, value, inspection, at, conditions } of showings)
    rows.push(['study_showings', study, showing, part, appraiser, trial, said, value, inspection, at, JSON.stringify(conditions)]);
}

function containmentRow({ id, station, at, cause, subject, why, after, until, parts }: Containment, recorded: number): Row {
  return [
    ...(['contained', id, station, at, cause, subject, why] as const),
    json(after ?? undefined),
    json(until ?? undefined),
    whole(parts),
    recorded,
  ];
}

function routedRow({ id, part, station, inspection, to, why, sent, ...way }: RoutedPart, recorded: number): Row {
  const { instead_of, place, arrived, fault, ended, end } = way;
  return ['routed', id, part, station, inspection, to, instead_of, why, sent, place, arrived, fault, ended, end, recorded];
}

function lateRow({ inspection, model, lateMs, fault, finding }: LateFinding, now: number, recorded: number): Row {
  const score = finding?.score ?? null;
  const text = finding ? JSON.stringify(withoutHeatmap(finding)) : null;
  return ['late_findings', inspection, now, model, lateMs, score, fault ?? null, text, recorded];
}

function shadowRow({ current, candidate, ...c }: ShadowComparison, recorded: number): Row {
  return [
    ...(['shadows', c.id, c.at, c.station, c.inspection, c.part, c.recipe, c.model, c.difference, current.verdict] as const),
    candidate.verdict,
    JSON.stringify(candidate.reasons),
    ...saidBy(current.finding),
    ...saidBy(candidate.finding),
    recorded,
  ];
}

const saidBy = (f: Finding) => [f.package, f.version, f.variant, f.sha256, f.label, f.score, f.threshold, f.runMs];

function alarmRow({ code, subject, key, active, since, text, next }: Alarm, recorded: number): Row {
  return active ? ['alarm_on', code, subject, key, since, text, next, recorded] : ['alarm_off', key, since, recorded];
}

/** Records that a life before could not write anywhere: their sequences are told, and never given out again. */
export function lostRows(lost: readonly LostRange[], recorded: number): Row[] {
  return lost.flatMap(({ station, from, to }): Row[] => [
    ['audit', recorded, recorded, 'agent', 'store', 'records lost', JSON.stringify({ station, from, to })],
    ['station_state', station, to, null, null, null],
  ]);
}

/**
 * Where the journal was behind: from here on it knows how far the stations have come, and no part that passed before. What lies in a damaged
 * file is not lost, but the sequences of this journal have a gap there.
 */
export function behindRows(behind: readonly Behind[], damaged: boolean, recorded: number): Row[] {
  const missing = damaged ? behind.map((one) => leftOutRow(one, recorded)) : lostRows(behind, recorded);
  const goesOn = behind.flatMap(({ station, next }): Row[] => [
    ['went_back', station],
    ['station_state', station, next - 1, null, null, null],
  ]);
  return [...missing, ...goesOn];
}

function leftOutRow({ station, from, next }: Behind, recorded: number): Row {
  return ['audit', recorded, recorded, 'agent', 'store', 'sequences left out', JSON.stringify({ station, from, to: next - 1 })];
}

const outboxRow = (row: OutboxRow, id: number, now: number): Row => [
  ...(['outbox', id, row.publisher, row.eventId, row.station, row.topic, row.payload, now] as const),
];

/** A dead letter as an event again: late by its nature, since newer ones have overtaken it. */
export const revivedRows = (letter: DeadLetter, id: number): Row[] => [
  ['outbox', id, letter.publisher, letter.eventId, letter.station, letter.topic, asHistorical(letter.payload), letter.storedAt],
  ['revived', letter.id],
];

/** The way back: what a publisher gets of the rows of an entry. */
export function addStored(stored: StoredOutboxRow[], rows: readonly Row[]): void {
  for (const row of rows) {
    if (row[0] !== 'outbox') continue;
    const [, id, publisher, eventId, station, topic, payload, storedAt] = row as OutboxCells;
    stored.push({ id, publisher, eventId, station, topic, payload, storedAt });
  }
}
type OutboxCells = readonly [string, number, string, string, string, string, string, number];

function addStates(rows: Row[], { inspection, state }: JournalEntry): Row[] {
  if (inspection && inspection.station === state?.station) rows.push(['station_state', ...progress(inspection, state.value)]);
  else {
    if (inspection) rows.push(['station_state', ...progress(inspection, null)]);
    if (state) rows.push(['station_state', state.station, null, null, null, state.value]);
  }
  return rows;
}

const progress = ({ station, sequence, part, counter, missed }: Inspection, memory: string | null): StationCells => [
  station,
  whole(sequence),
  part,
  whole(missed?.to ?? counter),
  memory,
];

/** A heat map is a picture, kept as a file where it is kept at all; a look is for those who watch. */
const withoutHeatmap = ({ heatmap: _, look: _look, ...finding }: Finding): Omit<Finding, 'heatmap' | 'look'> => finding;
const json = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
/** STRICT tables refuse a fraction where they expect a whole number; a counter out of a PLC may be anything. */
const whole = <T extends number | null>(n: T): T | null =>
  n !== null && Math.abs(n) <= Number.MAX_SAFE_INTEGER ? (Math.round(n) as T) : null;
/** A view of its own buffer: a message copies the whole buffer behind a view. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): Uint8Array {
  return byteLength === buffer.byteLength ? new Uint8Array(buffer) : new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
