import { defineConfig } from 'vitest/config';

// Tests import the built agent's modules through `#agent/*` (package.json, imports), worker threads included; those that start it as a
// process start the bundle of the same modules, which is what is shipped.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
