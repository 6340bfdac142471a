/** Which inspections an address asks for. */
import { momentAt } from '../../pieces/times.ts';

export const FIELDS = [
  'station',
  'verdict',
  'outcome',
  'part',
  'reason',
  'recipe',
  'model',
  'score_from',
  'score_to',
  'from',
  'to',
] as const;
export type Field = (typeof FIELDS)[number];

/** The query of the address; `from` and `to` as a person writes them, in the time of the line. */
export type Address = Partial<Record<Field | 'cursor' | 'looks' | 'over', string | undefined>>;

export const isAll = (address: Address): boolean => address.cursor === undefined && FIELDS.every((field) => !address[field]);

/** As the API takes it. What is no time and no number asks for nothing. */
export function queryOf(address: Address, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit) });
  for (const field of FIELDS) {
    const value = textOf(field, address[field] ?? '');
    if (value !== '') query.set(field, value);
  }
  if (address.cursor) query.set('cursor', address.cursor);
  return query.toString();
}

function textOf(field: Field, text: string): string {
  if (text === '') return '';
  if (field === 'from' || field === 'to') return numberText(momentAt(text));
  if (field === 'score_from' || field === 'score_to') return numberText(Number(text));
  return text;
}

const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : '');

/** As a field of the filters takes it: in the time of this screen, to the second. */
export function inputTimeOf(at: number): string {
  const time = new Date(at);
  return new Date(at - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
