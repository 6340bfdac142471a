/** Puts texts to a package that reads them. */
import type { Core } from '../../inference/kinds/kind.ts';
import { type Manifest, readManifest } from '../../inference/manifest.ts';
import { Trial } from '../../inference/trial.ts';
import { askNote } from '../evaluation/asking/note.ts';

/** What it says of each, in order. Rejects with MODEL_INVALID where it reads no text. */
export async function askTexts(
  folder: string,
  texts: readonly string[],
): Promise<{ readonly manifest: Manifest; readonly said: readonly Core[] }> {
  const manifest = await readManifest(folder);
  const trial = await Trial.open(manifest, { variant: Object.keys(manifest.variants)[0] ?? 'fp32', providers: ['cpu'], threads: 1 });
  try {
    const said: Core[] = [];
    for (const text of texts) said.push(await askNote(trial, { text, plain: false }));
    return { manifest, said };
  } finally {
    await trial.close();
  }
}
