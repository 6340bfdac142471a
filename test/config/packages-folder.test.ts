import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageFolder, packageNames, packagesFolder, taughtFolder } from '#agent/config/packages-folder.js';
import { packageRoot } from '#agent/platform/package-root.js';
import { scratch } from '../desk/evaluation/setup.ts';

describe('packages of a config', () => {
  const place = () => {
    const base = scratch();
    for (const path of ['installed/ring', 'installed/both', 'data/packages/taught', 'data/packages/both'])
      mkdirSync(join(base, path), { recursive: true });
    return { base, config: { inference: { models: 'installed' }, store: { path: 'data' } } };
  };

  it('are installed or taught; a taught one goes before an installed one that came later under its name', async () => {
    const placed = place();
    const { base } = placed;
    expect([...((await packageNames(placed)) ?? [])].sort()).toEqual(['both', 'ring', 'taught']);
    expect(packageFolder(placed, 'ring')).toBe(join(base, 'installed', 'ring'));
    expect(packageFolder(placed, 'taught')).toBe(join(base, 'data', 'packages', 'taught'));
    expect(packageFolder(placed, 'both')).toBe(join(base, 'data', 'packages', 'both'));
    // Where it would be installed.
    expect(packageFolder(placed, 'none')).toBe(join(base, 'installed', 'none'));
  });

  it('are those of the folder alone where nothing was taught yet, or there is no store; none are known where it cannot be read', async () => {
    const placed = place();
    rmSync(join(placed.base, 'data'), { recursive: true });
    expect([...((await packageNames(placed)) ?? [])].sort()).toEqual(['both', 'ring']);
    expect(taughtFolder({ config: {}, base: placed.base })).toBeNull();
    expect(packagesFolder({ config: {}, base: '' })).toBe(join(packageRoot, 'models'));
    rmSync(join(placed.base, 'installed'), { recursive: true });
    expect(await packageNames(placed)).toBeUndefined();
  });
});
