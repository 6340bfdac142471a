/** Values and status codes of OPC UA tags in words. */
import { words } from '../words.ts';

const LONGEST = 120;

export function tagText(value: unknown): string {
  if (value === null || value === undefined) return words.tags.nothing;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The two upper bits of a status code are its severity (OPC UA Part 4, 7.39). */
export function statusOf(status: number | null): string {
  if (status === null) return words.tags.quality.none;
  const severity = (status >>> 30) & 3;
  const code = status === 0 ? '' : ` (0x${(status >>> 0).toString(16).toUpperCase().padStart(8, '0')})`;
  return `${severity === 0 ? words.tags.quality.good : severity === 1 ? words.tags.quality.uncertain : words.tags.quality.bad}${code}`;
}
