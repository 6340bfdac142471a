/** Somebody teaches a part meanwhile: from the line’s 32 pictures, in the process that the agent has for it, again and again. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../platform/package-root.ts';
import { teach } from '../../runtime/teaching.ts';
import { systemClock as clock } from '../../time.ts';

/** Bytes; as a lesson on the box has. */
const MEMORY = 1e9;
const ONE_IN = 20;
const BACKBONE = join(packageRoot, 'models', 'backbone');

export interface Lessons {
  /** Rejects where one failed. */
  stop(): Promise<void>;
}

/** `pictures`: a folder of good parts. Settles when the first lesson looks at pictures. */
export async function lessons(pictures: string): Promise<Lessons> {
  const folder = await mkdtemp(join(tmpdir(), 'lineside-bench-'));
  const good = (await readdir(pictures)).map((name) => ({ file: join(pictures, name), name, part: name, kind: null }));
  let stopped = false;
  let job: ReturnType<typeof begin> | null = null;
  let looks = () => {};
  const begun = new Promise<void>((resolve) => {
    looks = resolve;
  });
  const begin = () =>
    teach(
      {
        of: 'part',
        good,
        bad: [],
        oneIn: ONE_IN,
        closer: false,
        registered: false,
        backbone: BACKBONE,
        region: null,
        into: { folder: join(folder, 'taught'), version: '0.1.0', force: true, now: clock.now() },
      },
      { clock, memory: MEMORY, onStep: () => looks() },
    );
  const again = async () => {
    while (!stopped) {
      job = begin();
      await job.reply.catch((thrown: unknown) => {
        if (!stopped) throw thrown;
      });
    }
  };
  const all = again();
  await Promise.race([begun, all]);
  return {
    stop: async () => {
      stopped = true;
      await job?.stop();
      await all.finally(() => rm(folder, { recursive: true, force: true }));
    },
  };
}
