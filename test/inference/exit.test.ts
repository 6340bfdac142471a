import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MODELS } from './setup.ts';

// What a process does at its end can only be seen from outside.
const run = (code: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: resolve(import.meta.dirname, '../..'),
    encoding: 'utf8',
    timeout: 25_000,
  });

const ENGINE = `
import { createInference } from '#agent/inference/engine.js';
import { systemClock } from '#agent/time.js';
const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };
const engine = createInference({
  slots: [{ id: 's/slow', name: 'slow', package: 'slow', camera: 'top' }], folderOf: (name) => ${JSON.stringify(MODELS)} + '/' + name, calibration: 'nowhere',
  config: { models: 'models', providers: ['cpu'], threads: 1, queue: 4, timeout: 300 }, clock: systemClock, log, onStatus: quiet, onLoad: quiet,
});
await engine.start();
const judge = (first) => {
  const pixels = new Uint8Array(256).fill(5);
  pixels.set([first, first]);
  return engine.infer('s/slow', { image: { slot: 's/slow', pixels } });
};`;

describe('a process with models', () => {
  it('lives as long as an answer is due, and ends by itself when nothing is', () => {
    const { stdout, stderr, status } = run(`${ENGINE} judge(20).then(({ label }) => console.log(label));`);
    expect([stdout, stderr, status]).toEqual(['good\n', '', 0]);
  });

  it('ends in good order although a thread was stuck when it stopped', () => {
    const { stdout, stderr, status } = run(`${ENGINE}
      const fault = await judge(255).catch(({ code }) => code);
      const began = performance.now();
      await engine.stop();
      console.log(fault, engine.threads > 0, performance.now() - began < 2000);`);
    expect([stdout, stderr, status]).toEqual(['MODEL_HUNG true true\n', '', 0]);
  });

  it('may verify a package and nothing else', () => {
    const { stdout, status } = run(`
      import { verifyPackage } from '#agent/inference/verify.js';
      const { variants } = await verifyPackage(${JSON.stringify(join(MODELS, 'classify'))}, { providers: ['cpu'], threads: 1 });
      console.log(variants.map(({ ok }) => ok).join());`);
    expect([stdout, status]).toEqual(['true,true\n', 0]);
  });
});
