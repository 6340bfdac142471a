/** `lineside models evaluate`: a package's figures on a data set, through the agent's own inference. */
import { access } from 'node:fs/promises';
import { LinesideError } from '../../errors.ts';
import { variantOrder } from '../../inference/load.ts';
import type { Manifest } from '../../inference/manifest.ts';
import { askAll, inTurn } from './asking/ask.ts';
import type { Protocol } from './protocol.ts';
import { type Evaluation, report } from './report.ts';

export interface EvaluateOptions {
  /** Folder that holds the protocol's files. */
  readonly folder: string;
  /** Each is held against fp32; the box's own choice where absent. */
  readonly variants?: readonly string[];
  readonly providers: readonly string[];
  /** A sample has been judged by a variant. */
  readonly onStep?: (what: string) => void;
  /** So many steps there will be. */
  readonly onTotal?: (steps: number) => void;
}

/** One for each variant. Rejects with DATA_MISSING, DATA_INVALID, USAGE, or why the package is refused. */
export async function evaluate(manifest: Manifest, protocol: Protocol, options: EvaluateOptions): Promise<readonly Evaluation[]> {
  await present(protocol, options.folder);
  const variants = options.variants ?? [choice(manifest)];
  const samples = await protocol.samples(options.folder);
  if (samples.length === 0) throw new LinesideError('DATA_INVALID', { file: options.folder, why: 'the split holds no sample' });
  const judged = [...new Set(['fp32', ...variants])].filter((name) => manifest.variants[name] || variants.includes(name));
  options.onTotal?.(samples.length * judged.length);
  const { providers, onStep } = options;
  const asked = { providers, ...(onStep ? { onStep } : {}) };
  const said = await inTurn(judged, (name) => askAll(asProtocolWants(manifest, protocol), name, protocol.input, samples, asked), AT_ONCE);
  const answers = new Map(judged.map((name, i) => [name, said[i] ?? []]));
  return variants.map((variant) => report(manifest, variant, protocol, samples, answers));
}

/** Networks that work beside each other; each keeps a processor busy. */
const AT_ONCE = 2;

/** With what the protocol lays over the manifest's `decode`. */
export const asProtocolWants = (manifest: Manifest, { decode }: Protocol): Manifest => ({
  ...manifest,
  decode: { ...manifest.decode, ...decode?.[manifest.kind] },
});

/** The int8 variant that this box would take, or what there is. */
export function choice({ name, variants }: Manifest): string {
  const order = variantOrder(Object.keys(variants), 'cpu', process.arch);
  const chosen = order.find((variant) => variant !== 'fp32') ?? order[0];
  if (chosen === undefined) throw new LinesideError('MODEL_INVALID', { model: name, why: 'it has no variant' });
  return chosen;
}

async function present(protocol: Protocol, folder: string): Promise<void> {
  await access(folder).catch(() => {
    throw new LinesideError('DATA_MISSING', { set: protocol.name, folder });
  });
}
