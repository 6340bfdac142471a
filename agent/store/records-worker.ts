/** The thread that answers questions to the journal: a connection of its own that only reads. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import {
  type AlarmHistory,
  type AlarmHistoryWish,
  type AlarmRecord,
  type Appraisal,
  type AuditRecord,
  BEGINNING,
  type CasesWish,
  type ContainedPage,
  type ContainedWish,
  type DifferingPart,
  type DifferingWish,
  type EarlierVerdict,
  type InspectionPage,
  type InspectionPageWish,
  type InspectionSummary,
  type LabelFigures,
  type LabelFiguresWish,
  type LettersSummary,
  type LettersWish,
  type MachineText,
  type MadePart,
  type MadeWish,
  type NotesWish,
  type Opening,
  type OpeningWish,
  type OrderCounts,
  type OrderCountsWish,
  type Page,
  type PartStretch,
  type PassedCount,
  type PassedCountsWish,
  type PassedPart,
  type PassedWish,
  type Quote,
  quotesOf,
  type RecordedRules,
  type Refusals,
  type RefusalWish,
  type ReportWish,
  type ReviewPage,
  type ReviewWish,
  type RoutedPart,
  type RoutedWish,
  type SaidPart,
  type SaidWish,
  type Sampled,
  type ScoreHistogram,
  type Scores,
  type ScoresWish,
  type ShiftCounts,
  type ShiftCountsWish,
  type ShiftsKept,
  type SimilarCase,
  type Since,
  type StoredContainment,
  type StoredInspection,
  type StoredLabel,
  type StoredPicture,
  type StoredStudy,
  type Study,
  type SummaryWish,
  type TagTrend,
  type TagTrendWish,
  type TextsWish,
  type Totals,
  type TotalsWish,
  type WrittenNote,
} from '../contracts/index.ts';
import { yieldToVerdicts } from '../platform/yielding.ts';
import { alarmHistory, casesIn, spokenIn } from './cases.ts';
import { containedParts, containment, containments, openingOf, sampledParts } from './containment.ts';
import { JOURNAL_FILE } from './database.ts';
import { differingParts } from './differing.ts';
import { startFaultOf } from './faults.ts';
import { Figures } from './figures.ts';
import { saidParts } from './followed.ts';
import { labelFigures } from './label-figures.ts';
import { dropLetters, lettersOf, retryLetters } from './letters-desk.ts';
import { notesIn, similarIn } from './notes.ts';
import { orderCounts } from './order-counts.ts';
import { passedCounts, passedParts } from './passed.ts';
import { pictureFile } from './picture-files.ts';
import { type Cells, jsonOr, openJournal, storedRecord } from './read.ts';
import type { RecordsAnswer, RecordsCall } from './records.ts';
import { refusalsOf } from './refusals.ts';
import { reviewPage } from './review.ts';
import { routedParts } from './routed.ts';
import { boxesIn } from './said.ts';
import { scoreHistograms } from './score-histogram.ts';
import { scoresOf } from './scores.ts';
import { placeIn, Search } from './search.ts';
import { shiftCounts, shiftsKept } from './shift-counts.ts';
import { reportRows } from './shift-report.ts';
import { appraisals, studies, study } from './studies.ts';
import { tagTrend } from './tag-history.ts';
import { textsIn } from './texts.ts';

/** What a camera may send, and more. */
const LARGEST_PICTURE = 64e6;
const CACHE_KB = 8192;
/** Records that are looked through for those of one station, at most. */
const LOOKS_BACK = 20_000;

type PageWish = { readonly limit: number; readonly cursor?: string | undefined };

class RecordsThread {
  private readonly folder: string;
  private db: Database.Database | null = null;
  private inode = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  inspections(wish: InspectionPageWish): InspectionPage {
    return new Search(this.open()).page(wish);
  }

  inspection(id: string): StoredInspection | null {
    const db = this.open();
    const row = db.prepare<[string], Cells>('SELECT rowid, * FROM inspections WHERE id = ?').get(id);
    const unreadable = new Set<string>();
    return row ? { ...storedRecord(db, unreadable)(row), unreadable: [...unreadable] } : null;
  }

  rules(config: string, station: string): RecordedRules | null {
    const detail = this.open()
      .prepare<[string], string>(
        "SELECT detail FROM loads WHERE kind = 'rules' AND json_valid(detail) AND detail ->> 'config' = ? ORDER BY rowid DESC LIMIT 1",
      )
      .pluck()
      .get(config);
    const known = jsonOr(detail ?? '{}') as { readonly stations?: Readonly<Record<string, RecordedRules>> | null } | null;
    const stations = known?.stations;
    return typeof stations === 'object' && stations !== null && Object.hasOwn(stations, station) ? (stations[station] ?? null) : null;
  }

  routed(wish: RoutedWish): readonly RoutedPart[] {
    return routedParts(this.open(), wish);
  }

  said(wish: SaidWish): readonly SaidPart[] {
    return saidParts(this.open(), wish);
  }

  passed(wish: PassedWish): readonly PassedPart[] {
    return passedParts(this.open(), wish);
  }

  before(inspection: string, limit: number): readonly EarlierVerdict[] {
    return this.open()
      .prepare<[{ inspection: string; limit: number }], EarlierVerdict>(
        `SELECT b.verdict, b.recipe FROM inspections i JOIN inspections b ON b.rowid BETWEEN i.rowid - ${LOOKS_BACK} AND i.rowid - 1
         WHERE i.id = @inspection AND b.station = i.station AND b.challenge IS NULL AND b.outcome IN ('judged', 'failed') ORDER BY b.rowid DESC LIMIT @limit`,
      )
      .all({ inspection, limit });
  }

  made({ station, from, before, limit }: MadeWish): readonly MadePart[] {
    return this.open()
      .prepare<[MadeWish], MadePart>(
        `SELECT at, sequence, recipe, verdict FROM inspections WHERE at >= @from AND at < @before AND station = @station AND challenge IS NULL
         AND outcome IN ('judged', 'failed')
         ORDER BY at DESC LIMIT @limit`,
      )
      .all({ station, from, before, limit });
  }

  passedCounts(wish: PassedCountsWish): readonly PassedCount[] {
    return passedCounts(this.open(), wish);
  }

  async picture(inspection: string, n: number): Promise<StoredPicture | null> {
    const row = this.open()
      .prepare<[string, number], { path: string; sha256: string }>(
        'SELECT path, sha256 FROM images WHERE inspection = ? ORDER BY rowid LIMIT 1 OFFSET ?',
      )
      .get(inspection, n);
    const file = row ? pictureFile(this.folder, row.path) : null;
    if (!row || file === null) return null;
    try {
      if (statSync(file).size > LARGEST_PICTURE) return null;
      const bytes = new Uint8Array(await readFile(file));
      return { type: file.endsWith('.png') ? 'image/png' : 'image/jpeg', sha256: row.sha256, bytes };
    } catch {
      // Deleted for its space in between.
      return null;
    }
  }

  since(id: string | null, limit: number): Since {
    const db = this.open();
    const search = new Search(db);
    const newest = db
      .prepare<[], { row: number; id: string }>('SELECT rowid AS row, id FROM inspections ORDER BY rowid DESC LIMIT 1')
      .get();
    const none = { items: [], skipped: 0, newest: newest?.id ?? null };
    const after = id === BEGINNING ? 0 : db.prepare<[string | null], number>('SELECT rowid FROM inspections WHERE id = ?').pluck().get(id);
    if (id === null || after === undefined) return { ...none, lost: id !== null };
    const rows = db
      .prepare<[number, number], number>('SELECT rowid FROM inspections WHERE rowid > ? ORDER BY rowid DESC LIMIT ?')
      .pluck()
      .all(after, limit)
      .reverse();
    const items = rows.flatMap((row): InspectionSummary[] => {
      const item = search.summary(row);
      return item ? [item] : [];
    });
    // Numbers are without gaps where nothing was deleted in between, and these are the newest.
    const skipped = rows.length < limit ? 0 : Math.max(0, (rows[0] ?? 0) - after - 1);
    return { items, skipped, newest: items.at(-1)?.id ?? newest?.id ?? null, lost: false };
  }

  alarms({ limit, cursor }: PageWish): Page<AlarmRecord> {
    const rows = this.newest<AlarmRecord>(
      'SELECT rowid AS row, since AS at, code, subject, since, cleared, text, next FROM alarms',
      cursor,
      limit,
    );
    return pageOf(rows, limit, ({ row: _, at: __, ...alarm }) => alarm);
  }

  audit({ limit, cursor }: PageWish): Page<AuditRecord> {
    const rows = this.newest<{ who: string; source: string; verb: string; detail: string }>(
      'SELECT rowid AS row, at, who, source, verb, detail FROM audit',
      cursor,
      limit,
    );
    return pageOf(rows, limit, ({ at, who, source, verb, detail }) => {
      const known = jsonOr(detail);
      const { outcome, ...about } = (typeof known === 'object' && known !== null ? known : { detail }) as Record<string, unknown>;
      const accepted = outcome === undefined ? null : outcome === 'done';
      return { at, who, source, verb, detail: about, accepted, why: accepted === false ? String(outcome) : null };
    });
  }

  labels(inspection: string): readonly StoredLabel[] | null {
    const db = this.open();
    if (db.prepare('SELECT 1 FROM inspections WHERE id = ?').get(inspection) === undefined) return null;
    const select = 'SELECT id, inspection, at, who, label, kind, undone, boxes FROM labels WHERE inspection = ? ORDER BY rowid';
    const rows = db.prepare<[string], Omit<StoredLabel, 'boxes'> & { readonly boxes: string | null }>(select).all(inspection);
    return rows.map((row) => ({ ...row, boxes: boxesIn(row.boxes) }));
  }

  notes(wish: NotesWish): readonly WrittenNote[] {
    return notesIn(this.open(), wish);
  }

  similarNotes(text: string, limit: number, part?: string): readonly WrittenNote[] {
    return similarIn(this.open(), text, limit, part);
  }

  texts(wish: TextsWish): readonly MachineText[] {
    return textsIn(this.open(), wish);
  }

  alarmHistory(wish: AlarmHistoryWish): AlarmHistory {
    return alarmHistory(this.open(), wish);
  }

  cases(wish: CasesWish): readonly SimilarCase[] {
    return casesIn(this.open(), wish);
  }

  summary(wish: SummaryWish): readonly Quote[] {
    return quotesOf(spokenIn(this.open(), wish));
  }

  totals(wish: TotalsWish): Totals {
    return new Figures(this.open()).totals(wish);
  }

  labelFigures(wish: LabelFiguresWish): LabelFigures {
    return labelFigures(this.open(), wish);
  }

  review(wish: ReviewWish): ReviewPage {
    return reviewPage(this.open(), wish);
  }

  scores(wish: ScoresWish): Scores {
    return scoresOf(this.open(), wish);
  }

  histograms(inspection: string): readonly ScoreHistogram[] | null {
    return scoreHistograms(this.open(), inspection);
  }

  refusals(wishes: readonly RefusalWish[]): readonly Refusals[] {
    const db = this.open();
    return wishes.map((wish) => refusalsOf(db, wish));
  }

  differing(wish: DifferingWish): readonly DifferingPart[] {
    return differingParts(this.open(), wish);
  }

  trend(wish: TagTrendWish): TagTrend {
    return tagTrend(this.open(), wish);
  }

  shiftCounts(wishes: readonly ShiftCountsWish[]): readonly ShiftCounts[] {
    return shiftCounts(this.open(), wishes);
  }

  orderCounts(wish: OrderCountsWish): OrderCounts {
    return orderCounts(this.open(), wish);
  }

  shiftsKept(): ShiftsKept {
    return shiftsKept(this.open());
  }

  containments(wish: PageWish): Page<StoredContainment> {
    return containments(this.open(), wish);
  }

  containment(id: string): StoredContainment | null {
    return containment(this.open(), id);
  }

  contained(wish: ContainedWish): ContainedPage {
    return containedParts(this.open(), wish);
  }

  opening(wish: OpeningWish): Opening {
    return openingOf(this.open(), wish);
  }

  sampled(wish: PartStretch): Sampled {
    return sampledParts(this.open(), wish);
  }

  studies(wish: PageWish): Page<Study> {
    return studies(this.open(), wish);
  }

  study(id: string): StoredStudy | null {
    return study(this.open(), id);
  }

  appraisals(station: string): readonly Appraisal[] {
    return appraisals(this.open(), station);
  }

  shiftReport(wish: ReportWish) {
    return reportRows(this.open(), wish);
  }

  /** These write, on a connection of their own, as the command does. */
  letters(wish: LettersWish, limit: number): LettersSummary {
    return lettersOf(this.folder, wish, limit);
  }

  changeLetters(verb: 'retry' | 'drop', wish: LettersWish): number {
    return (verb === 'retry' ? retryLetters : dropLetters)(this.folder, wish);
  }

  close(): void {
    this.db?.close();
  }

  /** In the order in which they were written, newest first. */
  private newest<Row>(select: string, cursor: string | undefined, limit: number): readonly (Row & Placed)[] {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : placeIn(cursor).row;
    return this.open().prepare<[number, number], Row & Placed>(`${select} WHERE rowid < ? ORDER BY rowid DESC LIMIT ?`).all(before, limit);
  }

  /** A damaged journal is put aside while the agent runs, and another file has its name. */
  private open(): Database.Database {
    const inode = inodeOf(join(this.folder, JOURNAL_FILE));
    if (this.db && inode === this.inode) return this.db;
    this.db?.close();
    // Where there is none now, the next question looks again, also where the same file is back by then.
    this.db = null;
    this.db = openJournal(this.folder);
    this.db.pragma(`cache_size = -${CACHE_KB}`);
    this.inode = inode;
    return this.db;
  }
}

interface Placed {
  readonly row: number;
  readonly at: number;
}

function pageOf<Row extends Placed, Item>(rows: readonly Row[], limit: number, itemOf: (row: Row) => Item): Page<Item> {
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { items: rows.map(itemOf), next: last ? `${last.at}_${last.row}` : null };
}

function inodeOf(file: string): number {
  try {
    return statSync(file).ino;
  } catch {
    return 0;
  }
}

if (parentPort) {
  const port = parentPort;
  yieldToVerdicts();
  const thread = new RecordsThread(String(workerData));
  port.on('message', async ({ ask, call, with: args }: RecordsCall) => {
    try {
      // The two ends speak the same interface: Records is RecordsThread, awaited.
      const value: unknown = await (thread[call] as (...args: readonly unknown[]) => unknown).call(thread, ...args);
      const bytes = call === 'picture' && value !== null ? [(value as StoredPicture).bytes.buffer] : [];
      port.postMessage({ ask, value, fault: null } satisfies RecordsAnswer, bytes);
    } catch (thrown) {
      port.postMessage({ ask, value: null, fault: startFaultOf(thrown) } satisfies RecordsAnswer);
    }
    if (call === 'close') port.close();
  });
}
