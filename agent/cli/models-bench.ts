/** `lineside models bench`. */
import { energyMeter } from '../desk/bench/energy.ts';
import { benchModel, type ModelSpeed } from '../desk/bench/models.ts';
import { LinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { systemClock } from '../time.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, table } from './print.ts';
import { countedProgress } from './progress.ts';
import { type ModelsOptions, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  readonly variant?: readonly string[];
  readonly provider: readonly string[];
  readonly threads: readonly number[];
  readonly rounds: number;
  readonly runs: number;
}

export async function benchModels(packages: readonly string[], options: Options): Promise<ExitCode> {
  const shelf = shelfOf(options);
  const names = packages.length > 0 ? packages : await shelf.names();
  const manifests = await Promise.all(names.map((name) => readManifest(shelf.folderOf(name))));
  const variants = manifests.map((manifest) => variantsOf(manifest, options));
  const meter = energyMeter('/sys', systemClock.elapsed);
  const bar = countedProgress('measuring');
  bar.more(variants.flat().length * options.provider.length * options.threads.length * options.rounds);
  const speeds: ModelSpeed[] = [];
  try {
    for (const [i, manifest] of manifests.entries()) {
      const { rounds, runs, threads, provider: providers } = options;
      const { step: onStep } = bar;
      speeds.push(...(await benchModel(manifest, { variants: variants[i] ?? [], providers, threads, rounds, runs, meter, onStep })));
    }
  } finally {
    bar.stop();
  }
  if (options.json) outJson(speeds);
  else out(textOf(speeds));
  return EXIT.ok;
}

function variantsOf({ name, variants }: Manifest, { variant = [] }: Options): readonly string[] {
  const known = Object.keys(variants);
  const chosen = variant.length === 0 ? known : known.filter((one) => variant.includes(one));
  if (chosen.length > 0) return chosen;
  throw new LinesideError('USAGE', { why: `${name} has no variant ${variant.join(', ')}, only ${known.join(', ')}` });
}

function textOf(speeds: readonly ModelSpeed[]): string {
  const measured = speeds.some(({ energy_mj }) => energy_mj !== undefined);
  const header = [
    'package',
    'variant',
    'provider',
    'threads',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'memory MB',
    ...(measured ? ['energy mJ'] : []),
  ];
  const rows = speeds.map((s) => [
    s.package,
    s.variant,
    s.provider,
    `${s.threads}`,
    s.p50_ms.toFixed(2),
    s.p95_ms.toFixed(2),
    s.p99_ms.toFixed(2),
    s.rss_mb.toFixed(0),
    ...(measured ? [s.energy_mj?.toFixed(1) ?? ''] : []),
  ]);
  return table(header, rows, new Set([3, 4, 5, 6, 7, 8]));
}
