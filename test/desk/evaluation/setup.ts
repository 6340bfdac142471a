import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { MODELS } from '../../inference/setup.ts';

/** A folder that goes with the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-evaluation-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The fixture `name` as a package of its own whose manifest is changed by `edit`; the folder of packages. */
export function packageLike(name: string, edit: (manifest: string) => string): string {
  const models = scratch();
  cpSync(join(MODELS, name), join(models, name), { recursive: true });
  const file = join(models, name, 'manifest.yaml');
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
  return models;
}

export const evaluatedBy =
  (protocol: string) =>
  (manifest: string): string =>
    `${manifest}\nevaluation: ${protocol}\n`;

export function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** What the fixtures call good, scratch and dent: dark, bright on the left, bright on the right; `bright` says how much. */
export async function halves(file: string, left: number, right: number, side = 16): Promise<void> {
  const pixels = Buffer.from(Uint8Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? left : right)));
  write(
    file,
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png()
      .toBuffer(),
  );
}
