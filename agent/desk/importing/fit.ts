/** Does a network fit into a package, and if not, what has to change in its export. Pure. */
import { LinesideError } from '../../errors.ts';
import { type OnnxFacts, type OnnxPort, UNDECLARED } from './onnx.ts';

/** What onnxruntime-node reads (DESIGN 6); a newer one reads more. */
const MOST = { ir: 13, opset: 26 };
/** Operators beside ONNX's own that onnxruntime brings along. */
const KNOWN_DOMAINS = ['com.microsoft.', 'ai.onnx.ml.'];

export type Input =
  | {
      readonly kind: 'image';
      readonly port: OnnxPort;
      readonly layout: 'NHWC' | 'NCHW';
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3;
      /** false: bytes enter as they are. */
      readonly float: boolean;
    }
  | { readonly kind: 'window'; readonly port: OnnxPort; readonly steps: number; readonly channels: number };

export interface Wish {
  /** For the sentences. */
  readonly file: string;
  /** [width, height], where the export left them free. */
  readonly size?: readonly [number, number];
}

const unfit = (file: string, why: string, mend: string) => new LinesideError('MODEL_UNFIT', { file, why, mend });

/** Throws MODEL_UNFIT for what no option of the import can make good. */
export function inputOf(facts: OnnxFacts, wish: Wish): Input {
  const { file } = wish;
  checkFormat(facts, file);
  const [port, ...more] = facts.inputs;
  if (!port) throw unfit(file, 'it has no input', 'export the network, not its weights');
  if (more.length > 0)
    throw unfit(file, `it has ${facts.inputs.length} inputs (${facts.inputs.map(({ name }) => name).join(', ')})`, 'export it with one');
  checkInputType(port, file);
  if (!port.shape)
    throw unfit(file, `the rank of ${port.name} is not known`, 'export with a sample of the true shape, and leave at most the batch free');
  const [batch] = port.shape;
  if (typeof batch === 'number' && batch !== 1)
    throw unfit(file, `its batch is fixed at ${batch}`, 'export with a batch of 1, or with a free one (dynamic_shapes, dynamic_axes)');
  if (port.shape.length === 3) return windowOf(port, file);
  if (port.shape.length === 4) return imageOf(port, wish);
  throw unfit(
    file,
    `${port.name} is [${port.shape.join(', ')}]`,
    'a picture is [batch, height, width, channels] or [batch, channels, height, width], a window [batch, steps, channels]',
  );
}

function checkFormat(facts: OnnxFacts, file: string): void {
  const { ir, opset, external, operators, weights } = facts;
  if (ir > MOST.ir)
    throw unfit(file, `its IR version is ${ir}, ${MOST.ir} is read here`, `save it with model.ir_version = ${MOST.ir} or less`);
  if (opset > MOST.opset)
    throw unfit(
      file,
      `its opset is ${opset}, ${MOST.opset} is run here`,
      `export with opset_version=${MOST.opset} or less, 18 for example`,
    );
  if (external.length > 0)
    throw unfit(
      file,
      `its weights lie in another file (${external.join(', ')})`,
      'export with external_data=False, or save with save_as_external_data=False',
    );
  const foreign = operators.filter((name) => name.includes('.') && !KNOWN_DOMAINS.some((domain) => name.startsWith(domain)));
  if (foreign.length > 0)
    throw unfit(file, `onnxruntime does not know its operator ${foreign.join(', ')}`, 'express it in ONNX operators before exporting');
  if (weights.includes('float16'))
    throw unfit(
      file,
      'it computes in float16, for which this box has no kernels',
      'export in float32; quantize to int8 if it must be small',
    );
}

function checkInputType({ name, type }: OnnxPort, file: string): void {
  if (type === 'float16') throw unfit(file, `${name} is float16`, 'export in float32: this box has no float16 kernels');
  if (type !== 'float32' && type !== 'uint8') throw unfit(file, `${name} is ${type}`, 'an input is uint8 or float32');
}

/** Names that a kind of model knows outputs by (models/README.md). */
const KNOWN = 'probabilities logits heatmap mask boxes scores score contribution row_contribution residual steps spans s8 s16 s32'.split(
  ' ',
);

export interface OutputWish {
  readonly file: string;
  /** The package's name of an output -> the network's. */
  readonly tensors: Readonly<Record<string, string>>;
}

/**
 * The outputs that stay: those asked for and those that have a name of the package's; where there is neither, all that the agent could
 * read. The others are an exporter's additions (a classifier's ArgMax, sklearn's ZipMap), and nobody has to mend the export for them.
 */
export function outputsOf({ outputs }: Pick<OnnxFacts, 'outputs'>, { file, tensors }: OutputWish): readonly OnnxPort[] {
  const asked = Object.values(tensors);
  for (const theirs of asked.filter((name) => name !== '')) checkAsked(theirs, outputs, file);
  const floats = outputs.filter(({ type }) => type === 'float32' || type === UNDECLARED);
  const named = floats.filter(({ name }) => asked.includes(name) || (KNOWN.includes(name) && tensors[name] === undefined));
  if (named.length > 0) return named;
  if (floats.length > 0) return floats;
  const given = outputs.map(({ name, type }) => `${name} is ${type}`).join(', ');
  throw unfit(file, given === '' ? 'it has no output' : given, 'an output is float32: export the numbers before they are rounded or named');
}

function checkAsked(theirs: string, outputs: readonly OnnxPort[], file: string): void {
  const port = outputs.find(({ name }) => name === theirs);
  if (!port)
    throw new LinesideError('USAGE', { why: `${file} has no output ${theirs}, only ${outputs.map(({ name }) => name).join(', ')}` });
  if (port.type === 'float16') throw unfit(file, `${theirs} is float16`, 'export in float32: this box has no float16 kernels');
  if (port.type !== 'float32' && port.type !== UNDECLARED) throw unfit(file, `${theirs} is ${port.type}`, 'an output is float32');
}

function windowOf(port: OnnxPort, file: string): Input {
  const [, steps, channels] = port.shape ?? [];
  if (port.type !== 'float32') throw unfit(file, `${port.name} is ${port.type}`, 'a window of tags is float32');
  if (typeof steps !== 'number' || typeof channels !== 'number')
    throw unfit(file, `${port.name} is [${port.shape?.join(', ')}]`, 'fix steps and channels in the export; only the batch may be free');
  return { kind: 'window', port, steps, channels };
}

const COLOURS: readonly unknown[] = [1, 3];

function imageOf(port: OnnxPort, { file, size }: Wish): Input {
  const [, second, third, fourth] = port.shape ?? [];
  const layout = COLOURS.includes(fourth) ? 'NHWC' : COLOURS.includes(second) ? 'NCHW' : null;
  if (!layout)
    throw unfit(
      file,
      `${port.name} is [${port.shape?.join(', ')}], with neither 1 nor 3 channels first or last`,
      'export it for grey or colour pictures',
    );
  const [height, width, channels] = layout === 'NHWC' ? [second, third, fourth] : [third, fourth, second];
  const fixed = [width, height].map((n, i) => (typeof n === 'number' ? n : size?.[i]));
  const [w, h] = fixed;
  if (w === undefined || h === undefined)
    throw unfit(file, `the size of ${port.name} is free ([${port.shape?.join(', ')}])`, 'say --size WIDTHxHEIGHT, or fix it in the export');
  return { kind: 'image', port, layout, width: w, height: h, channels: channels === 1 ? 1 : 3, float: port.type === 'float32' };
}
