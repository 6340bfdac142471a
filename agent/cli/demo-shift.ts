/**
 * `lineside demo --shift`: two minutes that stand for a shift. The agent, the press, the broker and the page are those of `lineside demo`;
 * what people and systems of a plant do beside them is told by demo/story.ts. Ends with the report of the shift as a page.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { ShiftReport } from '../contracts/index.ts';
import { reportWish, rowsIn, shiftReport } from '../decisions/kpi/report.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { notesIn } from '../store/notes.ts';
import { reportRows } from '../store/shift-report.ts';
import { systemClock as clock, Hours, Minutes, Seconds } from '../time.ts';
import { stretchOf } from './contain.ts';
import type { Master } from './demo/dispatch.ts';
import { type DemoLine, openDemoLine } from './demo/line.ts';
import { Scada } from './demo/scada.ts';
import { type Contained, SIGNAL, STATION, Story, type StoryResult } from './demo/story.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { wantedShift } from './kpi.ts';
import { createLog, logLevel } from './log.ts';
import { MOST_UNCOUNTED, onJournal } from './on-journal.ts';
import { out, outJson } from './print.ts';
import { pictureIn } from './report.ts';
import { reportHtml } from './report-html.ts';
import { stopSignal } from './signals.ts';

export interface DemoShiftOptions {
  readonly rate?: number;
  readonly seed?: number;
  /** Where the report goes. */
  readonly report?: string;
  readonly json?: boolean;
}

/** Parts a second: slow enough to be followed, fast enough for charts to learn in seconds. */
const RATE = 5;
/** As config/demo-shift.yaml names them. */
const MASTERS: readonly Master[] = [
  { serial: 'MASTER-GOOD', truth: 'ok' },
  { serial: 'MASTER-BAD', truth: 'nok' },
];
/** Of config/demo-shift.yaml. */
const ROOT = 'lineside/v1/demo/here/castings/press1';
const AGENT = 'demo';
/** From the last part to its record. */
const SETTLE = Seconds(10);

export async function demoShift(options: DemoShiftOptions): Promise<ExitCode> {
  const log = createLog({ level: logLevel('error') });
  const stopped = stopSignal();
  const say = options.json ? () => {} : teller();
  say('two minutes that stand for a shift; the first part comes in about ten seconds');
  const rate = options.rate ?? RATE;
  const line = await openDemoLine({
    config: 'demo-shift.yaml',
    log,
    press: { seed: options.seed ?? 1, period: Math.round(1000 / rate), course: 'shift', masters: MASTERS },
    page: !options.json,
    env: shiftAround(clock.now()),
  });
  try {
    await line.start();
    try {
      if (line.page) say(`look at the line: ${line.page}`);
      const result = await played(line, { rate, say, stopped });
      if (result !== null) await ended(line, result, { ...options, say, stopped });
    } finally {
      await line.host.stop();
    }
    return EXIT.ok;
  } finally {
    await line.close();
  }
}

/** Each line with the time since the demo began. */
function teller(): (text: string) => void {
  const began = clock.elapsed();
  return (text) => {
    const passed = Math.floor((clock.elapsed() - began) / 1000);
    out(`${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, '0')}  ${text}`);
  };
}

/** A shift of an hour that has just begun: calendars know whole five minutes. */
function shiftAround(now: number): Record<string, string> {
  const from = now - (now % Minutes(5));
  const timeOfDay = (at: number) => new Date(at).toISOString().slice(11, 16);
  return { LINESIDE_DEMO_FROM: timeOfDay(from), LINESIDE_DEMO_TO: timeOfDay(from + Hours(1)) };
}

interface Playing {
  readonly rate: number;
  readonly say: (text: string) => void;
  readonly stopped: Promise<unknown>;
}

/** Null: it was broken off. */
async function played({ press, broker, store }: DemoLine, { rate, say, stopped }: Playing): Promise<StoryResult | null> {
  const over = new AbortController();
  const scada = await Scada.connect(`mqtt://127.0.0.1:${broker.port}`, clock, ROOT, AGENT);
  void stopped.then(() => {
    over.abort();
    return scada.close();
  });
  const story = new Story({
    scada,
    clock,
    press,
    rate,
    masters: MASTERS.map(({ serial }) => serial),
    contained: () => contained(store),
    noteAsKept: (id) => onJournal(store, (db) => notesIn(db, { limit: 50 }).find((note) => note.id === id)?.text ?? null),
    signal: over.signal,
    say,
  });
  try {
    return await story.play();
  } catch (thrown) {
    if (over.signal.aborted) return null;
    throw thrown;
  } finally {
    await scada.close();
  }
}

const contained = (store: string): Promise<Contained> =>
  onJournal(store, (db) => {
    const { opening, narrowed } = stretchOf(db, { station: STATION, alarm: SIGNAL });
    return { parts: opening.parts, since: narrowed?.likely.part ?? null };
  });

interface Ending extends DemoShiftOptions {
  readonly say: (text: string) => void;
  readonly stopped: Promise<unknown>;
}

/** The report; on a terminal the page stays until it has been looked at. */
async function ended(line: DemoLine, result: StoryResult, { say, stopped, report, json }: Ending): Promise<void> {
  await line.board.settled(SETTLE);
  const made = await reportOf(line);
  // In a folder of its own: under a name that everybody knows somebody else may have put a link.
  const file = report ?? join(mkdtempSync(join(tmpdir(), 'lineside-shift-')), 'report.html');
  writeFileSync(file, reportHtml(made, pictureIn(line.store)));
  say(`the report of the shift, for the next one: ${file}`);
  if (json)
    outJson({
      ...result,
      report: { file, shift: made.shift.id, sections: made.queries.length, notes: rowsIn(made.queries, 'notes').length },
    });
  if (!line.page || !process.stdout.isTTY) return;
  say(`everything is still there to be looked at: ${line.page} (Charts, Contained, Plan, Shifts). Ctrl-C ends it`);
  await stopped;
}

async function reportOf({ source, env, store }: DemoLine): Promise<ShiftReport> {
  const { config } = await loadConfig(source, LENIENT, env);
  const { calendar } = config;
  if (!calendar) throw new LinesideError('USAGE', { why: `${source} has no calendar` });
  const now = clock.now();
  const shift = wantedShift(calendar, 'now', now);
  const rows = await onJournal(store, (db) => reportRows(db, reportWish(calendar, shift, now), MOST_UNCOUNTED));
  return shiftReport(calendar.zone, shift, rows, now);
}
