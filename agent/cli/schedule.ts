/** `lineside schedule bench`. */
import { resolve } from 'node:path';
import { type Solved, solveShop } from '../decisions/scheduling/solve.ts';
import { type Instance, instancesIn } from '../desk/scheduling/jsplib.ts';
import { asLinesideError, LinesideError } from '../errors.ts';
import { Seconds, systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, table } from './print.ts';
import { progress } from './progress.ts';

interface Options {
  readonly jsplib: string;
  readonly instances?: readonly string[];
  readonly seconds: number;
  readonly searches: number;
  readonly json?: boolean;
}

/** Of one search; what it holds is some MB beside Node itself. */
const MEMORY = 512 * 2 ** 20;

export async function benchSchedules({ jsplib, instances: names = [], seconds, searches, json }: Options): Promise<ExitCode> {
  const instances = await instancesIn(resolve(jsplib), names);
  const bar = progress('job shops', instances.length);
  const rows: Row[] = [];
  const failed: string[] = [];
  try {
    for (const instance of instances) {
      bar.step(instance.name);
      const began = systemClock.elapsed();
      const budget = { clock: systemClock, time: Seconds(seconds), searches, memory: MEMORY, niceness: 0, seed: 0.42 };
      const outcome = await solveShop(instance.shop, budget).catch((thrown: unknown) => asLinesideError(thrown));
      if (outcome instanceof LinesideError) failed.push(`${instance.name}: ${outcome.message}`);
      else rows.push({ instance, solved: outcome, seconds: (systemClock.elapsed() - began) / 1000 });
    }
  } finally {
    bar.stop();
  }
  if (json) outJson(rows.map(asJson));
  else out(textOf(rows));
  // What was found of the others stands there all the same.
  if (failed.length > 0) process.stderr.write(`${failed.join('\n')}\n`);
  return failed.length > 0 ? EXIT.fault : EXIT.ok;
}

interface Row {
  readonly instance: Instance;
  readonly solved: Solved;
  readonly seconds: number;
}

const asJson = ({ instance, solved: { makespan, bound, proven, after, starts }, seconds }: Row) => ({
  instance: instance.name,
  makespan,
  bound,
  proven,
  seconds: Math.round(seconds * 10) / 10,
  best_after: Math.round(after / 100) / 10,
  best_known: instance.best,
  starts,
});

function textOf(rows: readonly Row[]): string {
  const gaps = rows.flatMap(({ instance, solved }) => (instance.best === null ? [] : [100 * (solved.makespan / instance.best - 1)]));
  const lines = rows.map(({ instance: { name, shop, best }, solved, seconds }) => [
    name,
    `${shop.length} x ${shop[0]?.length ?? 0}`,
    `${solved.makespan}`,
    `${best ?? ''}`,
    best === null ? '' : `${(100 * (solved.makespan / best - 1)).toFixed(2)} %`,
    `${solved.bound}`,
    solved.proven ? 'proven' : '',
    seconds.toFixed(1),
  ]);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length);
  return [
    table(['instance', 'jobs', 'length', 'best known', 'gap', 'bound', '', 'seconds'], lines, new Set([2, 3, 4, 5, 7])),
    `Mean gap to the best known ${mean.toFixed(2)} %, over ${gaps.length}; every schedule can be run.`,
  ].join('\n');
}
