/** `lineside models shadow | promote | rollback`: which package is in a station's place (runtime/model-switch.ts). */
import { resolve } from 'node:path';
import { LinesideError } from '../errors.ts';
import { putShadow, type Switched, switchPackage } from '../runtime/model-switch.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { onRecord } from './on-record.ts';
import { out, outJson } from './print.ts';

export interface SwitchOptions {
  readonly config: string;
  readonly json?: boolean;
}

export const promote = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> => change(place, options, 'promote');
export const rollback = (place: string | undefined, options: SwitchOptions): Promise<ExitCode> => change(place, options, 'rollback');

/** `lineside models shadow`: a package beside what judges in a place, or none any more. */
export async function shadow(
  place: string,
  name: string | undefined,
  options: SwitchOptions & { readonly end?: boolean },
): Promise<ExitCode> {
  if ((name === undefined) !== (options.end ?? false))
    throw new LinesideError('USAGE', {
      why: name === undefined ? 'name a package, or say --end' : `${name} beside it, or none: which one is it`,
    });
  const { from, config, base, store } = await putShadow(options.config, place, name === undefined ? null : { model: name });
  onRecord(resolve(base, store), { verb: 'shadow', detail: { place, to: name ?? null, config } });
  if (options.json)
    outJson({ place, change: name === undefined ? 'shadow_ended' : 'shadow', from, to: name ?? null, file: options.config, config });
  else if (name === undefined) out(`${place}: ${from.model} judges, and nothing runs beside it any more.\n${SOON}`);
  else
    out(
      `${place}: ${name} runs beside ${from.model}, which judges; nothing ${name} says reaches the PLC. Look under Teach or Models how they agree; \`lineside models promote ${place}\` lets it judge.\n${SOON}`,
    );
  return EXIT.ok;
}

const SOON = 'A running agent changes over within seconds, any other at its start.';

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
  out(`${place}: ${to.model} judges now, ${from.model} did before; ${way}.\n${SOON}`);
}
