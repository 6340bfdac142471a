/** The manifest of an imported network: what its file tells, and what had to be said. Pure. */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { ModelKindName } from '../../contracts/index.ts';
import type { Input } from './fit.ts';
import type { OnnxFacts } from './onnx.ts';

export interface Description {
  readonly name: string;
  readonly version: string;
  readonly kind: ModelKindName;
  readonly summary: string;
  readonly labels: readonly string[];
  readonly good: string | null;
  readonly threshold: number;
  /** Names of a window's channels, and the time from row to row. */
  readonly channels: readonly string[];
  readonly every: string | null;
  readonly variant: string;
  readonly tolerance: number;
  /** The network's own names where they are others. */
  readonly tensors: Readonly<Record<string, string>>;
  /** What was put around the network. */
  readonly wrapped: readonly string[];
  readonly goldens: string;
  readonly source: { readonly file: string; readonly bytes: Uint8Array };
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function manifestText(
  of: Description,
  input: Input,
  facts: OnnxFacts,
  file: { readonly name: string; readonly bytes: Uint8Array },
): string {
  const { name, version, kind, summary, labels, good, threshold, tolerance, tensors, variant, wrapped, goldens, source } = of;
  const manifest = {
    name,
    version,
    kind,
    summary,
    inputs: inputsOf(of, input),
    labels,
    ...(good === null ? {} : { good }),
    thresholds: { score: threshold },
    decode: {},
    golden: { tolerance },
    ...(Object.keys(tensors).length > 0 ? { tensors } : {}),
    variants: { [variant]: { file: file.name, sha256: sha256(file.bytes), quantization: null, figures: {} } },
    provenance: {
      imported: { file: source.file, sha256: sha256(source.bytes), producer: facts.producer, ir: facts.ir, opset: facts.opset, wrapped },
      goldens,
      notes: 'Imported: nobody has said on what data it was trained or how good it is. Measure it with `lineside models evaluate --on`.',
    },
  };
  return `# Written by \`lineside models import\`.\n${stringify(manifest, { lineWidth: 140 })}`;
}

function inputsOf({ channels, every }: Description, input: Input): object {
  if (input.kind === 'image') return { image: { width: input.width, height: input.height, channels: input.channels, resize: 'bilinear' } };
  return { window: { steps: input.steps, ...(every === null ? {} : { every }), channels: channels.map((channel) => ({ name: channel })) } };
}
