/** One progress bar for all long work; silent where standard error is no terminal. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  step(what: string): void;
  stop(): void;
}

export function progress(title: string, total: number): Progress {
  if (!process.stderr.isTTY) return { step: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total} {what}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0, { what: '' });
  return { step: (what) => bar.increment({ what }), stop: () => bar.stop() };
}
