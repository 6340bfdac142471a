/** Who did what, in the audit log: by name or by a code, as the config says; and what they wrote about it, without names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskPeople, type People } from '../language/people.ts';
import { RUNNING_CONFIG } from './reload-plan.ts';

export type AuditNames = 'names' | 'codes';

/** '' where nobody said. */
export const personIn = (who: string, { code }: Pick<People, 'code'>, names: AuditNames): string =>
  names === 'names' || who === '' ? who : `person ${code(who)}`;

/** Free texts of an act. */
const WRITTEN: ReadonlySet<string> = new Set(['reason', 'note', 'why']);
/** Fields of an act that name somebody: the user whose password was set. */
const NAMED: ReadonlySet<string> = new Set(['user', 'who']);

export function withoutPeople(
  about: Readonly<Record<string, unknown>>,
  people: People,
  names: AuditNames,
): Readonly<Record<string, unknown>> {
  const of = ([key, value]: [string, unknown]) => {
    if (typeof value !== 'string') return [key, value] as const;
    if (WRITTEN.has(key)) return [key, maskPeople(value, people)] as const;
    return [key, NAMED.has(key) ? personIn(value, people, names) : value] as const;
  };
  return Object.fromEntries(Object.entries(about).map(of));
}

/** Under which config the journal of this folder is written, for a command beside the agent; that of an agent that runs, or ran last. */
export function languageOf(folder: string): { readonly audit: AuditNames; readonly names: readonly string[] } {
  try {
    const { language } = JSON.parse(readFileSync(join(folder, RUNNING_CONFIG), 'utf8')) as { readonly language?: Record<string, unknown> };
    const names = Array.isArray(language?.['names']) ? language['names'].filter((name) => typeof name === 'string') : [];
    return { audit: language?.['audit'] === 'codes' ? 'codes' : 'names', names };
  } catch {
    // No agent has run here yet.
    return { audit: 'names', names: [] };
  }
}
