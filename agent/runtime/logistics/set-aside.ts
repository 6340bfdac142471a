/** A file that cannot be read is kept for whoever wants to know why, and is in nobody's way. */
import { rename } from 'node:fs/promises';

/** Where it is now; null: where it was. Never rejects. */
export async function setAside(file: string): Promise<string | null> {
  const aside = `${file}.unreadable`;
  return rename(file, aside).then(
    () => aside,
    () => null,
  );
}
