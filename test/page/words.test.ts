/** The catalogue of words: nothing in it that no view says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '#agent/platform/package-root.js';
import { words } from '../../agent/web/page/words.ts';

const PAGE = join(packageRoot, 'agent', 'web', 'page');
const source = readdirSync(PAGE, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && file !== 'words.ts')
  .map((file) => readFileSync(join(PAGE, file), 'utf8'))
  .join('\n');

/** `words.part.stages.align_ms` is said where the source has it, or chooses from `words.part.stages` by a key. */
function unsaid(path: string, value: unknown): readonly string[] {
  const said = new RegExp(`\\b${path.replaceAll('.', '\\.')}(?![\\w.])`);
  if (said.test(source)) return [];
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => unsaid(`${path}.${key}`, inner));
}

it('has no word that no view says', () => {
  expect(Object.entries(words).flatMap(([key, value]) => unsaid(`words.${key}`, value))).toEqual([]);
});
