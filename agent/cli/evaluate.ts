/** `lineside models evaluate`. */
import { join, resolve } from 'node:path';
import { evaluate } from '../desk/evaluation/evaluate.ts';
import type { Protocol } from '../desk/evaluation/protocol.ts';
import { protocolOf } from '../desk/evaluation/protocols/index.ts';
import { labelled } from '../desk/evaluation/protocols/labelled.ts';
import type { Evaluation, Figure } from '../desk/evaluation/report.ts';
import { LinesideError } from '../errors.ts';
import { type Manifest, readManifest } from '../inference/manifest.ts';
import { dataFolder } from './data-folder.ts';
import type { EvaluateCommand } from './evaluate-command.ts';
import { evaluatePredictions } from './evaluate-predictions.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';
import { type CountedProgress, countedProgress } from './progress.ts';
import { shelfOf } from './shelf.ts';

export async function evaluatePackages(packages: readonly string[], options: EvaluateCommand): Promise<ExitCode> {
  if (options.predictions !== undefined || options.protocol !== undefined) return evaluatePredictions(packages, options);
  const manifests = await chosen(packages, options);
  const bar = countedProgress('evaluating');
  const found: Evaluation[] = [];
  try {
    for (const manifest of manifests) found.push(...(await one(manifest, options, bar)));
  } finally {
    bar.stop();
  }
  const [first] = found;
  if (!options.json) out(found.map(textOf).join('\n\n'));
  else if (packages.length === 1 && !options.all && !options.variants) outJson(first);
  else outJson(found);
  return EXIT.ok;
}

function one(manifest: Manifest, options: EvaluateCommand, bar: CountedProgress): Promise<readonly Evaluation[]> {
  const { on } = options;
  const protocol = on === undefined ? protocolOf(manifest.evaluation ?? '') : (labelled as unknown as Protocol);
  const named = options.variants ? Object.keys(manifest.variants) : options.variant === undefined ? undefined : [options.variant];
  return evaluate(manifest, protocol, {
    folder: on === undefined ? setFolder(manifest, protocol, options) : resolve(on),
    providers: options.provider,
    ...(named ? { variants: named } : {}),
    onTotal: bar.more,
    onStep: bar.step,
  });
}

/** Where a protocol's set is for this package. */
export function setFolder({ folder }: Manifest, { set }: Protocol, options: Pick<EvaluateCommand, 'data'>): string {
  return set === null ? join(folder, 'evaluation') : join(dataFolder(options), set);
}

/** Packages by name, which must have an evaluation, or with --all those that have one. */
async function chosen(packages: readonly string[], options: EvaluateCommand): Promise<readonly Manifest[]> {
  if (packages.length === 0 && !options.all) throw new LinesideError('USAGE', { why: 'name a package, or say --all' });
  const shelf = shelfOf(options);
  const manifests = await Promise.all((options.all ? await shelf.names() : packages).map((name) => readManifest(shelf.folderOf(name))));
  if (options.on !== undefined) return manifests.filter(({ inputs }) => inputs.image || !options.all);
  const without = manifests.find(({ evaluation }) => evaluation === undefined);
  if (without && !options.all) throw new LinesideError('USAGE', { why: `the manifest of ${without.name} names no evaluation` });
  return manifests.filter(({ evaluation }) => evaluation !== undefined);
}

function textOf({ figures, remarks, ...of }: Evaluation): string {
  const paint = painter(process.stdout.isTTY);
  const title = `${paint('bold', of.package)} ${of.version} ${of.variant} on ${of.evaluation}: ${of.samples} samples in ${of.groups} groups`;
  const rows = Object.entries(figures).map(([name, figure]) => rowOf(name, figure));
  const header = ['figure', 'int8', '95 %', 'fp32', of.baseline, 'p'];
  const text = table(header, rows, new Set([1, 2, 3, 4, 5]));
  return [title, text, ...remarks.map((remark) => paint('yellow', remark))].join('\n');
}

function rowOf(name: string, { int8, fp32, low, high, baseline, p }: Figure): string[] {
  return [name, number(int8), `${number(low)} to ${number(high)}`, number(fp32), number(baseline), p === undefined ? '' : number(p)];
}

const number = (value: number | null): string => (value === null ? '' : String(value));
