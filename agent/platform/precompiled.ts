/**
 * A CommonJS library as one file with its compiled code beside it, both written by scripts/bundle.ts. For a library of hundreds of files
 * that the line waits for: finding, reading and compiling them takes longer than running them.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { packageRoot } from './package-root.ts';

export interface Precompiled<Library> {
  readonly library: Library;
  /** Holds what has run until now. */
  readonly script: Script;
}

export const libraryFile = (name: string): string => join(packageRoot, 'dist', 'libraries', `${name}.cjs`);
export const codeFile = (name: string): string => join(packageRoot, 'dist', 'libraries', `${name}.code`);

const loaded = new Map<string, Precompiled<unknown>>();

/** Once in a process. Code compiled by another Node is passed over, V8 sees that by itself. */
export function precompiled<Library>(name: string): Precompiled<Library> {
  const one = loaded.get(name) ?? load(name);
  loaded.set(name, one);
  return one as Precompiled<Library>;
}

function load(name: string): Precompiled<unknown> {
  const filename = libraryFile(name);
  const cachedData = codeOf(name);
  const script = new Script(Module.wrap(readFileSync(filename, 'utf8')), { filename, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, dirname(filename));
  return { library: module.exports, script };
}

function codeOf(name: string): Buffer | undefined {
  try {
    return readFileSync(codeFile(name));
  } catch {
    return undefined; // Slower, and as good.
  }
}
