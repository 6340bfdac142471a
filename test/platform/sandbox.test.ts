/** A child that loops, eats, exits and crashes: the parent gets a fault of the table, in bounds, and the next answer is right again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LinesideError } from '#agent/errors.js';
import { Sandbox, type SandboxOptions } from '#agent/platform/sandbox.js';
import { systemClock } from '#agent/time.js';
import { childrenOf } from '#scripts/support/processes.js';
import { ManualClock } from '../simulators/clock.ts';

const CHILD = new URL('../fixtures/sandbox/child.mjs', import.meta.url);
/** Never says that it is ready. */
const MUTE = new URL('../fixtures/sandbox/mute.mjs', import.meta.url);
const PATIENCE = 20_000;

let sandbox: Sandbox | undefined;
function open(options: Partial<SandboxOptions> = {}): Sandbox {
  sandbox = new Sandbox({ what: 'the trial', entry: CHILD, clock: systemClock, memory: 300e6, ...options });
  return sandbox;
}
const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it answered'),
    (fault: LinesideError) => fault,
  );
const isGone = (pid: number) => vi.waitFor(() => expect(childrenOf()).not.toContain(pid), 10_000);

afterEach(() => sandbox?.stop());

describe('a sandbox', () => {
  it('answers, with bytes as bytes, and one question after the other in the same child', async () => {
    const box = open();
    const ask = (value: unknown) => box.ask({ deed: 'echo', value }, { timeout: PATIENCE });
    const answers = await Promise.all([ask(Uint8Array.of(1, 2, 255)), ask({ wide: 2 ** 40, none: undefined }), ask('three')]);
    expect(answers).toEqual([Uint8Array.of(1, 2, 255), { wide: 2 ** 40, none: undefined }, 'three']);
    expect(await box.ask({ deed: 'pid' }, { timeout: PATIENCE })).toBe(await box.ask({ deed: 'pid' }, { timeout: PATIENCE }));
  });

  it('hands on what the child throws, and keeps the child', async () => {
    const box = open();
    const pid = await box.ask<number>({ deed: 'pid' }, { timeout: PATIENCE });
    expect(await faultOf(box.ask({ deed: 'fault' }, { timeout: PATIENCE }))).toMatchObject({
      code: 'MODEL_FAILED',
      details: { model: 'm', why: 'so' },
    });
    expect(await faultOf(box.ask({ deed: 'error' }, { timeout: PATIENCE }))).toMatchObject({
      code: 'INTERNAL',
      details: { why: 'not mine' },
    });
    expect(await box.ask({ deed: 'pid' }, { timeout: PATIENCE })).toBe(pid);
  });

  it.each([
    { deed: 'loop', timeout: 300, code: 'SANDBOX_SLOW' },
    { deed: 'wait', timeout: 300, code: 'SANDBOX_SLOW' },
    { deed: 'eat', timeout: PATIENCE, code: 'SANDBOX_MEMORY' },
    { deed: 'heap', timeout: PATIENCE, code: 'SANDBOX_MEMORY' },
    { deed: 'exit', timeout: PATIENCE, code: 'SANDBOX_DIED' },
    { deed: 'abort', timeout: PATIENCE, code: 'SANDBOX_DIED' },
  ])('that is asked to $deed says $code, leaves nothing behind, and answers the next', async ({ deed, timeout, code }) => {
    const box = open();
    const pid = await box.ask<number>({ deed: 'pid' }, { timeout: PATIENCE });
    const fault = await faultOf(box.ask({ deed }, { timeout }));
    expect(fault.code, fault.message).toBe(code);
    expect(fault.message).toContain('the trial');
    await isGone(pid);
    const next = await box.ask<number>({ deed: 'pid' }, { timeout: PATIENCE });
    expect(next).not.toBe(pid);
  });

  describe.runIf(process.platform === 'linux')('whose time on a processor is counted', () => {
    const budget = { timeout: PATIENCE, processor: 1000 };

    it('may take longer, and has as much for each question', async () => {
      const box = open();
      expect(await box.ask({ deed: 'rest', value: 2000 }, budget)).toBe('rested');
      for (let i = 0; i < 3; i++) expect(await box.ask({ deed: 'work', value: 600 }, budget)).toBe('done');
    });

    it('is ended after it, and where it waits for ever after the timeout', async () => {
      const box = open();
      expect(await faultOf(box.ask({ deed: 'loop' }, { ...budget, timeout: 10 * PATIENCE }))).toMatchObject({
        code: 'SANDBOX_SLOW',
        details: { ms: 1000 },
      });
      expect(await faultOf(box.ask({ deed: 'wait' }, { ...budget, timeout: 1500 }))).toMatchObject({
        code: 'SANDBOX_SLOW',
        details: { ms: 1500 },
      });
    });
  });

  it('says what the child complained of before it died', async () => {
    const fault = await faultOf(open().ask({ deed: 'abort' }, { timeout: PATIENCE }));
    expect(fault.message).toMatch(/SIGABRT.*going down/);
  });

  it('is stopped in the middle of a loop: what was asked is rejected, what waited too, and the child is gone', async () => {
    const box = open();
    const pid = await box.ask<number>({ deed: 'pid' }, { timeout: PATIENCE });
    const asked = [faultOf(box.ask({ deed: 'loop' }, { timeout: PATIENCE })), faultOf(box.ask({ deed: 'pid' }, { timeout: PATIENCE }))];
    // The question is on its way once the loop before it has turned.
    await new Promise((turn) => setImmediate(turn));
    await box.stop();
    for (const fault of await Promise.all(asked)) expect(fault).toMatchObject({ code: 'SANDBOX_DIED', details: { why: 'it was stopped' } });
    expect(childrenOf()).not.toContain(pid);
    expect(await box.ask({ deed: 'echo', value: 1 }, { timeout: PATIENCE })).toBe(1);
  });

  it('is stopped while its child has not even begun, twice, and without a child', async () => {
    const box = open({ args: ['never-ready'] });
    await box.stop();
    const asked = faultOf(box.ask({ deed: 'pid' }, { timeout: PATIENCE }));
    await new Promise((turn) => setImmediate(turn));
    await Promise.all([box.stop(), box.stop()]);
    expect(await asked).toMatchObject({ code: 'SANDBOX_DIED' });
  });

  it.each([
    ['half a minute', 10, 30_000],
    ['five minutes, with the least urgency,', 19, 300_000],
  ])('gives a child %s to come up', async (_, niceness, ms) => {
    const clock = new ManualClock();
    const box = open({ entry: MUTE, clock, niceness });
    let isOver = false;
    const asked = faultOf(box.ask('anything', { timeout: 1 })).finally(() => {
      isOver = true;
    });
    await clock.advance(ms - 1);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(await asked).toMatchObject({ code: 'SANDBOX_SLOW', details: { ms } });
  });

  it('keeps the environment of the agent, where secrets live, to itself', async () => {
    process.env['PLC_PASSWORD'] = 'geheim';
    const seen = await open({ env: { OWN: '1' } }).ask<Record<string, string>>({ deed: 'environment' }, { timeout: PATIENCE });
    delete process.env['PLC_PASSWORD'];
    expect(seen).toMatchObject({ OWN: '1', PATH: process.env['PATH'] });
    expect(seen).not.toHaveProperty('PLC_PASSWORD');
  });

  it.runIf(process.platform === 'linux')('is what the kernel takes first, and the last to be served', async () => {
    const pid = await open().ask<number>({ deed: 'pid' }, { timeout: PATIENCE });
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
    expect(Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[16])).toBeGreaterThanOrEqual(10);
  });

  it('dies with its parent, even in a loop', async () => {
    const code = `
      import { Sandbox } from '${new URL('../../dist/agent/platform/sandbox.js', import.meta.url)}';
      import { systemClock as clock } from '${new URL('../../dist/agent/time.js', import.meta.url)}';
      const box = new Sandbox({ what: 'it', entry: new URL('${CHILD}'), clock, memory: 3e8 });
      console.log(await box.ask({ deed: 'pid' }, { timeout: ${PATIENCE} }));
      box.ask({ deed: 'loop' }, { timeout: 1e6 });`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const child = Number(line);
    expect(readFileSync(`/proc/${child}/cmdline`, 'utf8')).toContain(fileURLToPath(CHILD));
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow('ESRCH'), 15_000);
  });

  it.each([true, false])('lets the process end that has nothing else to do (and waits for its end: %s)', async (stops) => {
    const code = `
      import { Sandbox } from '${new URL('../../dist/agent/platform/sandbox.js', import.meta.url)}';
      import { systemClock as clock } from '${new URL('../../dist/agent/time.js', import.meta.url)}';
      const box = new Sandbox({ what: 'it', entry: new URL('${CHILD}'), clock, memory: 3e8 });
      const answer = await box.ask({ deed: 'echo', value: 3 }, { timeout: ${PATIENCE} });
      ${stops ? 'await box.stop();' : ''}
      process.exitCode = answer;`;
    const process_ = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    expect(await once(process_, 'exit')).toEqual([3, null]);
  });
});
