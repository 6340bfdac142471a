/**
 * The only import of onnxruntime-node. run() blocks its thread for the whole inference although it returns a promise, so this file
 * is imported by worker threads alone.
 */
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { LinesideError, messageOf } from '../errors.ts';
import type { Output, Outputs } from './kinds/kind.ts';

// What goes wrong is thrown as well; onnxruntime would write it to standard error past the agent's log.
env.logLevel = 'fatal';

export type Feeds = InferenceSession.FeedsType;

/** Name, element type and shape of an input or output; a string stands for a dimension that is free. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface Session {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The outputs' data is overwritten by the next run. */
  run(feeds: Feeds): Promise<Outputs>;
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: string;
  readonly threads: number;
  /** Shapes never change: onnxruntime may plan its memory once and keep it. */
  readonly fixed: boolean;
}

/** Throws what onnxruntime throws: a provider that this build lacks, a file that is no network. */
export async function openSession(model: Uint8Array, { provider, threads, fixed }: SessionOptions): Promise<Session> {
  const session = await InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // An arena never gives memory back: with shapes that change it would keep the largest of every size.
    enableCpuMemArena: fixed,
    enableMemPattern: fixed,
    logSeverityLevel: 4,
    // Threads that spin between two parts would take the core from the rest of the agent.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  });
  const outputs = session.outputMetadata.map(portOf);
  const fetches = preallocated(outputs);
  return {
    inputs: session.inputMetadata.map(portOf),
    outputs,
    run: async (feeds) => asOutputs(await (fetches ? session.run(feeds, fetches) : session.run(feeds))),
    release: () => session.release(),
  };
}

/** A tensor over the caller's memory, which must not be shared memory. */
export function tensorOf(
  type: string,
  data: Uint8Array | Uint16Array | Int32Array | Float32Array | BigInt64Array,
  shape: readonly number[],
): Tensor {
  return new Tensor(type as 'uint8', data as Uint8Array, shape);
}

/** What an input is written into. */
export type InputMemory = Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Zeros of an element type, or undefined for one that no package may use. */
export function zeros(type: string, length: number): InputMemory | undefined {
  if (type === 'uint8') return new Uint8Array(length);
  if (type === 'int32') return new Int32Array(length);
  return type === 'float32' ? new Float32Array(length) : undefined;
}

export const isFixed = (shape: readonly (number | string)[]): shape is readonly number[] => shape.every((n) => typeof n === 'number');
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function portOf(metadata: InferenceSession.ValueMetadata): Port {
  if (!metadata.isTensor) return { name: metadata.name, type: 'not a tensor', shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape };
}

/** Outputs written in place, run after run, where every shape is known: nothing for the garbage collector. */
function preallocated(outputs: readonly Port[]): InferenceSession.FetchesType | null {
  if (!outputs.every((port) => port.type === 'float32' && isFixed(port.shape))) return null;
  return Object.fromEntries(
    outputs.map(({ name, shape }) => {
      const fixed = shape.filter((n) => typeof n === 'number');
      return [name, new Tensor('float32', new Float32Array(sizeOf(fixed)), fixed)];
    }),
  );
}

function asOutputs(results: InferenceSession.ReturnType): Outputs {
  const outputs: Record<string, Output> = {};
  for (const [name, value] of Object.entries(results)) {
    if (!('data' in value) || !(value.data instanceof Float32Array))
      throw new LinesideError('INTERNAL', { why: `output ${name} is not float32` });
    outputs[name] = { shape: value.dims, data: value.data };
  }
  return outputs;
}

/** onnxruntime's messages carry source paths and line breaks; what an operator needs is the first line's end. */
export function plain(thrown: unknown): string {
  const text = messageOf(thrown);
  const [, bytes] = /Failed to allocate memory for requested buffer of size (\d+)/.exec(text) ?? [];
  if (bytes !== undefined) return `it asks for ${Math.ceil(Number(bytes) / 1e6)} MB of memory at once`;
  if (/std::bad_alloc/.test(text)) return 'it asks for more memory than there is';
  return (
    text
      .split('\n')[0]
      ?.replace(/\/\S+\/(onnxruntime\/)/g, '$1')
      .slice(0, 300) ?? ''
  );
}
