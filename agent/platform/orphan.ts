/**
 * Ends its process when the parent is gone, even while the main thread is stuck in native code and hears nothing. Entry point of a
 * thread of agent/platform/sandboxed.ts.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { every, systemClock } from '../time.ts';

const LOOK = 500;

// Timers of the clock keep no thread alive; a port that listens does.
parentPort?.on('message', () => {});
every(systemClock, LOOK, () => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL');
});
