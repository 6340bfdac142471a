/** `lineside ask | mcp`: what the plant asks of the journal, by people and by their assistants. The agent may run. */
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { LinesideError } from '../errors.ts';
import { version } from '../platform/package-root.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { casesIn } from '../store/cases.ts';
import { QUESTIONS, type QuestionName } from '../store/question-table.ts';
import { type Answer, ask } from '../store/questions.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type JournalOptions, journalOf } from './export.ts';
import { calendarOf } from './kpi.ts';
import { onJournal } from './on-journal.ts';
import { out, outJson, painter, table } from './print.ts';
import { madeReport } from './report.ts';

interface Options extends JournalOptions {
  readonly from?: number;
  readonly to?: number;
  readonly station?: string;
  readonly part?: string;
  readonly limit: number;
  readonly sql?: boolean;
  readonly json?: boolean;
}

const DAY = 86_400_000;

export async function askJournal(name: QuestionName, options: Options): Promise<ExitCode> {
  if (options.sql) {
    out(QUESTIONS[name].sql);
    return EXIT.ok;
  }
  const to = options.to ?? Date.now();
  const from = options.from ?? to - DAY;
  const answer = ask(await journalOf(options), name, { ...options, from, to });
  if (options.json) outJson(answer);
  else out(textOf(answer));
  return EXIT.ok;
}

function textOf({ question, rows, more }: Answer): string {
  const [first] = rows;
  if (!first) return `${QUESTIONS[question].asks}\nNothing is stored that answers it.`;
  const columns = Object.keys(first);
  const numbers = columns.flatMap((column, i) => (rows.every((row) => typeof row[column] !== 'string') ? [i] : []));
  const cells = rows.map((row) => columns.map((column) => `${row[column] ?? ''}`.replaceAll(/\s+/g, ' ').slice(0, 80)));
  return [
    painter(process.stdout.isTTY)('bold', QUESTIONS[question].asks),
    table(columns, cells, new Set(numbers)),
    ...(more ? ['There is more: --limit says how many rows are shown.'] : []),
  ].join('\n');
}

/** Answers on standard output until the other end closes; nothing else is written there. */
export async function serveAssistant({ config }: JournalOptions): Promise<ExitCode> {
  const { config: loaded, base } = await loadConfig(config, LENIENT);
  if (!loaded.language.assistant) throw new LinesideError('ASSISTANT_OFF', { file: config });
  const [{ toolsOf }, { serveTools }] = await Promise.all([import('../desk/assistant/tools.ts'), import('../desk/assistant/server.ts')]);
  const folder = resolve(base, loaded.store.path);
  const tools = toolsOf({
    ask: (name, asked) => ask(folder, name, asked),
    cases: (wish) => onJournal(folder, (db) => casesIn(db, wish)),
    report: async (shift) => madeReport(await calendarOf({ config }), shift),
    now: Date.now,
  });
  await serveTools(tools, version, { input: process.stdin, output: process.stdout });
  return EXIT.ok;
}
