/** Every door of `npm run fuzz`, a few seeded inputs each: what it counts as a finding is a fault, and no input may miss its door. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LinesideError } from '#agent/errors.js';
import { codeOf, type Door, type Opened } from '#scripts/fuzz/door.js';
import { DOORS } from '#scripts/fuzz/index.js';
import { fuzz, type Report } from '#scripts/fuzz/run.js';

const script = new URL('../../dist/scripts/fuzz.js', import.meta.url).pathname;

/** In a process of its own: what crashes it is told of the door, and its memory is its own. */
async function quick(door: string): Promise<{ report: Report; code: number }> {
  const args = ['--expose-gc', script, '--door', door, '--quick', '--json'];
  const { stdout, code } = await promisify(execFile)(process.execPath, args).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    ({ stdout, stderr, code }) => {
      if (stdout === '') throw new Error(stderr);
      return { stdout, code };
    },
  );
  const [report] = JSON.parse(stdout) as [Report];
  return { report, code };
}

it('says how it is called, and what was wrong with a call', async () => {
  const call = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [script, ...args]).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stderr }) => ({ code, text: stderr as string }),
    );
  for (const flag of ['--help', '-h']) {
    const { code, text } = await call(flag);
    expect(code).toBe(0);
    expect(text).toContain('npm run fuzz -- --door yaml --seed 7 --from 1234 --count 1');
    for (const { name } of DOORS) expect(text).toContain(name);
  }
  expect(await call('--door', 'yam')).toMatchObject({ code: 2, text: expect.stringContaining('there is no door yam\n') });
  expect(await call('--count', 'x')).toMatchObject({ code: 2, text: expect.stringContaining('--count takes a whole number, not x') });
  expect(await call('--doors')).toMatchObject({ code: 2, text: expect.stringContaining('npm run fuzz -- --quick') });
});

describe('hostile input', () => {
  it.each(DOORS.map(({ name, inputs, meets }) => [name, inputs.quick, meets] as const))(
    '%s: %i inputs',
    { timeout: 120_000 },
    async (name, inputs, meets) => {
      const { report, code } = await quick(name);
      expect(report.findings).toEqual([]);
      expect(code).toBe(0);
      expect(report.inputs).toBe(inputs);
      expect(Object.values(report.answers).reduce((a, b) => a + b, 0)).toBe(inputs);
      const answers = Object.keys(report.answers);
      expect(answers).toEqual(expect.arrayContaining(meets.map((answer) => expect.stringMatching(answer))));
      expect(report.longest_block_ms).toBeLessThanOrEqual(200);
    },
  );
});

describe('what counts as a finding', () => {
  const door = (one: Opened['try']): Door => ({
    name: 'made up',
    summary: '',
    inputs: { full: 3, quick: 3 },
    meets: [],
    open: async () => ({ try: one }),
  });
  const run = (of: Door, count = 3) => fuzz(of, { seed: 1, from: 7, count });

  it('is nothing that the table has', async () => {
    const { findings, answers } = await run(
      door(async (_, number) => {
        if (number === 7) return 'taken';
        throw new LinesideError('CAMERA_BAD_IMAGE', { camera: 'a', why: 'b' });
      }),
    );
    expect(findings).toEqual([]);
    expect(answers).toEqual({ taken: 1, CAMERA_BAD_IMAGE: 2 });
  });

  it.each<[string, Parameters<typeof door>[0], RegExp]>([
    ['another error', async () => Promise.reject(new TypeError('of undefined')), /^input 7: TypeError: of undefined/],
    ['a fault that only says that there was one', async () => codeOf(new LinesideError('INTERNAL', { why: 'x' })), /^input 7: .*INTERNAL/],
    [
      'what nobody waits for',
      async () => {
        setImmediate(() => {
          throw new TypeError('loose');
        });
        await new Promise((resolve) => setTimeout(resolve, 5));
        return 'taken';
      },
      /^about input 7, unhandled: TypeError: loose/,
    ],
    [
      'a main thread that works for too long',
      async () => {
        for (const until = process.cpuUsage().user + 400_000; process.cpuUsage().user < until; );
        return 'taken';
      },
      /^input 7 blocked the main thread for \d{3,} ms/,
    ],
  ])('is %s', async (_, one, finding) => {
    const { findings } = await run(door(one), 1);
    expect(findings[0]).toMatch(finding);
  });

  it('is memory that stays', async () => {
    const kept: Buffer[] = [];
    const { findings } = await run(
      door(async () => {
        kept.push(Buffer.alloc(60e6, 1));
        return 'taken';
      }),
    );
    expect(findings).toEqual([expect.stringMatching(/^memory grew by 1\d\d MB$/)]);
  });
});
