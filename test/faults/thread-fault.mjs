/**
 * Loaded before the agent: SIGUSR2 ends every model thread, between two parts, as a fault of its own would. (A thread cannot be killed
 * from outside without its process.)
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const threads = createRequire(import.meta.url)('node:worker_threads');
const wishes = new threads.BroadcastChannel('thread-fault');
wishes.unref();
if (threads.isMainThread) {
  // The agent's threads take no arguments of the process; this one they are given all the same.
  threads.Worker = class extends threads.Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv: [...(options?.execArgv ?? []), '--import', import.meta.url] });
    }
  };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => wishes.postMessage('die'));
} else if (process.argv[1]?.endsWith('inference/worker.js')) wishes.onmessage = () => process.exit(7);
