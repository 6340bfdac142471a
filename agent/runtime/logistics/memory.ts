/** What the journal kept of one desk: a JSON text of a known shape. */
import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';

/** null: nothing was kept. */
export function keptIn<S extends TSchema>(text: string | null, schema: S): Static<S> | 'unreadable' | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(schema, value) ? (value as Static<S>) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
