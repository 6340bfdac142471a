/** One progress bar for all long work; silent where standard error is no terminal. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  step(what: string): void;
  stop(): void;
}

/** For work whose length is only known while it goes on. */
export interface CountedProgress extends Progress {
  readonly more: (steps: number) => void;
}

export function countedProgress(title: string): CountedProgress {
  let [total, done] = [0, 0];
  let bar: Progress | undefined;
  return {
    more: (steps) => {
      bar?.stop();
      total += steps;
      bar = progress(title, total, done);
    },
    step: (what) => {
      done++;
      bar?.step(what);
    },
    stop: () => bar?.stop(),
  };
}

export function progress(title: string, total: number, done = 0): Progress {
  if (!process.stderr.isTTY) return { step: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total} {what}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, done, { what: '' });
  return { step: (what) => bar.increment({ what }), stop: () => bar.stop() };
}
