/**
 * Texts of the config that have run, kept in the store's folder, one file a version: for going back, and for a start at which the file on the disk
 * is broken. They may hold passwords, as the config itself does, and are the agent's alone to read.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import Value from 'typebox/value';

/** Beyond either the oldest goes. */
const MOST = 50;
const MOST_BYTES = 10e6;
/** Of a file: a text of the largest size, as JSON. */
const LARGEST = 3e6;
const NAME = /^(?<id>\d{14}-[0-9a-f]{12})\.json$/;

const KeptSchema = Type.Object({
  at: Type.Number(),
  who: Type.Union([Type.String(), Type.Null()]),
  /** Hash of the config that it is. */
  config: Type.String(),
  text: Type.String(),
});

export interface Kept {
  /** Wall time. */
  readonly at: number;
  /** A user of the page; null: it was changed on the box. */
  readonly who: string | null;
  readonly config: string;
  readonly text: string;
}
export interface KeptVersion extends Kept {
  readonly id: string;
  readonly version: string;
  readonly bytes: number;
}

/** Names a text: SHA-256, hexadecimal. */
export const versionOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export class ConfigHistory {
  private readonly folder: string;

  /** `store`: folder of the journal, absolute. */
  constructor(store: string) {
    this.folder = join(store, 'config-versions');
  }

  /** Newest first; what cannot be read is left out. Never rejects. */
  async all(): Promise<readonly KeptVersion[]> {
    const ids = await this.ids();
    return (await Promise.all(ids.map((id) => this.of(id)))).flatMap((kept) => kept ?? []);
  }

  async newest(): Promise<KeptVersion | null> {
    for (const id of await this.ids()) {
      const kept = await this.of(id);
      if (kept) return kept;
    }
    return null;
  }

  /** Null: there is none, or it was torn. */
  async of(id: string): Promise<KeptVersion | null> {
    if (!NAME.test(`${id}.json`)) return null;
    try {
      const file = join(this.folder, `${id}.json`);
      const { size } = await stat(file);
      const value: unknown = size > LARGEST ? null : JSON.parse(await readFile(file, 'utf8'));
      if (!Value.Check(KeptSchema, value)) return null;
      return { id, version: versionOf(value.text), bytes: Buffer.byteLength(value.text), ...value };
    } catch {
      return null;
    }
  }

  /** The same text as the newest is kept once. Rejects where the disk does not take it. */
  async keep(kept: Kept): Promise<void> {
    const newest = await this.newest();
    if (newest?.text === kept.text) return;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // Never before the newest, whatever the clock says: the order is that in which they ran.
    const at = Math.max(Math.round(kept.at), Number(newest?.id.split('-')[0] ?? 0) + 1);
    const file = join(this.folder, `${String(at).padStart(14, '0')}-${versionOf(kept.text).slice(0, 12)}.json`);
    const handle = await open(`${file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(kept));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    await this.bound();
  }

  /** Newest first: names count up with the time. */
  private async ids(): Promise<readonly string[]> {
    const names = await readdir(this.folder).catch(() => []);
    return names.flatMap((name) => NAME.exec(name)?.groups?.['id'] ?? []).sort((a, b) => (a < b ? 1 : -1));
  }

  private async bound(): Promise<void> {
    let bytes = 0;
    for (const [index, id] of (await this.ids()).entries()) {
      const file = join(this.folder, `${id}.json`);
      bytes += await stat(file).then(
        ({ size }) => size,
        () => 0,
      );
      if (index > 0 && (index >= MOST || bytes > MOST_BYTES)) await rm(file, { force: true }).catch(() => {});
    }
    // Torn by a power cut.
    for (const name of await readdir(this.folder).catch(() => []))
      if (name.endsWith('.new')) await rm(join(this.folder, name), { force: true }).catch(() => {});
  }
}
