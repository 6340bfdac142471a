/** `lineside outbox list | retry | drop`: what the broker does not take, whether an agent runs or not. */
import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { LinesideError } from '../errors.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { dropLetters, lettersOf, retryLetters } from '../store/letters-desk.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson, table } from './print.ts';

interface Options {
  readonly config: string;
  readonly store?: string;
  readonly topic?: string;
  readonly json?: boolean;
}

async function folderOf({ config, store }: Options): Promise<string> {
  if (store !== undefined) return resolve(store);
  const loaded = await loadConfig(config, LENIENT);
  return resolve(loaded.base, loaded.config.store.path);
}

export async function listLetters(options: Options & { readonly limit: number }): Promise<ExitCode> {
  const summary = lettersOf(await folderOf(options), { topic: options.topic }, options.limit);
  if (options.json) {
    outJson(summary);
    return EXIT.ok;
  }
  const { letters, total, waiting, dropped, bytes } = summary;
  if (letters.length > 0) {
    const rows = letters.map((l) => [String(l.id), l.refused, String(l.bytes), l.retry ? 'again' : '', l.topic, l.why]);
    out(`${table(['id', 'refused', 'bytes', 'retry', 'topic', 'why'], rows, new Set([0, 2]))}\n`);
  }
  const listed = total > letters.length ? `, of which ${letters.length} are listed` : '';
  const events = Object.values(waiting).reduce((sum, n) => sum + n, 0);
  out(`${total} dead letters${listed}; ${events} events wait to be sent; ${megabytes(bytes)} MB in all; ${dropped} given up for space`);
  return EXIT.ok;
}

export async function changeLetters(
  verb: 'retry' | 'drop',
  ids: readonly string[],
  options: Options & { readonly all?: boolean },
): Promise<ExitCode> {
  const { topic, all } = options;
  if (ids.length === 0 && topic === undefined && !all) throw new LinesideError('USAGE', { why: 'Name dead letters, a --topic, or --all.' });
  const wish = { ids: ids.length > 0 ? ids.map(number) : undefined, topic };
  const change = verb === 'retry' ? retryLetters : dropLetters;
  const folder = await folderOf(options);
  const letters = change(folder, wish);
  onRecord(folder, {
    verb: `outbox_${verb}`,
    detail: { letters, ...(topic === undefined ? {} : { topic }), ...(wish.ids ? { ids: wish.ids } : {}) },
  });
  if (options.json) outJson({ [verb === 'retry' ? 'retried' : 'dropped']: letters });
  else out(`${letters} dead letters ${verb === 'retry' ? 'will be sent again' : 'given up'}`);
  return EXIT.ok;
}

function number(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new LinesideError('USAGE', { why: `${text} is no number of a dead letter; \`lineside outbox list\` shows them.` });
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
