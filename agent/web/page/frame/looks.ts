/** Light or dark: as the system says, or as somebody has chosen on this screen. */
import { createSignal } from 'solid-js';

export type Looks = 'system' | 'light' | 'dark';
const KEY = 'lineside-looks';
const isLooks = (value: string | null): value is Looks => value === 'system' || value === 'light' || value === 'dark';

const stored = localStorage.getItem(KEY);
const [looks, set] = createSignal<Looks>(isLooks(stored) ? stored : 'system');

export { looks };

export function setLooks(wanted: Looks): void {
  set(wanted);
  localStorage.setItem(KEY, wanted);
  show();
}

export function show(): void {
  if (looks() === 'system') delete document.documentElement.dataset['looks'];
  else document.documentElement.dataset['looks'] = looks();
}
