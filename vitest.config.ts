import { defineConfig } from 'vitest/config';

/** Real servers, cameras, kills and outages, hundreds of parts one after the other: these tests wait more than they work. */
const WAITING = [
  ...['cameras', 'faults', 'integration', 'opcua', 'publishers'].map((room) => `test/${room}/**/*.test.ts`),
  ...['cli/init', 'web/good-hours', 'web/looks'].map((file) => `test/${file}.test.ts`),
];

/**
 * Nothing but reckoning and waiting for a clock of its own: no file of these rooms leaves anything behind for the next, so that they share one process
 * a worker and each module is loaded once (half the processor's time of 34 files).
 */
const PURE = [...['config', 'contracts', 'decisions', 'rules', 'stations'].map((room) => `test/${room}/**/*.test.ts`), 'test/errors.test.ts'];

// Tests import the built agent's modules through `#agent/*` (package.json, imports), worker threads included; those that start it as a
// process start the bundle of the same modules, which is what is shipped.
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One group after the other: each has the box for itself, with as many files at a time as two cores carry.
    projects: [
      { extends: true, test: { name: 'waiting', include: WAITING, maxWorkers: 3, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'pure', include: PURE, isolate: false, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: 'working',
          include: ['test/**/*.test.ts'],
          exclude: [...WAITING, ...PURE],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
