import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROOMS, type Room } from './rooms.ts';

// What Stryker runs for a room, named by LINESIDE_ROOM. The tests import the built modules as always: the mutants are built once, all in
// the same files, and switched on one by one.
const room: Room = ROOMS[process.env['LINESIDE_ROOM'] ?? ''] ?? { mutate: [], tests: [], slow: [] };

/**
 * The quickest files first. Vitest would take the longest first: a mutant that holds up what is sent to a broker would be waited for there,
 * for a minute, though a test without one notices it at once.
 */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const took = ({ project, moduleId }: TestSpecification): number =>
      this.ctx.cache.getFileTestResults(`${project.name}:${relative(this.ctx.config.root, moduleId)}`)?.duration ?? 0;
    return files.toSorted((a, b) => took(a) - took(b));
  }
}

export default defineConfig({
  test: {
    include: [...room.tests],
    exclude: [...room.slow],
    sequence: { sequencer: QuickestFirst },
    setupFiles: ['scripts/mutation/hand-over.ts'],
    // What is built is loaded by Node itself: taken through vite again for each mutant, it would take longer than most tests.
    server: { deps: { external: [/\/dist\/agent\//] } },
    // A mutant that never ends is ended by Stryker, which knows how long the test takes; a box under load is no mutant.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
