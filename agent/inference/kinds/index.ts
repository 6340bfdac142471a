/** The kinds that are built in. A new one is a file here, a line below and a line in test/inference/kinds.test.ts. */
import type { ModelKindName } from '../../contracts/index.ts';
import { LinesideError } from '../../errors.ts';
import { failed } from '../faults.ts';
import { anomaly } from './anomaly.ts';
import { classify } from './classify.ts';
import { detect } from './detect.ts';
import { embed } from './embed.ts';
import type { Core, DecodeContext, ModelKind, Outputs } from './kind.ts';
import { read } from './read.ts';
import { segment } from './segment.ts';
import { sequence } from './sequence.ts';
import { text } from './text.ts';
import { textClass } from './text-class.ts';

// The options of a kind were validated against its own schema when the manifest was read: from here on they are its own business.
export const KINDS: readonly ModelKind[] = [
  classify,
  detect,
  segment,
  anomaly,
  sequence,
  read,
  embed,
  text,
  textClass,
] as readonly ModelKind[];

export function kindOf(name: ModelKindName): ModelKind {
  const kind = KINDS.find((k) => k.name === name);
  if (!kind) throw new LinesideError('INTERNAL', { why: `no model kind ${name}` });
  return kind;
}

/** Outputs -> finding core. NaN or infinity anywhere is a broken model, never a verdict: MODEL_FAILED. */
export function decode(kind: ModelKindName, outputs: Outputs, options: Readonly<Record<string, unknown>>, context: DecodeContext): Core {
  for (const [name, output] of Object.entries(outputs)) {
    if (!finite(output.data)) throw failed(context.model, `output ${name} holds NaN or infinity`);
  }
  return kindOf(kind).decode(outputs, options, context);
}

/** A mask has 50 000 values: one multiplication each, since 0 times NaN or infinity is NaN. */
function finite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) * 0;
  return sum === 0;
}
