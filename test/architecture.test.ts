import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

// Data flows one way through the folders. What may import what is written here once; a picture of it stands in agent/README.md.
const root = join(import.meta.dirname, '..');
const filesOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.tsx?$/.test(f) && !f.endsWith('.d.ts'))
    .map((f) => join(folder, f));
const files = filesOf('agent');
const texts = new Map<string, string>();
const source = (file: string) => {
  const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
  texts.set(file, text);
  return text;
};
const importsOf = (file: string, kind: 'all' | 'runtime' = 'all') =>
  [...source(file).matchAll(/^\s*(?:import|export)\s+(type\s+)?[^;]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/gm)]
    .filter((m) => kind === 'all' || !m[1])
    .map((m) => normalize(join(dirname(file), (m[2] ?? m[3]) as string)));

const STAGES = [
  'sources/cameras',
  'sources/opcua',
  'stations',
  'inference',
  'teaching',
  'rules',
  'decisions',
  'language',
  'store',
  'publishers',
  'web',
];
const COMPOSITION = /^agent\/(main\.ts$|runtime\/|cli\/)/;
const stageOf = (file: string) => STAGES.find((stage) => file.startsWith(`agent/${stage}/`));
/** Runs in a browser, which has a clock and errors of its own. */
const isOfPage = (file: string) => file.startsWith('agent/web/page/');
const LEAVES = files.filter((file) => /^agent\/(contracts|errors|time|onnx)(\.ts|\/)/.test(file));

describe('the shape of agent/', () => {
  it.each(files)('%s: a stage imports no other stage, no composition and no command', (file) => {
    const stage = stageOf(file);
    if (!stage) return;
    for (const target of importsOf(file)) {
      expect(stageOf(target) ?? stage, `${file} -> ${target}`).toBe(stage);
      expect(target, `${file} -> ${target}`).not.toMatch(COMPOSITION);
    }
  });

  it('keeps the desk behind everything: what runs at the line imports nothing of it', () => {
    for (const file of files) {
      // The catalogue puts the demo's camera among the kinds; the commands are how people reach the desk.
      if (/^agent\/(desk|cli)\//.test(file) || file === 'agent/runtime/catalogue.ts') continue;
      for (const target of importsOf(file)) expect(target, `${file} -> ${target}`).not.toMatch(/^agent\/desk\//);
    }
  });

  it('keeps the platform below everything: it knows neither stage nor composition', () => {
    for (const file of files.filter((f) => f.startsWith('agent/platform/'))) {
      for (const target of importsOf(file)) expect([...LEAVES, ...files.filter((f) => f.startsWith('agent/platform/'))]).toContain(target);
    }
  });

  it('lets protocols calculate only: what measures runs nothing', () => {
    for (const file of files) {
      if (!/^agent\/desk\/evaluation\/(protocols\/|[^/]+\.ts)/.test(file) || file === 'agent/desk/evaluation/evaluate.ts') continue;
      for (const target of importsOf(file, 'runtime')) {
        if (stageOf(target)) expect(target, `${file} -> ${target}`).toBe('agent/inference/calibration.ts');
      }
    }
  });

  it.each(LEAVES)('%s knows nobody but the other words', (file) => {
    for (const target of importsOf(file)) expect(LEAVES, `${file} -> ${target}`).toContain(target);
  });

  it('has no import cycles, not even of types, nor have its scripts and tests', () => {
    const all = new Set([...files, ...filesOf('scripts'), ...filesOf('test')]);
    const state = new Map<string, 'open' | 'done'>();
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done' || !all.has(file)) return;
      expect(state.get(file), `cycle: ${[...path, file].join(' -> ')}`).not.toBe('open');
      state.set(file, 'open');
      for (const target of importsOf(file)) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of all) visit(file, []);
  });

  it('imports onnxruntime, better-sqlite3 and mqtt each in one place', () => {
    const importers = (name: string) =>
      files.filter(
        (file) =>
          new RegExp(`(from|import\\()\\s*'${name}'`).test(source(file)) && !new RegExp(`import type [^;]*'${name}'`).test(source(file)),
      );
    // The bench holds the agent against the bare library.
    expect(importers('onnxruntime-node').sort()).toEqual(['agent/desk/bench/bare-model.ts', 'agent/inference/session.ts']);
    // store/sqlite.ts alone knows which of its versions this Node holds.
    expect(importers('better-sqlite3')).toEqual([]);
    expect(files.filter((file) => source(file).includes("'better-sqlite3-node-api'"))).toEqual(['agent/store/sqlite.ts']);
  });

  it('keeps the page apart: it knows the HTTP API alone, and nobody knows it', () => {
    for (const file of files) for (const target of importsOf(file)) expect(isOfPage(target), `${file} -> ${target}`).toBe(isOfPage(file));
  });

  it('throws errors of the table only, and takes the time from the clock', () => {
    for (const file of files.filter((f) => !isOfPage(f))) {
      expect(source(file), file).not.toMatch(/throw new (Error|TypeError|RangeError)\(/);
      if (file === 'agent/time.ts' || file.startsWith('agent/cli/') || file.startsWith('agent/desk/bench/')) continue;
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

  it('keeps no loose files beside the rooms but the shell, the errors and the time', () => {
    expect(files.filter((f) => /^agent\/[^/]+$/.test(f)).sort()).toEqual(['agent/errors.ts', 'agent/main.ts', 'agent/time.ts']);
  });
});
