/** `lineside models evaluate --predictions`: figures of models that are no packages, the best of them held against chance. */
import { join } from 'node:path';
import { readPredictions } from '../desk/evaluation/predictions.ts';
import { protocolOf } from '../desk/evaluation/protocols/index.ts';
import { type Tried, tried } from '../desk/evaluation/tried.ts';
import { LinesideError } from '../errors.ts';
import { dataFolder } from './data-folder.ts';
import type { EvaluateCommand } from './evaluate-command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter, table } from './print.ts';

export async function evaluatePredictions(packages: readonly string[], options: EvaluateCommand): Promise<ExitCode> {
  const { predictions: file, protocol: name } = options;
  if (file === undefined || name === undefined) throw new LinesideError('USAGE', { why: '--predictions and --protocol go together' });
  if (packages.length > 0) throw new LinesideError('USAGE', { why: 'predictions are of no package: name none' });
  const protocol = protocolOf(name);
  if (!protocol.outside || protocol.set === null) throw new LinesideError('USAGE', { why: `${name} takes no predictions from a file` });
  const samples = await protocol.samples(join(dataFolder(options), protocol.set));
  const found = tried(protocol, samples, await readPredictions(file, protocol, samples));
  if (options.json) outJson(found);
  else out(textOf(found));
  return EXIT.ok;
}

function textOf({ models, figures, remarks, ...of }: Tried): string {
  const paint = painter(process.stdout.isTTY);
  const title = `${paint('bold', of.evaluation)}: ${of.samples} samples in ${of.groups} groups, ${of.shuffles} shuffles`;
  const rows = Object.entries(models).flatMap(([model, said]) =>
    Object.entries(said).map(([name, { value, low, high }]) => [
      model,
      name,
      `${value}`,
      `${low} to ${high}`,
      `${figures[name]?.baseline ?? ''}`,
      figures[name]?.model === model ? `${figures[name].p}` : '',
    ]),
  );
  const header = ['model', 'figure', 'value', '95 %', of.baseline, 'p, best of all'];
  return [title, table(header, rows, new Set([2, 3, 4, 5])), ...remarks.map((remark) => paint('yellow', remark))].join('\n');
}
