import { defineConfig } from 'vitest/config';

/** Real servers, cameras, kills and outages, hundreds of parts one after the other: these tests wait more than they work. */
const WAITING = [
  ...['cameras', 'faults', 'integration', 'opcua', 'publishers'].map((room) => `test/${room}/**/*.test.ts`),
  ...['cli/init', 'web/good-hours', 'web/looks'].map((file) => `test/${file}.test.ts`),
];

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
      {
        extends: true,
        test: { name: 'working', include: ['test/**/*.test.ts'], exclude: WAITING, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
