/**
 * What somebody has typed into the config and not applied yet. Kept with this tab, so that a reload, a lost connection or a session that has
 * ended loses nothing; and with this tab only, since passwords may stand in it.
 */
export interface Draft {
  readonly text: string;
  /** Version of the file that it was begun from. */
  readonly onto: string;
}

const KEY = 'lineside-config-draft';

export function keptDraft(): Draft | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return isDraft(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function keepDraft(draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // No room in this browser: it stays in the view, and is lost with a reload only.
  }
}

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'text') === 'string' &&
  typeof Reflect.get(value, 'onto') === 'string';
