/** A network in a process of its own, which can be killed, before anybody has described it. */
import { LinesideError } from '../../errors.ts';
import { reasonOf } from '../../inference/golden.ts';
import type { ProbeFeeds, ProbeOutputs, ProbeQuestion } from '../../inference/probe.ts';
import { boundsOf, refusalOf } from '../../inference/proofs.ts';
import { entryUrl } from '../../platform/entries.ts';
import { Sandbox } from '../../platform/sandbox.ts';
import { systemClock } from '../../time.ts';
import type { Input } from './fit.ts';
import type { NumpyArray } from './npz.ts';

export interface Probe {
  run(name: string, given: NumpyArray, input: Input): Promise<Readonly<Record<string, NumpyArray>>>;
  close(): Promise<void>;
}

/** Rejects with MODEL_UNFIT where onnxruntime does not take the network, or it does not run. */
export async function openProbe(network: Uint8Array, file: string): Promise<Probe> {
  const bounds = boundsOf(['cpu']);
  const sandbox = new Sandbox({ what: `Trying ${file}`, entry: entryUrl('inference/probe'), clock: systemClock, memory: bounds.memory });
  const ask = <Answer>(question: ProbeQuestion) => sandbox.ask<Answer>(question, { timeout: bounds.time });
  const close = () => sandbox.stop();
  const unfit = (thrown: unknown): LinesideError => {
    const why = refusalOf(thrown, bounds) ?? reasonOf(thrown);
    return new LinesideError('MODEL_UNFIT', {
      file,
      why: `onnxruntime does not take it: ${why.replace(/[.\s]+$/, '')}`,
      mend: mendOf(why),
    });
  };
  try {
    await ask({ open: network });
  } catch (thrown) {
    await close();
    throw unfit(thrown);
  }
  return {
    close,
    run: async (name, { data, shape }, input) => {
      const bytes = input.kind === 'image';
      const feeds: ProbeFeeds = {
        [name]: { type: bytes ? 'uint8' : 'float32', shape, data: bytes ? Uint8Array.from(data) : Float32Array.from(data) },
      };
      const outputs = await ask<ProbeOutputs>({ run: feeds }).catch((thrown: unknown) => {
        throw unfit(thrown);
      });
      return Object.fromEntries(
        Object.entries(outputs).map(([output, { shape: dims, data: values }]) => [output, { shape: dims, data: [...values] }]),
      );
    },
  };
}

function mendOf(why: string): string {
  if (/memory|within \d+ s/.test(why))
    return 'look for loops and shapes that are computed from what the picture shows, and export without them';
  if (/not a registered (function|op)|Could not find an implementation|not implemented/i.test(why))
    return 'express that operator in others, or export with another opset (18 is a good choice)';
  if (/opset|IR version/i.test(why)) return 'export with an older opset_version';
  if (/external|file_path|No such file/i.test(why)) return 'export with external_data=False';
  if (/shape|dimension|rank|reshape/i.test(why))
    return 'fix every dimension but the batch, and export with a sample of batch 2 where the batch is free';
  return 'run onnx.checker.check_model on it, and export it again';
}
