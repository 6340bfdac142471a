/** `lineside models import`. */
import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { ModelKindName } from '../contracts/index.ts';
import { type Ask, type Imported, importModel, parseScaling, spreadOut } from '../desk/importing/import.ts';
import { LinesideError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { out, outJson, painter } from './print.ts';
import { type ModelsOptions, shelfOf } from './shelf.ts';

interface Options extends ModelsOptions {
  readonly name?: string;
  readonly release: string;
  readonly summary?: string;
  readonly kind?: ModelKindName;
  readonly labels?: string;
  readonly good?: string;
  readonly threshold: number;
  readonly size?: string;
  readonly range?: string;
  readonly mean?: string;
  readonly spread?: string;
  readonly channels?: string;
  readonly every?: string;
  readonly tensor?: readonly string[];
  readonly golden?: string;
  readonly tolerance: number;
  readonly force?: boolean;
}

export async function importPackage(file: string, options: Options): Promise<ExitCode> {
  const { labels, channels, kind, good, summary, every, golden, threshold, tolerance } = options;
  const name =
    options.name ??
    basename(file)
      .replace(/\.onnx$/, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-');
  const size = sizeOf(options);
  const scaling = scalingOf(options);
  const imported = await importModel(
    {
      file,
      models: shelfOf(options).folder,
      name,
      version: options.release,
      threshold,
      tolerance,
      force: options.force ?? false,
      ...(summary === undefined ? {} : { summary }),
      ...(kind === undefined ? {} : { kind }),
      ...(labels === undefined ? {} : { labels: listOf(labels) }),
      ...(good === undefined ? {} : { good }),
      ...(channels === undefined ? {} : { channels: listOf(channels) }),
      ...(every === undefined ? {} : { every }),
      ...(golden === undefined ? {} : { golden }),
      ...(size ? { size } : {}),
      ...(scaling ? { scaling } : {}),
      tensors: Object.fromEntries((options.tensor ?? []).map(pairOf)),
    },
    asker(),
  );
  if (options.json) outJson(imported);
  else out(textOf(imported));
  return EXIT.ok;
}

/** Asks at a terminal; a script has to say everything. */
function asker(): Ask {
  return async (_, about) => {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(`Say ${about}: `);
    } finally {
      lines.close();
    }
  };
}

function textOf(imported: Imported): string {
  const { package: name, folder, kind, variant, wrapped, left_out: leftOut, stripped, goldens, runMs } = imported;
  const paint = painter(process.stdout.isTTY);
  const lines = [
    `${paint('green', 'imported')} ${paint('bold', name)}: ${kind}, ${variant}, ${runMs.toFixed(2)} ms a run`,
    `  ${folder}`,
    `  ${goldens.cases} golden cases from ${goldens.from === 'framework' ? 'the framework' : 'this runtime'}, off by ${goldens.difference.toPrecision(2)}`,
    ...(wrapped.length > 0 ? [`  put around it: ${wrapped.join('; ')}`] : []),
    ...(leftOut.length > 0 ? [`  left out, since nobody asked for it: ${leftOut.join(', ')}`] : []),
    ...(stripped > 0 ? [`  taken out of it: ${stripped} bytes of the exporter’s notes`] : []),
    ...(goldens.from === 'framework'
      ? []
      : [paint('yellow', '  nobody but this runtime vouches for its outputs: give --golden with the framework’s own')]),
  ];
  return lines.join('\n');
}

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

function pairOf(text: string): [string, string] {
  const [ours = '', ...theirs] = text.split('=');
  if (theirs.length === 0) throw new LinesideError('USAGE', { why: `--tensor takes OURS=THEIRS, not ${text}` });
  return [ours, theirs.join('=')];
}

function sizeOf({ size }: Options): readonly [number, number] | null {
  if (size === undefined) return null;
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? [];
  if (width && height) return [Number(width), Number(height)];
  throw new LinesideError('USAGE', { why: `--size takes WIDTHxHEIGHT, not ${size}` });
}

/** For three channels, since one value stands for all and a grey picture takes the first. */
function scalingOf({ range, mean, spread }: Options) {
  if (range !== undefined) return parseScaling(range, 3);
  if (mean === undefined && spread === undefined) return null;
  const numbers = (text: string | undefined, fallback: number) => (text === undefined ? [fallback] : listOf(text).map(Number));
  return spreadOut({ mean: numbers(mean, 0), spread: numbers(spread, 1) }, 3);
}
