/** How fast a package's variants are here: each in a process of its own, round by round one after the other, so that all meet the same box. */
import type { Manifest } from '../../inference/manifest.ts';
import { type Bounds, proveAtDesk } from '../../inference/proofs.ts';
import { type Child, startChild } from './children.ts';
import type { EnergyMeter } from './energy.ts';
import { percentile } from './figures.ts';
import type { ModelAnswer, ModelOrder } from './model-child.ts';

export interface ModelSpeed {
  readonly package: string;
  readonly variant: string;
  /** What really ran, which is not always what was asked for. */
  readonly provider: string;
  readonly threads: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  /** Resident memory of a process that has nothing but this network. */
  readonly rss_mb: number;
  /** Energy of the whole box for one inference, where it can tell. */
  readonly energy_mj?: number;
}

export interface ModelBenchOptions {
  readonly variants: readonly string[];
  readonly providers: readonly string[];
  readonly threads: readonly number[];
  readonly rounds: number;
  /** Runs of each in a round. */
  readonly runs: number;
  readonly meter: EnergyMeter | null;
  readonly onStep: (what: string) => void;
  /** Of the proof of each; default: those of a start. */
  readonly bounds?: Partial<Bounds>;
}

interface Runner {
  readonly variant: string;
  readonly threads: number;
  readonly provider: string;
  readonly child: Child;
  readonly times: number[];
  resident: number;
  joules: number;
}

/** Each variant is proved in a process of its own first, which can be ended. Rejects with why one is refused. */
export async function benchModel(manifest: Manifest, options: ModelBenchOptions): Promise<readonly ModelSpeed[]> {
  const children: Child[] = [];
  try {
    const runners: Runner[] = [];
    for (const wish of wishes(options)) {
      const child = startChild('desk/bench/model-child');
      children.push(child);
      runners.push(await load(manifest, wish, child, options.bounds));
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const runner of runners) await measure(runner, options);
    }
    return distinct(runners).map((runner) => speedOf(manifest.name, runner, options));
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

type Wish = Pick<Runner, 'variant' | 'threads' | 'provider'>;

const wishes = ({ variants, threads, providers }: ModelBenchOptions): readonly Wish[] =>
  variants.flatMap((variant) => providers.flatMap((provider) => threads.map((count) => ({ variant, provider, threads: count }))));

async function load(manifest: Manifest, { variant, threads, provider }: Wish, child: Child, bounds?: Partial<Bounds>): Promise<Runner> {
  await proveAtDesk({ manifest, variant, providers: [provider], threads }, bounds);
  const order: ModelOrder = { load: { manifest, variant, providers: [provider], threads, warmUp: WARM_UP } };
  const loaded = await child.ask<ModelAnswer>(order);
  return { variant, threads, provider: loaded.provider, child, times: [], resident: loaded.resident, joules: 0 };
}

/** The first runs of a session are slow: memory is planned, caches are cold. */
const WARM_UP = 5;

async function measure(runner: Runner, { runs, meter, onStep }: ModelBenchOptions): Promise<void> {
  const ask = () => runner.child.ask<ModelAnswer>({ runs } satisfies ModelOrder);
  const { result, joules } = meter ? await meter.during(ask) : { result: await ask(), joules: 0 };
  runner.times.push(...result.runs);
  runner.resident = Math.max(runner.resident, result.resident);
  runner.joules += joules;
  onStep(`${runner.variant}, ${runner.threads} threads`);
}

/** A provider that is not there leaves the processor, which may have been asked for as well. */
const distinct = (runners: readonly Runner[]): readonly Runner[] =>
  runners.filter(
    (one, i) => runners.findIndex((o) => o.variant === one.variant && o.threads === one.threads && o.provider === one.provider) === i,
  );

function speedOf(name: string, { variant, provider, threads, times, resident, joules }: Runner, { meter }: ModelBenchOptions): ModelSpeed {
  const at = (share: number) => Number(percentile(times, share).toFixed(3));
  const speed = { package: name, variant, provider, threads, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
  const measured = { ...speed, rss_mb: Number((resident / 2 ** 20).toFixed(1)) };
  return meter ? { ...measured, energy_mj: Number(((joules / times.length) * 1000).toFixed(2)) } : measured;
}
