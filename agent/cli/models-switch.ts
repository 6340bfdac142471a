/** `lineside models promote | rollback`: which package is in a station's place (runtime/model-switch.ts). */
import { resolve } from 'node:path';
import { type Switched, switchPackage } from '../runtime/model-switch.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson } from './print.ts';

export interface SwitchOptions {
  readonly config: string;
  readonly json?: boolean;
}

export const promote = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> => change(place, options, 'promote');
export const rollback = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> => change(place, options, 'rollback');

async function change(name: string | undefined, options: SwitchOptions, verb: 'promote' | 'rollback'): Promise<ExitCode> {
  const switched = await switchPackage(options.config, name, verb);
  const { place, from, to, config, base, store } = switched;
  onRecord(resolve(base, store), { verb, detail: { place, from, to, config } });
  report(switched, verb === 'promote' ? 'promoted' : 'rolled_back', options);
  return EXIT.ok;
}

function report({ place, from, to, config }: Switched, done: 'promoted' | 'rolled_back', { json, config: file }: SwitchOptions): void {
  if (json) return outJson({ place, change: done, from, to, file, config });
  const way = done === 'promoted' ? `\`lineside models rollback ${place}\` goes back` : `${from.model} goes on in its shadow`;
  out(
    `${place}: ${to.model} judges now, ${from.model} did before; ${way}.\nA running agent changes over within seconds, any other at its start.`,
  );
}
