/** `lineside report`: what the next shift must know of one, out of the journal, whether an agent runs or not. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Calendar, ShiftReport } from '../contracts/index.ts';
import { reportWish, shiftReport } from '../decisions/kpi/report.ts';
import { LinesideError } from '../errors.ts';
import { pictureFile } from '../store/picture-files.ts';
import { reportRows } from '../store/shift-report.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { calendarOf, type ShiftOptions, wantedShift } from './kpi.ts';
import { MOST_UNCOUNTED, onJournal } from './on-journal.ts';
import { out, table } from './print.ts';
import { reportHtml } from './report-html.ts';
import { clockOf, sectionsOf } from './report-sections.ts';

export type ReportFormat = 'text' | 'html' | 'json' | 'pdf';
interface Options extends ShiftOptions {
  readonly shift: string;
  readonly format: ReportFormat;
  readonly to?: string;
}

export async function report(options: Options): Promise<ExitCode> {
  const { calendar, folder } = await calendarOf(options);
  const { format, to } = options;
  if (format === 'pdf' && to === undefined) throw new LinesideError('USAGE', { why: 'a PDF needs a file: --to report.pdf' });
  const made = await madeReport({ calendar, folder }, options.shift);
  if (format === 'pdf') printPdf(reportHtml(made, pictureIn(folder)), to ?? '');
  else write(format === 'json' ? JSON.stringify(made) : format === 'html' ? reportHtml(made, pictureIn(folder)) : textOf(made), to);
  return EXIT.ok;
}

/** `wanted`: last, now, or the id of a shift. */
export async function madeReport(
  { calendar, folder }: { readonly calendar: Calendar; readonly folder: string },
  wanted: string,
): Promise<ShiftReport> {
  const now = systemClock.now();
  const shift = wantedShift(calendar, wanted, now);
  const rows = await onJournal(folder, (db) => reportRows(db, reportWish(calendar, shift, now), MOST_UNCOUNTED));
  return shiftReport(calendar.zone, shift, rows, now);
}

function write(text: string, to: string | undefined): void {
  if (to === undefined) out(text);
  else writeFileSync(to, `${text}\n`);
}

/** What a picture in a report may weigh. */
const LARGEST = 4e6;
export const pictureIn =
  (folder: string) =>
  (path: string): string | null => {
    const file = pictureFile(folder, path);
    try {
      const bytes = file === null ? null : readFileSync(file);
      if (bytes === null || bytes.length > LARGEST) return null;
      return `data:image/${path.endsWith('.png') ? 'png' : 'jpeg'};base64,${bytes.toString('base64')}`;
    } catch {
      // Deleted for its space.
      return null;
    }
  };

function textOf(made: ShiftReport): string {
  const { shift, zone, queries } = made;
  const clock = clockOf(zone);
  const sections = sectionsOf(made).map(
    ({ title, header, rows, right }) => `${title}\n${rows.length === 0 ? '–' : table(header, rows, right)}`,
  );
  const pictures = queries.find(({ name }) => name === 'pictures')?.rows ?? [];
  return [
    `Shift ${shift.id}: ${clock(shift.from)} to ${clock(shift.to)}, ${zone}${shift.over ? '' : ', so far'}${made.complete ? '' : ' (some records are not counted yet)'}`,
    ...sections,
    ...(pictures.length === 0 ? [] : [`Pictures of the worst\n${pictures.map((row) => `${row['reason']}: ${row['path']}`).join('\n')}`]),
  ].join('\n\n');
}

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PRINTS_WITHIN = 60_000;

/** Chromium prints the page as it would on paper; nothing in the file asks for anything else. */
function printPdf(html: string, to: string): void {
  const named = process.env['LINESIDE_CHROMIUM'];
  const browser = (named === undefined ? BROWSERS : [named]).find((file) => existsSync(file));
  if (browser === undefined) throw new LinesideError('REPORT_NO_BROWSER', { where: named ?? BROWSERS.join(', ') });
  const folder = mkdtempSync(join(tmpdir(), 'lineside-report-'));
  try {
    const page = join(folder, 'report.html');
    writeFileSync(page, html, { mode: 0o600 });
    const pdf = join(folder, 'report.pdf');
    const own = [`--user-data-dir=${join(folder, 'profile')}`, '--headless', '--no-sandbox', '--disable-gpu', '--disable-extensions'];
    const { status, stderr } = spawnSync(browser, [...own, '--no-pdf-header-footer', `--print-to-pdf=${pdf}`, `file://${page}`], {
      encoding: 'utf8',
      timeout: PRINTS_WITHIN,
    });
    if (status !== 0 || !existsSync(pdf))
      throw new LinesideError('REPORT_NOT_PRINTED', { browser, why: stderr.trim().split('\n').at(-1) ?? '' });
    writeFileSync(to, readFileSync(pdf));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
