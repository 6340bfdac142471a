/** `lineside export | backup`: the journal for people and programs, while the agent runs. */
import { createWriteStream } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { loadConfig } from '../config/load.ts';
import { LENIENT } from '../runtime/config-catalogue.ts';
import { backup, exportInspections } from '../store/read.ts';
import { EXIT, type ExitCode } from './exit.ts';

export interface JournalOptions {
  readonly config: string;
  readonly store?: string;
}
interface Options extends JournalOptions {
  readonly output?: string;
}

/** Its folder, absolute: the one that is named, or the one in the config. */
export async function journalOf({ config, store }: JournalOptions): Promise<string> {
  if (store !== undefined) return resolve(store);
  const loaded = await loadConfig(config, LENIENT);
  return resolve(loaded.base, loaded.config.store.path);
}

export async function exportRecords(
  options: Options & { readonly from?: number; readonly to?: number; readonly station?: string; readonly format: 'csv' | 'jsonl' },
): Promise<ExitCode> {
  const { output, from, to, station, format } = options;
  const target: Writable = output === undefined ? process.stdout : createWriteStream(output);
  await exportInspections(await journalOf(options), { from, to, station, format }, target);
  return EXIT.ok;
}

export async function backupJournal(options: Options & { readonly output: string }): Promise<ExitCode> {
  await backup(await journalOf(options), join(options.output));
  return EXIT.ok;
}
