import { readFileSync } from 'node:fs';
import { defineConfig, mergeConfig } from 'vitest/config';
import type { Switching } from './switching-runner.ts';
import plain from './vitest.config.ts';

const { met } = JSON.parse(readFileSync(process.env['LINESIDE_SWITCHING'] ?? '', 'utf8')) as Switching;
// What mergeConfig would add to the hand-over, which is for finding out what threads meet.
if (met !== undefined && plain.test) plain.test.setupFiles = [];
// Long enough for any of these tests on a box under load: whatever takes longer hangs, and what is to be tidied up after it does as well.
const patience = met === undefined ? 60_000 : Number(process.env['LINESIDE_PATIENCE'] ?? 10_000);

export default mergeConfig(
  plain,
  defineConfig({
    test: {
      runner: 'scripts/mutation/switching-runner.ts',
      pool: 'forks',
      maxWorkers: 1,
      fileParallelism: false,
      provide: { mode: 'dry-run', globalNamespace: '__stryker__' } as never,
      testTimeout: patience,
      hookTimeout: patience,
      dangerouslyIgnoreUnhandledErrors: true,
      reporters: [{}],
    },
  }),
);
