/** `lineside bench`: this box against the limit. */
import { resolve } from 'node:path';
import { FIGURES, type FigureName, runBench, USUAL } from '../desk/bench/bench.ts';
import { BATCH } from '../desk/bench/journal.ts';
import { LinesideError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, table } from './print.ts';
import { progress } from './progress.ts';

export async function bench(options: {
  readonly rounds: number;
  readonly only?: readonly string[];
  readonly records: number;
  readonly journal?: string;
  readonly json?: boolean;
}): Promise<ExitCode> {
  const only = options.only ? options.only.map(nameOf) : USUAL;
  const written = only.includes('queries') ? Math.ceil(options.records / BATCH) : 0;
  const bar = progress('measuring', options.rounds * only.length + written);
  const figures = await runBench({
    rounds: options.rounds,
    only,
    records: options.records,
    journal: options.journal === undefined ? null : resolve(options.journal),
    onStep: (what) => bar.step(what),
  });
  bar.stop();
  if (options.json) outJson(figures);
  else
    out(
      table(
        ['figure', 'median', 'min', 'max'],
        Object.entries(figures).map(([name, f]) => [name, `${f.median}`, `${f.min}`, `${f.max}`]),
        new Set([1, 2, 3]),
      ),
    );
  return EXIT.ok;
}

function nameOf(text: string): FigureName {
  const found = FIGURES.find((name) => name === text);
  if (!found) throw new LinesideError('USAGE', { why: `there is no figure ${text}; there are ${FIGURES.join(', ')}` });
  return found;
}
