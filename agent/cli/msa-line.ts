/** `lineside msa masters | status | report`: gauge studies at the line, out of the journal, whether an agent runs or not; `start` and so on ask the one that runs. */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { loadConfig } from '../config/load.ts';
import type { Asked, StoredStudy } from '../contracts/index.ts';
import { studyReport } from '../decisions/gauge/study-report.ts';
import { wordsOf } from '../desk/studies/columns.ts';
import { LinesideError } from '../errors.ts';
import { askAgent } from '../publishers/ask-agent.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { tableOf } from '../runtime/recordings.ts';
import { showingsCsv } from '../runtime/showings-csv.ts';
import type { StudyVerb } from '../runtime/studies.ts';
import { studies, study } from '../store/studies.ts';
import { Seconds } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type JournalOptions, journalOf } from './export.ts';
import { truthsIn } from './msa.ts';
import { onJournal } from './on-journal.ts';
import { out, outJson, table } from './print.ts';
import { studyHtml } from './study-html.ts';
import { headlineOf, sectionsOf } from './study-sections.ts';

const ANSWERS_WITHIN = Seconds(10);

interface MastersOptions {
  readonly part: string;
  readonly truth: string;
}

/** The piece of the config that a file of master parts becomes. */
export async function mastersOf(file: string, { part, truth }: MastersOptions): Promise<ExitCode> {
  const from = await tableOf(file);
  const truths = truthsIn(wordsOf(from, part, file), wordsOf(from, truth, file), truth, file);
  out(['masters:', ...[...truths].map(([id, said]) => `  ${JSON.stringify(id)}: ${said}`)].join('\n'));
  return EXIT.ok;
}

interface TellOptions {
  readonly config: string;
  readonly station: string;
  readonly json?: boolean;
}

/** To the agent that runs, over the broker of the config. */
export async function tellStudy(verb: StudyVerb, study: string | undefined, { config, station, json }: TellOptions): Promise<ExitCode> {
  const { mqtt, line } = (await loadConfig(config, LENIENT)).config;
  if (!mqtt) throw new LinesideError('USAGE', { why: `${config} names no broker; do it on the page, under Gauge` });
  const body = { station, do: verb, ...(study === undefined ? {} : { study }) };
  const { asked, ...result } = await askAgent({ mqtt, line, agent: line.agent ?? hostname(), verb: 'study', body }, ANSWERS_WITHIN);
  if (json) outJson({ asked, ...result });
  else if (isAsked(asked)) out(`show part ${asked.part} (${asked.appraiser}, time ${asked.trial}; no. ${asked.showing})`);
  else out('the study is over');
  return EXIT.ok;
}

const isAsked = (asked: unknown): asked is Asked => typeof asked === 'object' && asked !== null && 'part' in asked;

interface StatusOptions extends JournalOptions {
  readonly last: number;
  readonly json?: boolean;
}

export async function studiesOf(options: StatusOptions): Promise<ExitCode> {
  const { items } = await onJournal(await journalOf(options), (db) => studies(db, { limit: options.last }));
  if (options.json) outJson(items);
  else if (items.length === 0) out('no study was begun; name one under `studies` of a station, and begin it on the page under Gauge');
  else
    out(
      table(
        ['begun', 'station', 'study', 'kind', 'state', 'shown', 'id', ''],
        items.map(({ at, station, name, spec, state, shown, of, id, why }) => [
          new Date(at).toISOString(),
          station,
          name,
          spec.kind,
          state,
          `${shown} of ${of}`,
          id,
          why,
        ]),
      ),
    );
  return EXIT.ok;
}

export type StudyFormat = 'text' | 'html' | 'json' | 'csv';
interface ReportOptions extends JournalOptions {
  readonly format: StudyFormat;
  readonly to?: string;
}

/** `id`: of the study; `last`: the one that was begun last. */
export async function reportOf(id: string, options: ReportOptions): Promise<ExitCode> {
  const found = await onJournal(await journalOf(options), (db) => {
    const wanted = id === 'last' ? studies(db, { limit: 1 }).items[0]?.id : id;
    return wanted === undefined ? null : study(db, wanted);
  });
  if (!found) throw new LinesideError('USAGE', { why: `the journal has no study ${id}; \`lineside msa status\` lists them` });
  const text = textIn(found, options.format);
  if (options.to === undefined) process.stdout.write(text);
  else writeFileSync(options.to, text);
  return EXIT.ok;
}

function textIn(found: StoredStudy, format: StudyFormat): string {
  if (format === 'csv') return showingsCsv(found);
  const report = studyReport(found);
  if (format === 'json') return `${JSON.stringify(report)}\n`;
  if (format === 'html') return studyHtml(report);
  const sections = sectionsOf(report).map(({ title, header, rows, right }) => `${title}\n${table(header, rows, right)}`);
  return `${[headlineOf(report), ...sections].join('\n\n')}\n`;
}
