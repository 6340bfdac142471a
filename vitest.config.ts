import { defineConfig } from 'vitest/config';

// Tests import the built agent through `#agent/*` (package.json, imports): what is tested is what is shipped, worker threads included.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
