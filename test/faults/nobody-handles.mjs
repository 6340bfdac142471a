// Planted into the agent by the tests of agent/cli/last-resort.ts: faults that nobody handles, at a signal.
process.on('SIGUSR2', () => {
  Promise.reject(new Error('planted: a promise without an owner'));
});
process.on('SIGHUP', () => {
  setImmediate(() => {
    throw new Error('planted: an exception out of nowhere');
  });
});
// The main thread hangs for good, as in native code that does not return.
process.on('SIGVTALRM', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
