/** Resolves with the name of the first signal that asks the process to end; a second one ends it at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        // process.exit() while onnxruntime runs aborts in its binding, core dump and all; the kernel ends everything cleanly.
        if (asked) process.kill(process.pid, 'SIGKILL');
        asked = true;
        resolve(signal);
      });
    }
  });
}

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal that asks the process to end has `tidy` called, and then ends it as it would have without this, so that whoever waits for the
 * process sees the signal; a second one ends it at once. Returns what calls this off.
 */
export function tidyOnSignal(tidy: () => Promise<void>): () => void {
  const off = () => {
    for (const signal of ENDING) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    off();
    const endNow = () => process.kill(process.pid, signal);
    tidy().then(endNow, endNow);
  };
  for (const signal of ENDING) process.on(signal, end);
  return off;
}
