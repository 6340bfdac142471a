/**
 * How fast is this box, against the limit: each figure is a ratio to bare onnxruntime, SQLite, mqtt.js or node-opcua, measured in the
 * same run, one after the other, round by round. Nothing else should run meanwhile.
 */
import { join } from 'node:path';
import { readManifest } from '../../inference/manifest.ts';
import { packageRoot } from '../../platform/package-root.ts';
import type { BareModelAnswer } from './bare-model.ts';
import { startBenchBroker } from './broker.ts';
import { chartsRound } from './charts.ts';
import { type Child, startChild } from './children.ts';
import { type Figure, figure, percentile } from './figures.ts';
import { lessons } from './lesson.ts';
import type { LineAnswer, LineStarted } from './line.ts';
import { publishRound } from './publish.ts';
import { queryBench } from './queries.ts';
import { startRound } from './start.ts';
import { storeRound } from './store.ts';
import { TagsBench } from './tags.ts';
import { viewers } from './viewers.ts';

export const FIGURES = [
  'throughput',
  'overhead',
  'store',
  'publish',
  'tags',
  'start',
  'viewers',
  'teaching',
  'decisions',
  'queries',
] as const;
export type FigureName = (typeof FIGURES)[number];
/** Measured where nothing is said: a journal for `queries` takes minutes and gigabytes to make. */
export const USUAL: readonly FigureName[] = FIGURES.filter((name) => name !== 'queries');

export interface BenchOptions {
  readonly rounds: number;
  readonly only: readonly FigureName[];
  /** For `queries`: how many there are, and where the journal lies, is made and stays; null: it is made for this time. */
  readonly records: number;
  readonly journal: string | null;
  readonly onStep: (what: string) => void;
}

const MODEL = 'surface-defect';
const VARIANT = 'int8-u8s8';
/** Measured in turns, so that a host that slows down for a second slows both down. */
const TURNS = 4;
const FLOOD = { parts: 100, inflight: 8 };
/** In all turns enough of them that the 99th percentile is not the worst few. */
const STEADY = { parts: 100, periodMs: 50 };

type Values = Record<string, number[]>;

export async function runBench(options: BenchOptions): Promise<Record<string, Figure>> {
  const { rounds, only, onStep } = options;
  const values: Values = {};
  const add = (name: string, value: number) => {
    values[name] = [...(values[name] ?? []), value];
  };
  const begun = await Promise.allSettled(only.map((name) => BENCHES[name](options)));
  const parts = begun.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  try {
    for (const one of begun) if (one.status === 'rejected') throw one.reason;
    for (let round = 1; round <= rounds; round++) {
      for (const part of parts) {
        await part.round(add);
        onStep(`round ${round}`);
      }
    }
  } finally {
    await Promise.all(parts.map((part) => part.stop()));
  }
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, figure(list)]));
}

interface Bench {
  round(add: (name: string, value: number) => void): Promise<void>;
  stop(): Promise<void>;
}

const BENCHES: Readonly<Record<FigureName, (options: BenchOptions) => Promise<Bench>>> = {
  throughput: async () => {
    const { line, bare, stop } = await lineAndBare(undefined);
    return {
      stop,
      round: async (add) => {
        let [ours, limit] = [0, 0];
        for (let turn = 0; turn < TURNS; turn++) {
          limit += 1 / (await bare()).perSecond;
          ours += 1 / (await line.ask<LineAnswer>({ do: 'flood', ...FLOOD })).perSecond;
        }
        add('throughput_ratio', limit / ours);
      },
    };
  },
  overhead: async () => {
    const plc = startChild('desk/bench/plc');
    const { line, bare, stop } = await lineAndBare(await plc.ask<string>({ do: 'start', tags: 0 }));
    return {
      stop: () => Promise.all([plc.stop(), stop()]).then(() => {}),
      round: async (add) => {
        const [verdictMs, runs]: [number[], number[]] = [[], []];
        for (let turn = 0; turn < TURNS; turn++) {
          // At the pace of the parts: a core that has slept, and a box that now and then does something else, belong to the limit as well.
          runs.push(...(await bare(STEADY.periodMs)).runs);
          const parts = line.ask<LineAnswer>({ do: 'collect', parts: STEADY.parts });
          await plc.ask({ do: 'parts', ...STEADY });
          verdictMs.push(...(await parts).verdictMs);
        }
        add('overhead_p50_ms', percentile(verdictMs, 0.5) - percentile(runs, 0.5));
        add('overhead_p99_ms', percentile(verdictMs, 0.99) - percentile(runs, 0.99));
      },
    };
  },
  store: async () => ({ stop: async () => {}, round: async (add) => add('store_ratio', await storeRound()) }),
  publish: async () => {
    const broker = await startBenchBroker();
    return { stop: () => broker.stop(), round: async (add) => add('publish_ratio', await publishRound(broker.url)) };
  },
  tags: async () => {
    const bench = new TagsBench();
    return {
      stop: () => bench.stop(),
      round: async (add) => {
        const { lost, cpuRatio, blockedP99Ms } = await bench.round();
        add('tags_lost', lost);
        add('tags_cpu_ratio', cpuRatio);
        add('main_blocked_p99_ms', blockedP99Ms);
      },
    };
  },
  start: async () => {
    const plc = startChild('desk/bench/plc');
    const endpoint = await plc.ask<string>({ do: 'start', tags: 0 });
    return { stop: () => plc.stop(), round: async (add) => add('start_ms', await startRound(plc, endpoint, MODEL)) };
  },
  viewers: () =>
    beside(async ({ address }) => [1, 3].map((count) => [`viewers_${count}`, () => viewers(count, address ?? '', 'line')] as const)),
  teaching: () => beside(async ({ frames }) => [['teaching', () => lessons(frames)]]),
  decisions: async () => {
    const lines = await Promise.all([false, true].map(namedLine));
    return {
      stop: () => Promise.all(lines.map(({ stop }) => stop())).then(() => {}),
      round: async (add) => {
        const times: readonly number[][] = lines.map(() => []);
        for (let turn = 0; turn < TURNS; turn++) for (const [i, { steady }] of lines.entries()) times[i]?.push(...(await steady()));
        const [without = [], having = []] = times;
        add('decisions_p50_ratio', percentile(having, 0.5) / percentile(without, 0.5));
        add('decisions_p99_ratio', percentile(having, 0.99) / percentile(without, 0.99));
        add('charts_us', chartsRound(Math.random));
      },
    };
  },
  queries: ({ records, journal, onStep }) => queryBench({ records, folder: journal, onStep }),
};

/** What goes on meanwhile: begins, and is ended. */
type Meanwhile = readonly [name: string, begin: () => Promise<{ stop(): Promise<void> }>];

/** Verdicts at a steady pace with nobody beside, and with each of these, in turns; the ratio of their times. */
async function beside(of: (line: LineStarted) => Promise<readonly Meanwhile[]>): Promise<Bench> {
  const [plc, broker, line] = [startChild('desk/bench/plc'), await startBenchBroker(), startChild('desk/bench/line')];
  const opcua = await plc.ask<string>({ do: 'start', tags: 0 });
  const started = await line.ask<LineStarted>({ do: 'start', package: MODEL, broker: broker.url, threads: 1, opcua, page: true });
  const all = await of(started);
  const steady = async () => {
    const parts = line.ask<LineAnswer>({ do: 'collect', parts: STEADY.parts });
    await plc.ask({ do: 'parts', ...STEADY });
    return (await parts).verdictMs;
  };
  return {
    stop: () => Promise.all([plc.stop(), line.stop(), broker.stop()]).then(() => {}),
    round: async (add) => {
      const alone: number[] = [];
      const watched = new Map<string, number[]>();
      for (let turn = 0; turn < TURNS; turn++) {
        alone.push(...(await steady()));
        for (const [name, begin] of all) {
          const meanwhile = await begin();
          watched.set(name, [...(watched.get(name) ?? []), ...(await steady().finally(() => meanwhile.stop()))]);
        }
      }
      for (const [name, verdictMs] of watched) {
        add(`${name}_p50_ratio`, percentile(verdictMs, 0.5) / percentile(alone, 0.5));
        add(`${name}_p99_ratio`, percentile(verdictMs, 0.99) / percentile(alone, 0.99));
      }
    },
  };
}

/** A line whose parts have ids, with a PLC and a broker of its own: alone, or with all that follows from many verdicts. */
async function namedLine(decisions: boolean) {
  const [plc, broker, line] = [startChild('desk/bench/plc'), await startBenchBroker(), startChild('desk/bench/line')];
  const opcua = await plc.ask<string>({ do: 'start', tags: 0 });
  await line.ask({ do: 'start', package: MODEL, broker: broker.url, threads: 1, opcua, named: true, decisions });
  return {
    stop: () => Promise.all([plc.stop(), line.stop(), broker.stop()]).then(() => {}),
    steady: async () => {
      const parts = line.ask<LineAnswer>({ do: 'collect', parts: STEADY.parts });
      await plc.ask({ do: 'parts', ...STEADY });
      return (await parts).verdictMs;
    },
  };
}

/** The agent on its line, and the same network bare, each in a process of its own. */
async function lineAndBare(
  opcua: string | undefined,
): Promise<{ line: Child; bare: (periodMs?: number) => Promise<BareModelAnswer>; stop: () => Promise<void> }> {
  const broker = await startBenchBroker();
  const line = startChild('desk/bench/line');
  const model = startChild('desk/bench/bare-model');
  const { folder, variants } = await readManifest(join(packageRoot, 'models', MODEL));
  const file = join(folder, variants[VARIANT]?.file ?? '');
  await line.ask({ do: 'start', package: MODEL, broker: broker.url, threads: 1, ...(opcua === undefined ? {} : { opcua }) });
  return {
    line,
    bare: (periodMs = 0) => model.ask<BareModelAnswer>({ file, threads: 1, runs: periodMs > 0 ? STEADY.parts : FLOOD.parts, periodMs }),
    stop: async () => {
      await Promise.all([line.stop(), model.stop(), broker.stop()]);
    },
  };
}
