/** The report of a shift: every number in it is what its query gives, and what the records themselves say. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotesOf, REPORT_QUERIES, type ReportRow, type ShiftReport } from '#agent/contracts/index.js';
import { openJournal } from '#agent/store/database.js';
import { FacetIndex } from '#agent/store/facets.js';
import { PartTallies } from '#agent/store/part-tallies.js';
import { openDatabase } from '#agent/store/sqlite.js';
import { put } from '../store/setup.ts';
import { lineside, linesideIn } from './setup.ts';

const HOUR = 3_600_000;
const SHIFT = 8 * HOUR;
/** 06:00 in Berlin. */
const BEGIN = Date.UTC(2026, 10, 10, 5);
const BAD_FROM = BEGIN + 5 * HOUR;
const times = (from: string, to: string) => ({ from, to });
const CALENDAR = {
  zone: 'Europe/Berlin',
  shifts: { early: times('06:00', '14:00'), late: times('14:00', '22:00'), night: times('22:00', '06:00') },
};

let folder: string;
let config: string;
let report: ShiftReport;
const argv = (...more: string[]) => ['report', '--config', config, '--shift', '2026-11-10/early', ...more];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-report-test-'));
  const store = join(folder, 'data');
  mkdirSync(join(store, 'images/outlet/2026-11-10'), { recursive: true, mode: 0o700 });
  config = join(folder, 'line.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      line: { enterprise: 'acme', site: 'dresden', area: 'castings', line: 'line3', agent: 'box' },
      cameras: { top: { url: `dir://${folder}`, fps: 1 } },
      stations: { outlet: { trigger: { camera: 'top' }, models: {} } },
      calendar: CALENDAR,
      store: { path: store },
    }),
  );
  fill(store);
  const { status, stdout, stderr } = lineside(...argv('--format', 'json'));
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  report = JSON.parse(stdout);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Eleven shifts of 240 parts. Three in each have a dent; in the last hours of the last one every third is scratched, which none was before. */
function fill(store: string): void {
  const { db } = openJournal(store, 'now');
  db.pragma('synchronous = OFF');
  db.exec('BEGIN');
  let sequence = 0;
  const add = (at: number, said: object) => {
    const id = `part-${++sequence}`;
    put(db, 'inspections', {
      id,
      sequence,
      at,
      recorded: at,
      station: 'outlet',
      recipe: 'standard',
      outcome: 'judged',
      verdict: 'ok',
      reasons: '[]',
      part: id,
      tags: '{}',
      frames: '[]',
      ...said,
    });
    return id;
  };
  const nok = (text: string) => ({ verdict: 'nok', reasons: JSON.stringify([{ text: `${text} (0.9)` }]) });
  for (let shift = 10; shift >= 0; shift--) {
    for (let i = 0; i < 240; i++) {
      const at = BEGIN - shift * SHIFT + i * 120_000;
      const isScratched = shift === 0 && at >= BAD_FROM && i % 3 === 0;
      const id = add(at, isScratched ? nok('scratch') : i % 80 === 7 ? nok('dent') : i % 100 === 50 ? { verdict: 'review' } : {});
      if (isScratched && i % 30 === 0) {
        put(db, 'images', {
          path: `images/outlet/2026-11-10/${id}.png`,
          inspection: id,
          camera: 'top',
          role: 'frame',
          at,
          width: 1,
          height: 1,
          bytes: 68,
          sha256: '',
        });
        writeFileSync(
          join(store, 'images/outlet/2026-11-10', `${id}.png`),
          Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64'),
        );
      }
    }
  }
  add(BEGIN + HOUR, { outcome: 'missed', missed_from: 1, missed_to: 4, verdict: 'review' });
  put(db, 'decisions', {
    id: 'd',
    station: 'outlet',
    at: BEGIN + 6 * HOUR,
    recorded: BEGIN,
    action: 'hold',
    reason: 'three in a row',
    rule: '',
    latched: 1,
  });
  const said = (at: number, verb: string, detail: object) =>
    put(db, 'audit', { recorded: at, at, who: 'mueller', source: 'web', verb, detail: JSON.stringify({ ...detail, outcome: 'done' }) });
  said(BEGIN + 6 * HOUR + 240_000, 'ack', { station: 'outlet' });
  said(BEGIN + 2 * HOUR, 'shelve', { alarm: 'CAMERA_SILENT/camera/top', reason: 'lens is <cleaned>' });
  put(db, 'alarms', {
    code: 'CAMERA_SILENT',
    subject: 'camera/top',
    key: 'a',
    since: BEGIN - 600_000,
    cleared: BEGIN + 1_800_000,
    text: 'no picture',
    next: 'look at the cable',
  });
  put(db, 'alarms', {
    code: 'STATION_HELD',
    subject: 'outlet',
    key: 'b',
    since: BEGIN + 7 * HOUR,
    cleared: null,
    text: 'held',
    next: 'acknowledge',
  });
  talk(db);
  db.exec('COMMIT');
  for (const index of [new PartTallies(), new FacetIndex()]) {
    index.refill();
    // Some rows stay uncounted: they are looked at by themselves.
    for (let steps = 0; steps < 15 && index.step(db); steps++);
  }
  db.close();
}

/** What was charted, challenged, contained, written and said. */
function talk(db: ReturnType<typeof openDatabase>): void {
  const alarm = { code: 'SPC_SIGNAL', subject: 'outlet/score', key: 'c', cleared: null, next: 'look at the parts' };
  put(db, 'alarms', { ...alarm, since: BAD_FROM, text: 'out of control: nelson_1, first with part 230' });
  put(db, 'alarms', { ...alarm, key: 'd', since: BEGIN - 2 * HOUR, cleared: BEGIN - HOUR, text: 'before' });
  const challenge = (name: string, passed: boolean) => JSON.stringify({ name, expect: 'nok', passed });
  for (const [n, passed] of [true, false].entries())
    put(db, 'inspections', {
      id: `challenge-${n}`,
      sequence: 10_000 + n,
      at: BEGIN + n * HOUR,
      recorded: BEGIN + n * HOUR,
      station: 'outlet',
      recipe: 'standard',
      outcome: 'judged',
      verdict: passed ? 'nok' : 'ok',
      reasons: '[]',
      part: 'RR-1',
      tags: '{}',
      frames: '[]',
      challenge: challenge('scratch', passed),
    });
  const stretch = { station: 'outlet', recorded: BEGIN, after_part: null, until_part: null };
  put(db, 'containments', {
    ...stretch,
    id: 'c1',
    at: BEGIN + 2 * HOUR,
    cause: 'challenge',
    subject: 'scratch',
    why: 'challenge scratch failed',
    parts: 30,
  });
  put(db, 'containments', {
    ...stretch,
    id: 'c2',
    at: BEGIN + HOUR,
    cause: 'person',
    subject: 'mueller',
    why: 'somebody wants to know',
    parts: 5,
    disposition: 'released',
    disposed: BEGIN + 3 * HOUR,
  });
  const note = (id: string, at: number, text: string) => put(db, 'notes', { id, at, source: 'page', text, recorded: at });
  note('n1', BEGIN + HOUR, 'Hydraulikpumpe undicht');
  note('n2', BEGIN + 2 * HOUR, 'Hydraulikpumpe undicht, Dichtung getauscht');
  note('n0', BEGIN - HOUR, 'the shift before');
  for (let n = 0; n < 3; n++)
    put(db, 'texts', {
      id: `t${n}`,
      at: BEGIN + (n + 3) * HOUR,
      recorded: BEGIN,
      source: 'alarm',
      origin: 'plc',
      name: 'Guard',
      severity: 700,
      state: n < 2 ? 'ended' : 'active',
      ended: n < 2 ? BEGIN + (n + 4) * HOUR : null,
      text: n < 2 ? 'Störung 4 Schutztür offen' : 'Störung 17 Schutztür offen',
    });
}

const rows = (name: string): readonly ReportRow[] => report.queries.find((query) => query.name === name)?.rows ?? [];
const journal = () => openDatabase(join(folder, 'data', 'journal.db'), { readonly: true });

describe('every number', () => {
  it('is what its query gives when somebody else asks it', () => {
    const db = journal();
    expect(report.queries.map(({ name }) => name).sort()).toEqual([...REPORT_QUERIES].sort());
    for (const { name, sql, parameters, rows: told } of report.queries) expect(db.prepare(sql).all(parameters), name).toEqual(told);
    db.close();
  });

  it('is what the records themselves say', () => {
    const db = journal();
    const between = (from: number, to: number, more = '1') =>
      Number(
        db
          .prepare(`SELECT count(*) FROM inspections WHERE outcome = 'judged' AND challenge IS NULL AND at >= ? AND at < ? AND ${more}`)
          .pluck()
          .get(from, to),
      );
    const [good, bad, review] = ["verdict = 'ok'", "verdict = 'nok'", "verdict = 'review'"].map((of) =>
      between(BEGIN, BEGIN + SHIFT, of),
    ) as [number, number, number];
    expect(rows('made')).toEqual([
      {
        station: 'outlet',
        recipe: 'standard',
        produced: good + bad + review + 4,
        good,
        scrap: bad,
        rework: 0,
        unknown: review + 4,
        quality_ratio: Number((good / (good + bad)).toFixed(6)),
      },
    ]);
    const shifts = rows('shifts');
    expect(shifts).toHaveLength(11);
    shifts.forEach((row, i) => {
      const from = BEGIN - (10 - i) * SHIFT;
      expect(row).toMatchObject({
        good: between(from, from + SHIFT, "verdict = 'ok'"),
        known: between(from, from + SHIFT, "verdict <> 'review'"),
      });
    });
    const scratched = between(BEGIN, BEGIN + SHIFT, "reasons LIKE '%scratch%'");
    expect(rows('reasons')).toEqual([
      { station: 'outlet', reason: 'scratch', parts: scratched, share: Number((scratched / (good + bad + review + 4)).toFixed(6)) },
      { station: 'outlet', reason: 'dent', parts: 3, share: Number((3 / (good + bad + review + 4)).toFixed(6)) },
    ]);
    // p chart: of a reason that never was, the center and its limit are 0.
    expect(report.worse).toEqual([
      {
        station: 'outlet',
        reason: 'scratch',
        parts: scratched,
        of: good + bad,
        share: scratched / (good + bad),
        center: 0,
        upper: 0,
        since: BAD_FROM,
      },
    ]);
    expect(rows('holds')).toEqual([
      { at: BEGIN + 6 * HOUR, station: 'outlet', action: 'hold', reason: 'three in a row', acknowledged: BEGIN + 6 * HOUR + 240_000 },
    ]);
    expect(rows('alarms')).toMatchObject([
      { code: 'SPC_SIGNAL', minutes: 180, times: 1 },
      { code: 'STATION_HELD', minutes: 60, times: 1 },
      { code: 'CAMERA_SILENT', minutes: 30, times: 1 },
    ]);
    expect(rows('lasting')).toMatchObject([{ code: 'SPC_SIGNAL' }, { code: 'STATION_HELD', next: 'acknowledge' }]);
    expect(rows('notes').map(({ who, said }) => [who, said])).toEqual([
      [null, 'Hydraulikpumpe undicht'],
      ['mueller', 'lens is <cleaned>'],
      [null, 'Hydraulikpumpe undicht, Dichtung getauscht'],
    ]);
    expect(rows('charts')).toEqual([
      { chart: 'outlet/score', since: BAD_FROM, cleared: null, text: 'out of control: nelson_1, first with part 230' },
    ]);
    // Those that failed first.
    expect(rows('challenges')).toEqual([
      { at: BEGIN + HOUR, station: 'outlet', challenge: 'scratch', part: 'RR-1', expected: 'nok', verdict: 'ok', outcome: 'failed' },
      { at: BEGIN, station: 'outlet', challenge: 'scratch', part: 'RR-1', expected: 'nok', verdict: 'nok', outcome: 'passed' },
    ]);
    expect(rows('contained')).toEqual([
      { at: BEGIN + 2 * HOUR, station: 'outlet', why: 'challenge scratch failed', subject: 'scratch', parts: 30 },
    ]);
    expect(rows('standing')).toEqual([{ at: BEGIN + 5 * HOUR, machine: 'Guard', severity: 700, text: 'Störung 17 Schutztür offen' }]);
    expect(rows('said').map(({ text, times, by }) => [text, times, by])).toEqual([
      ['Störung 4 Schutztür offen', 2, 'machine'],
      ['Hydraulikpumpe undicht', 1, 'people'],
      ['Hydraulikpumpe undicht, Dichtung getauscht', 1, 'people'],
      ['Störung 17 Schutztür offen', 1, 'machine'],
    ]);
    // Every quotation is a cell of that query, and every count the sum of its cells.
    expect(report.quotes).toEqual([
      { text: 'Störung 4 Schutztür offen', times: 3, texts: 2, first: BEGIN + 3 * HOUR, last: BEGIN + 5 * HOUR },
      { text: 'Hydraulikpumpe undicht', times: 2, texts: 2, first: BEGIN + HOUR, last: BEGIN + 2 * HOUR },
    ]);
    expect(report.quotes).toEqual(quotesOf(rows('said') as unknown as Parameters<typeof quotesOf>[0]));
    expect(report.quotes.every(({ text }) => rows('said').some((row) => row['text'] === text))).toBe(true);
    expect(report.complete).toBe(true);
    db.close();
  });

  it('in the text stands in a row, and nothing else is said', () => {
    const { stdout } = lineside(...argv());
    const cells = report.queries.flatMap(({ rows: of }) => of.flatMap((row) => Object.values(row)));
    const known = new Set<string>();
    for (const cell of [
      ...cells,
      ...report.worse.flatMap((one) => Object.values(one)),
      ...report.quotes.flatMap((one) => Object.values(one)),
    ]) {
      if (typeof cell !== 'number') continue;
      known.add(String(cell));
      known.add((cell * 100).toFixed(1));
    }
    const body = stdout
      .split('\n\n')
      .slice(1)
      .join('\n')
      // A quotation is a cell as a whole.
      .replaceAll(/Störung \d+|first with part \d+/g, '')
      .replaceAll(/\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?|part-\d+/g, '')
      .replace('the ten before', '');
    const numbers = body.match(/(?<![\w./])\d+(\.\d+)?(?= |$|\n)/gm) ?? [];
    expect(numbers.length).toBeGreaterThan(50);
    expect(numbers.filter((number) => !known.has(number) && !known.has(String(Number(number))))).toEqual([]);
  });
});

describe('as a file', () => {
  it('of HTML has the pictures of the worst in it, and nobody’s words are its markup', () => {
    const to = join(folder, 'report.html');
    expect(lineside(...argv('--format', 'html', '--to', to)).status).toBe(0);
    const html = readFileSync(to, 'utf8');
    expect(html.match(/<img src="data:image\/png;base64,/g)).toHaveLength(2);
    expect(html).not.toContain('<cleaned>');
    expect(html).toContain('lens is &#60;cleaned&#62;');
    for (const { name } of report.queries) expect(html).toContain(`id="${name}"`);
  });

  it('of PDF is printed where there is a Chromium, and else says what to do', () => {
    const to = join(folder, 'report.pdf');
    const none = linesideIn({ env: { LINESIDE_CHROMIUM: '/nowhere' } }, ...argv('--format', 'pdf', '--to', to));
    expect(none.status).not.toBe(0);
    expect(none.stderr).toContain('REPORT_NO_BROWSER');
    expect(existsSync(to)).toBe(false);
    const { status, stderr } = lineside(...argv('--format', 'pdf', '--to', to));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(to).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

it('names the shifts that there are where one is asked for that is none', () => {
  const { status, stderr } = lineside('report', '--config', config, '--shift', '2026-11-10/noon');
  expect(status).not.toBe(0);
  expect(stderr).toContain('early, late, night');
});
