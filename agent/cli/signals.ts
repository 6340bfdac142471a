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
