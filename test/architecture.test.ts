import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// Data flows one way through the folders. What may import what is written here once; a picture of it stands in agent/README.md.
const root = join(import.meta.dirname, '..');
const files = readdirSync(join(root, 'agent'), { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))
  .map((f) => join('agent', f));
const source = (file: string) => readFileSync(join(root, file), 'utf8');
const importsOf = (file: string, kind: 'all' | 'runtime' = 'all') =>
  [...source(file).matchAll(/^\s*(?:import|export)\s+(type\s+)?[^;]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm)]
    .filter((m) => kind === 'all' || !m[1])
    .map((m) => normalize(join(dirname(file), (m[2] ?? m[3]) as string)));

const STAGES = ['sources/cameras', 'sources/opcua', 'stations', 'inference', 'rules', 'store', 'publishers', 'web'];
const stageOf = (file: string) => STAGES.find((stage) => file.startsWith(`agent/${stage}/`));
const LEAVES = files.filter((file) => /^agent\/(contracts|errors|time)(\.ts|\/)/.test(file));

describe('the shape of agent/', () => {
  it.each(files)('%s: a stage imports no other stage, no composition and no command', (file) => {
    const stage = stageOf(file);
    if (!stage) return;
    for (const target of importsOf(file)) {
      expect(stageOf(target) ?? stage, `${file} -> ${target}`).toBe(stage);
      expect(target, `${file} -> ${target}`).not.toMatch(/^agent\/(agent|main)\.ts$|^agent\/cli\//);
    }
  });

  it('keeps evaluation behind everything: no stage knows it, and what measures runs nothing', () => {
    for (const file of files) {
      for (const target of importsOf(file)) {
        if (stageOf(file)) expect(target, `${file} -> ${target}`).not.toMatch(/^agent\/evaluation\//);
      }
      // A protocol calculates: of the stages it may use what is pure, and types.
      if (!/^agent\/evaluation\/(protocols\/|[^/]+\.ts)/.test(file) || file === 'agent/evaluation/evaluate.ts') continue;
      for (const target of importsOf(file, 'runtime')) {
        if (stageOf(target)) expect(target, `${file} -> ${target}`).toBe('agent/inference/calibration.ts');
      }
    }
  });

  it.each(LEAVES)('%s knows nobody but the other words', (file) => {
    for (const target of importsOf(file)) expect(LEAVES, `${file} -> ${target}`).toContain(target);
  });

  it('has no import cycles at run time', () => {
    const state = new Map<string, 'open' | 'done'>();
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done' || !files.includes(file)) return;
      expect(state.get(file), `cycle: ${[...path, file].join(' -> ')}`).not.toBe('open');
      state.set(file, 'open');
      for (const target of importsOf(file, 'runtime')) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
  });

  it('imports onnxruntime, better-sqlite3 and mqtt each in one place', () => {
    const importers = (name: string) =>
      files.filter(
        (file) =>
          new RegExp(`(from|import\\()\\s*'${name}'`).test(source(file)) && !new RegExp(`import type [^;]*'${name}'`).test(source(file)),
      );
    // The bench holds the agent against the bare library.
    expect(importers('onnxruntime-node')).toEqual(['agent/bench/bare-model.ts', 'agent/inference/session.ts']);
    // store/sqlite.ts alone knows which of its versions this Node holds.
    expect(importers('better-sqlite3')).toEqual([]);
    expect(files.filter((file) => source(file).includes("'better-sqlite3-node-api'"))).toEqual(['agent/store/sqlite.ts']);
  });

  it.each(files)('%s is at most 400 lines long', (file) => {
    expect(source(file).split('\n').length).toBeLessThanOrEqual(400);
  });

  it('throws errors of the table only, and takes the time from the clock', () => {
    for (const file of files) {
      expect(source(file), file).not.toMatch(/throw new (Error|TypeError|RangeError)\(/);
      if (file === 'agent/time.ts' || file.startsWith('agent/cli/') || file.startsWith('agent/bench/')) continue;
      expect(source(file), `${file} reads the clock behind the agent's back`).not.toMatch(
        /\bDate\.now\(\)|[^.\w]setTimeout\(|[^.\w]setInterval\(/,
      );
    }
  });

  it('names every folder of agent/ in its README', () => {
    const readme = source('agent/README.md');
    for (const folder of new Set(files.map((f) => relative('agent', dirname(f)).split('/')[0]).filter((f) => f !== '')))
      expect(readme).toContain(`${folder}/`);
  });
});
